"""A newcomer at the sandbox page, in a real browser: both sides, the bridge between them, and its console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from bridge.sandbox.world import playground
from tests.browser.browser import DESK, PHONE, flaws, opened, shoot

pytestmark = pytest.mark.timeout(120)

WIDE = {"width": 1440, "height": 900}


@pytest.fixture
async def address(tmp_path: Path) -> AsyncIterator[str]:
    async with playground(tmp_path, 0) as found:
        yield found


async def live(browser: Browser, address: str, size: dict[str, int] = WIDE, scheme: str = "light") -> Page:
    """The page, when it is told what happens."""
    page = await opened(browser, address, size, scheme)
    await expect(page.locator("#link")).to_have_text("live")
    return page


async def writes(page: Page, text: str) -> None:
    """The user on the phone writes."""
    await page.locator("#phone textarea").fill(text)
    await page.keyboard.press("Enter")


async def tabs_to(page: Page, where: str) -> None:
    """Press Tab until the focus is there."""
    for _ in range(100):
        await page.keyboard.press("Tab")
        if await page.evaluate("where => document.activeElement.matches(where)", where):
            return
    raise AssertionError(f"Tab never comes to {where}")


async def test_words_go_to_the_desk_and_back_through_a_kill(address: str, browser: Browser) -> None:
    page = await live(browser, address)
    chat, desk = page.get_by_label("The user's chat"), page.get_by_label("The conversation at the desk")
    await writes(page, "Where is my order?")
    await expect(desk).to_contain_text("Where is my order?")
    await page.get_by_role("button", name="restart").click()
    await writes(page, "Are you still there?")
    await expect(desk).to_contain_text("Are you still there?")
    await page.get_by_label("Reply as the agent").fill("I **am**.")
    await page.keyboard.press("Enter")
    await expect(chat).to_contain_text("I am.")
    await expect(page.locator("#bridge")).to_contain_text("1 restart")
    await expect(page.locator("#bridge")).to_contain_text("Nothing waits")
    await shoot(page, "sandbox")


async def test_one_click_leads_into_the_console_of_the_bridge(address: str, browser: Browser) -> None:
    page = await live(browser, address)
    await writes(page, "Hello")
    await expect(page.get_by_label("The conversation at the desk")).to_contain_text("Hello")
    async with page.expect_popup() as opening:
        await page.get_by_role("link", name="Console").click()
    console = await opening.value
    await expect(console.get_by_role("heading", name="Everything works")).to_be_visible()
    await console.get_by_role("link", name="Conversations").click()
    await console.get_by_role("rowheader").get_by_role("link").click()
    await expect(console.get_by_role("main")).to_contain_text("Hello")


async def test_the_page_is_usable_by_keyboard_alone(address: str, browser: Browser) -> None:
    page = await live(browser, address)
    await tabs_to(page, "#phone textarea")
    await page.keyboard.type("Typed, not clicked")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("The conversation at the desk")).to_contain_text("Typed, not clicked")
    await tabs_to(page, "#desk textarea")
    await page.keyboard.type("Answered the same way")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("The user's chat")).to_contain_text("Answered the same way")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
async def test_axe_finds_no_serious_issue_and_nothing_sticks_out(
    address: str, browser: Browser, axe: str, size: dict[str, int], scheme: str
) -> None:
    page = await live(browser, address, size, scheme)
    complaints: dict[str, list[str]] = {}
    await writes(page, "Where is my order?")
    await expect(page.get_by_label("The user's chat")).to_contain_text("Where is my order?")
    for name in ("Phone", "Bridge", "Desk"):
        if size is PHONE:
            await page.get_by_role("tab", name=name).click()
        complaints[name] = await flaws(page, axe)
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], f"{name} is {width} wide"
        await shoot(page, f"sandbox-{name.lower()}-{'phone' if size is PHONE else 'desk'}-{scheme}")
    assert not any(complaints.values()), complaints
