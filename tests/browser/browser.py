"""Chromium of this machine, driven by Playwright, and axe-core, which npm fetches."""

import json
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, ViewportSize, async_playwright

from tests.patience import PATIENCE

GRAVE = {"serious", "critical"}

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}


def reason_to_skip() -> str | None:
    """Why there can be no browser here, and how to get one."""
    if os.environ.get("BRIDGE_PROOF") != "1":
        return "a browser is driven by `make proof`, or with BRIDGE_PROOF=1 (needs chromium and npm: apt install chromium npm)"
    missing = [one for one in ("chromium", "npm") if shutil.which(one) is None]
    return f"no {' and no '.join(missing)} here: apt install {' '.join(missing)}" if missing else None


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser; without its sandbox, which can't be had as root."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


def fetch_axe(folder: Path) -> str:
    """The source of axe-core; fetched by npm, unless `$BRIDGE_AXE` says where it is."""
    given = os.environ.get("BRIDGE_AXE")
    if given:
        return Path(given).read_text()
    command = ["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(folder), "axe-core@4"]
    subprocess.run(command, check=True, timeout=120, stdin=subprocess.DEVNULL)
    return (folder / "node_modules/axe-core/axe.min.js").read_text()


async def opened(
    browser: Browser, address: str, size: dict[str, int] = DESK, scheme: str = "light", *, scripts: bool = True
) -> Page:
    """A page in a window of this size, for somebody who likes it `light` or `dark`."""
    context = await browser.new_context(
        viewport=ViewportSize(width=size["width"], height=size["height"]),
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=scripts,
    )
    page = await context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    await page.goto(address)
    return page


async def flaws(page: Page, axe: str) -> list[str]:
    """The serious and critical issues that axe-core finds on a page, one line each."""
    # What fades in has its colours when it is there.
    await page.evaluate("() => Promise.allSettled(document.getAnimations().map((one) => one.finished))")
    # Through the debugger, which the page's policy against foreign scripts does not bind.
    await page.evaluate(f"() => {{ {axe}; }}")
    found: Any = await page.evaluate("async () => (await axe.run()).violations")
    return [
        json.dumps([one["id"], [node["target"] for node in one["nodes"]][:3]])
        for one in found
        if one["impact"] in GRAVE
    ]


async def shoot(page: Page, name: str) -> None:
    """Keep a picture in `$BRIDGE_SHOTS`, for people to look at."""
    folder = os.environ.get("BRIDGE_SHOTS")
    if folder:
        await page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
