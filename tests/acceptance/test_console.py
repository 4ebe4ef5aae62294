"""The console of a real daemon: off unless configured, at an address of its own, no burden for a stop."""

import asyncio
import time
from pathlib import Path

import aiohttp

from bridge.sandbox.stage import free_port
from tests.acceptance.world import world
from tests.patience import PATIENCE

TOKEN = "console-token-of-this-test"


async def test_without_a_token_there_is_no_console(tmp_path: Path) -> None:
    async with world(tmp_path) as running, running.desk.session.get(f"{running.daemon.url}/console/login") as answer:
        assert answer.status == 404


async def test_it_may_stand_apart_from_what_the_world_reaches(tmp_path: Path) -> None:
    port = free_port()
    async with world(tmp_path, CONSOLE__TOKEN=TOKEN, CONSOLE__PORT=str(port)) as running:
        async with running.desk.session.get(f"{running.daemon.url}/console/login") as answer:
            assert answer.status == 404
        async with running.desk.session.get(f"http://127.0.0.1:{port}/console/login") as answer:
            assert answer.status == 200
        async with running.desk.session.get(f"http://127.0.0.1:{port}/metrics") as answer:
            assert answer.status == 404


async def test_a_page_that_lies_open_does_not_hold_up_a_stop(tmp_path: Path) -> None:
    async with world(tmp_path, CONSOLE__TOKEN=TOKEN) as running:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as browser:
            async with browser.post(f"{running.daemon.url}/console/login", data={"token": TOKEN}) as answer:
                assert answer.status == 200
            async with browser.get(f"{running.daemon.url}/console/live") as stream:
                assert (await stream.content.readline()).startswith(b"data: ")
                started = time.monotonic()
                assert await running.daemon.terminate() == 0
                assert time.monotonic() - started < 4, "the server waits five seconds for connections in use"
                async with asyncio.timeout(PATIENCE):
                    while await stream.content.readline():
                        continue
