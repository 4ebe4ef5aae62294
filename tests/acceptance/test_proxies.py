"""The bridge behind nginx and behind Caddy, as `config/` has them: what gets through, what does not, and what is written down."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bridge.app import running
from bridge.app.house import House
from bridge.app.process import Process
from bridge.observe.network import INSTANCE_HEADER
from bridge.sandbox.samples import BOX
from bridge.sandbox.stage import Stage
from bridge.settings import load
from bridge.web.listen import BACKLOG, listeners
from bridge.web.probe import probe
from tests.acceptance.proxies import PREFIX, Proxy, knocks, proxy_of, skip_without
from tests.patience import PATIENCE

pytestmark = pytest.mark.timeout(180)

CONSOLE_TOKEN = "console-token-of-this-test"

PRIVATE = [
    "/metrics",
    "/readyz",
    "//metrics",
    "/hooks/../metrics",
    "/hooks/%2e%2e/metrics",
    "/hooks/..%2fmetrics",
    "/hooks/%252e%252e/metrics",
    "/hooks/./../readyz",
    "/media/../readyz",
    "/livez/../metrics",
    "/livez/metrics",
    "/bridge/metrics",
    "/bridge/../readyz",
    "/bridge/hooks/../metrics",
    "/",
]


@dataclass
class Scene:
    stage: Stage
    house: House
    proxy: Proxy
    public: str
    """with a path, where the bridge listens at a socket in the file system"""

    def refused(self, reason: str) -> bool:
        """Whether the daemon itself has turned a call away for it."""
        page = self.house.metrics.render().decode()
        return f'bridge_webhook_refused_total{{door="telegram/support",reason="{reason}"}} 1.0' in page


@pytest.fixture(params=[("nginx", "tcp"), ("nginx", "unix"), ("caddy", "tcp"), ("caddy", "unix")], ids="-".join)
async def scene(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Scene]:
    name, kind = request.param
    skip_without(name)
    path = tmp_path / "tiledesk-bridge-shop.sock"
    if kind == "unix":
        ours = socket.socket(socket.AF_UNIX)
        ours.bind(str(path))
        ours.listen(BACKLOG)
        ours.setblocking(False)
    else:
        [ours] = await listeners("127.0.0.1", 0)
    upstream = str(path) if kind == "unix" else f"127.0.0.1:{ours.getsockname()[1]}"
    async with await Stage.open(tmp_path) as stage, proxy_of(name, tmp_path / name, upstream) as proxy:
        public = f"http://127.0.0.1:{proxy.plain}{PREFIX if kind == 'unix' else ''}"
        settings = load(
            None,
            stage.environment(intake="webhook", SERVER__PUBLIC_URL=public, CONSOLE__TOKEN=CONSOLE_TOKEN),
            tmp_path,
        )
        with ours:
            async with running(settings, Process(sockets=[ours])) as house:
                await stage.telegram.wait_for(lambda: stage.bot.webhook is not None, PATIENCE)
                yield Scene(stage, house, proxy, public)


async def test_messages_files_and_operators_get_through_and_nothing_else_does(scene: Scene) -> None:
    address = await messages_and_files(scene)
    for target in PRIVATE:
        status, answer = await knocks(scene.proxy.plain, target)
        assert status >= 400, target
        assert "bridge_" not in answer, target
        assert '"journal"' not in answer, target
    await large_bodies(scene)
    async with aiohttp.ClientSession() as session, session.get(f"{scene.public}/livez") as alive:
        found = await probe(session, scene.public, alive.headers[INSTANCE_HEADER])
    assert [(one.ok, one.subject) for one in found] == [
        (True, "server.public_url"),
        (True, "server.public_url: size"),
    ], "what `check` says of this proxy"
    await tls_and_console(scene)
    written = scene.proxy.logs()
    assert await scene.house.store.secret("hooks/tiledesk/main") not in written
    assert address.rpartition("/media/")[2] not in written


async def messages_and_files(scene: Scene) -> str:
    """A user's photo and an agent's answer; the photo's address."""
    stage = scene.stage
    user = stage.telegram.add_user("Ada", "Ames")
    stage.telegram.user_sends(stage.bot, user, photo=BOX, caption="look")
    await stage.tiledesk.wait_for(
        lambda: any(stage.tiledesk.messages(one["request_id"]) for one in stage.tiledesk.requests()), 10
    )
    [opened] = stage.tiledesk.requests()
    first = stage.tiledesk.messages(opened["request_id"])[0]
    assert first["metadata"]["src"].startswith(f"{scene.public}/media/")
    async with aiohttp.ClientSession() as browser, browser.get(first["metadata"]["src"]) as answer:
        assert (answer.status, await answer.read()) == (200, BOX)
    stage.tiledesk.agent_replies(opened["request_id"], "a box!")
    await stage.telegram.wait_for(lambda: stage.telegram.sent(stage.bot), PATIENCE)
    assert [message["text"] for message in stage.telegram.sent(stage.bot)] == ["a box!"]
    return str(first["metadata"]["src"])


async def large_bodies(scene: Scene) -> None:
    """What is a little too large is refused by the daemon, which then looks for what it misses."""
    secret = await scene.house.store.secret("hooks/telegram/support")
    head = f"X-Telegram-Bot-Api-Secret-Token: {secret}"
    where = (scene.proxy.plain, "/hooks/telegram/support", "POST")
    assert (await knocks(*where, head, f"Content-Length: {2**20 + 1}"))[0] == 413
    assert scene.refused("size")
    assert (await knocks(*where, "Content-Length: 0"))[0] == 401


async def tls_and_console(scene: Scene) -> None:
    trusting = ssl.create_default_context(cafile=str(scene.proxy.certificate))
    connector = aiohttp.TCPConnector(ssl=trusting)
    jar = aiohttp.CookieJar(unsafe=True)
    base = f"https://localhost:{scene.proxy.tls}"
    async with aiohttp.ClientSession(base, connector=connector, cookie_jar=jar) as browser:
        async with browser.get("/livez") as answer:
            assert INSTANCE_HEADER in answer.headers
        async with browser.post("/console/login", data={"token": CONSOLE_TOKEN}, allow_redirects=False) as answer:
            assert answer.status == 303
            assert "Secure" in answer.headers["Set-Cookie"]
        async with browser.get("/console/live") as stream, asyncio.timeout(PATIENCE):
            assert (await stream.content.readline()).startswith(b"data: ")


@pytest.mark.parametrize("name", ["nginx", "caddy"])
async def test_while_the_daemon_is_away_callers_are_told_so_and_no_secret_address_is_written_down(
    name: str, tmp_path: Path
) -> None:
    skip_without(name)
    async with proxy_of(name, tmp_path / name, str(tmp_path / "nobody.sock")) as proxy:
        for target in ("/hooks/tiledesk/main/s3cret", "/media/s3cret"):
            status, _ = await knocks(proxy.plain, target, "POST" if "hooks" in target else "GET")
            assert status in {502, 503}
        assert "s3cret" not in proxy.logs()
