import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import aiohttp
import pytest
from aiohttp import web

from bridge.observe import Commands, Finding
from bridge.observe.network import INSTANCE_HEADER, Reply, Silence, ask
from bridge.settings import Console, Server
from bridge.web.probe import behind_systemd, console, judged, probe, who_listens
from bridge.web.stand_in import local_url, standing_in


@asynccontextmanager
async def serving(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/livez", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def tried(public_url: str, instance: str = "") -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        return await probe(session, public_url, instance)


def answering(instance: str, asked: list[str] | None = None, most: int = 2**30) -> Any:
    """A daemon of this name, perhaps behind a proxy that passes so many bytes."""

    async def alive(request: web.Request) -> web.Response:
        (asked if asked is not None else []).append(request.path_qs)
        if (request.content_length or 0) > most:
            return web.Response(status=413)
        return web.Response(text="ok", headers={INSTANCE_HEADER: instance})

    return alive


async def test_the_public_address_leads_to_this_very_daemon_and_lets_large_events_through() -> None:
    asked: list[str] = []
    async with serving(answering("one", asked)) as url:
        leads, size = await tried(url, "one")
        await tried(url, "one")
    assert (leads.ok, leads.detail) == (True, f"{url} leads here")
    assert (size.ok, size.detail) == (True, "events of 4 MB come through")
    questions = [path for path in asked if "?" in path]
    assert len(set(questions)) == len(questions) == 2, "a cache on the way could answer"


async def test_another_bridge_at_the_public_address_is_a_failure() -> None:
    async with serving(answering("other")) as url:
        (leads,) = await tried(url, "one")
    assert not leads.ok
    assert "another bridge" in leads.detail


async def test_a_proxy_that_refuses_large_bodies_is_told_what_to_set() -> None:
    async with serving(answering("one", most=2**20)) as url:
        _, size = await tried(url, "one")
    assert not size.ok
    assert "client_max_body_size 16m" in size.advice


async def test_a_daemon_that_does_not_run_here_yet_is_a_warning() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        (livez,) = await tried(f"http://127.0.0.1:{port}")
    assert (livez.ok, livez.level) == (True, "warning")
    assert livez.detail == f"connection refused by 127.0.0.1:{port}"
    assert "systemctl start" in livez.advice


def test_a_shut_port_is_a_failure_once_the_daemon_is_known_to_answer_at_another() -> None:
    assert not judged("http://127.0.0.1:1", Silence("connection refused by 127.0.0.1:1", refused=True), "one").ok


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Silence("connection refused by bridge.example.org:443", refused=True), "firewall"),
        (Silence("no answer"), "proxy"),
        (Reply(502), "start the daemon"),
        (Reply(301), "redirects"),
        (Reply(401), "without any sign-in"),
        (Reply(200), "without any sign-in"),
    ],
)
def test_whatever_else_comes_back_is_a_failure_with_advice(answer: Reply | Silence, words: str) -> None:
    finding = judged("https://bridge.example.org", answer, "one")
    assert not finding.ok
    assert words in finding.advice


# ---------------------------------------------------------------- the console


def console_at(token: str = "a-token-of-an-operator", server: str = "127.0.0.1", **settings: object) -> list[Finding]:
    public = Server.model_validate({"public_url": "https://bridge.example.org", "host": server, "port": 8080})
    return console(Console.model_validate({"token": token, **settings}), public)


def test_a_console_that_is_off_is_nothing_to_talk_about() -> None:
    assert console_at("") == []


@pytest.mark.parametrize(
    ("settings", "where"),
    [
        ({}, "at http://127.0.0.1:8080/console"),
        ({"server": "::1"}, "at http://[::1]:8080/console"),
        ({"port": 8090}, "at http://127.0.0.1:8090/console"),
        ({"port": 8090, "server": "0.0.0.0"}, "at http://127.0.0.1:8090/console"),
    ],
)
def test_it_is_told_where_the_console_is(settings: dict[str, Any], where: str) -> None:
    [finding] = console_at(**settings)
    assert (finding.ok, finding.warning, finding.detail.partition(";")[0]) == (True, False, where)


@pytest.mark.parametrize(
    ("settings", "advice"),
    [
        ({"server": "0.0.0.0"}, "server.host"),
        ({"server": "192.0.2.7"}, "server.host"),
        ({"port": 8090, "host": "::"}, "console.host"),
        ({"port": 8090, "host": "192.0.2.7"}, "console.host"),
    ],
)
def test_a_console_whose_token_goes_over_a_network_in_the_clear_is_warned_of(
    settings: dict[str, Any], advice: str
) -> None:
    [finding] = console_at(**settings)
    assert (finding.ok, finding.warning) == (True, True)
    assert advice in finding.advice
    assert ("port = 8090 in [console]" in finding.advice) is ("port" not in settings)


# ---------------------------------------------------------------- the port


async def listening(host: str, port: int) -> tuple[Finding, str]:
    server = Server.model_validate({"public_url": "http://127.0.0.1", "host": host, "port": port})
    async with aiohttp.ClientSession() as session:
        return await who_listens(session, server)


async def test_a_free_port_is_fine_and_stays_free() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    for _ in range(2):
        finding, instance = await listening("127.0.0.1", port)
        assert (finding.ok, instance) == (True, "")
        assert "is free" in finding.detail


async def test_a_port_that_is_ours_gives_the_daemons_name_and_a_strangers_is_a_failure() -> None:
    async with serving(answering("one")) as url, serving(answering("")) as strange:
        ours, instance = await listening("127.0.0.1", int(url.rpartition(":")[2]))
        port = int(strange.rpartition(":")[2])
        theirs, nobody = await listening("127.0.0.1", port)
    assert (ours.ok, instance) == (True, "one")
    assert (theirs.ok, nobody) == (False, "")
    assert f"ss -ltnp 'sport = :{port}'" in theirs.advice


async def test_who_lets_callers_in_and_says_nothing_may_be_our_daemon_that_hangs() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        port = hanging.getsockname()[1]
        async with aiohttp.ClientSession() as session:
            server = Server.model_validate({"public_url": "http://127.0.0.1", "host": "127.0.0.1", "port": port})
            finding, nobody = await who_listens(session, server, Commands("tiledesk-bridge@one"), patience=0.05)
    assert (finding.ok, nobody) == (False, "")
    assert finding.detail == f"who listens on 127.0.0.1:{port} does not answer"
    assert "systemctl restart tiledesk-bridge@one" in finding.advice
    assert f"ss -ltnp 'sport = :{port}'" in finding.advice


async def test_an_address_of_another_machine_can_not_be_listened_on() -> None:
    finding, _ = await listening("203.0.113.7", 8080)
    assert not finding.ok
    assert "no address of this machine" in finding.detail


async def test_who_stands_in_answers_as_a_daemon_and_leaves_everything_else_to_come_again() -> None:
    async with standing_in("127.0.0.1", 0) as nobody_knows:
        assert nobody_knows is not None
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    async with standing_in("127.0.0.1", port) as stand_in, aiohttp.ClientSession() as session:
        assert stand_in is not None
        url = f"http://127.0.0.1:{port}"
        assert await ask(session, "POST", f"{url}/hooks/telegram/support", body={}) == Reply(503, b"", ANY, "")
        stand_in.expect("/hooks/tiledesk/main/check")
        await ask(session, "POST", f"{url}/hooks/tiledesk/main/other", body={})
        assert not stand_in.came.is_set()
        await ask(session, "POST", f"{url}/hooks/tiledesk/main/check", body={})
        assert stand_in.came.is_set()
        async with standing_in("127.0.0.1", port) as second:
            assert second is None


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("fd00::1", "http://[fd00::1]:80"),
    ],
)
def test_what_listens_everywhere_is_reached_on_this_machine(host: str, url: str) -> None:
    assert local_url(host, 80) == url


# ---------------------------------------------------------------- calls


async def test_reasons_name_the_host_and_never_the_path() -> None:
    async def cut(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    asked_enough = asyncio.Event()

    async def sleep(_: web.Request) -> web.Response:
        await asked_enough.wait()
        return web.Response()

    async with serving(cut) as url, serving(sleep) as slow, aiohttp.ClientSession() as session:
        host, slow_host = url.removeprefix("http://"), slow.removeprefix("http://")
        closed = await ask(session, "GET", f"{url}/livez?secret")
        late = await ask(session, "GET", f"{slow}/livez?secret", patience=0.05)
        asked_enough.set()
        plain = await ask(session, "GET", f"https://{host}/livez?secret")
        unknown = await ask(session, "GET", "http://bridge.invalid/livez?secret")
    assert closed == Silence(f"{host} closed the connection without an answer")
    assert late == Silence(f"no answer from {slow_host} within 0.05 seconds")
    assert plain == Silence(f"no TLS with {host}: is it a plain http address?")
    assert unknown == Silence("the host name of bridge.invalid:80 is not known")


# ---------------------------------------------------------------- behind systemd's socket

ONE = Commands("tiledesk-bridge@one")
DROP_IN = "/etc/systemd/system/tiledesk-bridge@one.socket.d/init.conf"


async def through(*listens: str) -> tuple[Finding, str]:
    async with aiohttp.ClientSession() as session:
        return await behind_systemd(session, listens, ONE)


async def test_the_daemon_is_found_where_systemd_listens_for_it_whatever_the_configuration_says(tmp_path: Path) -> None:
    async with serving(answering("one")) as url:
        where = url.removeprefix("http://")
        finding, instance = await through(where)
    assert (finding.ok, finding.detail, instance) == (True, f"the daemon answers at {where}", "one")
    app = web.Application()
    app.router.add_get("/livez", answering("two"))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.UnixSite(runner, str(tmp_path / "bridge.sock")).start()
    try:
        finding, instance = await through(str(tmp_path / "bridge.sock"))
    finally:
        await runner.cleanup()
    assert (finding.ok, instance) == (True, "two")


async def test_a_port_that_systemd_holds_for_a_daemon_that_does_not_answer_is_nobody_elses() -> None:
    async with serving(answering("")) as url:
        where = url.removeprefix("http://")
        finding, instance = await through(where)
    assert (finding.ok, instance) == (False, "")
    assert finding.detail == (
        f"systemd holds {where} (tiledesk-bridge@one.socket), the daemon behind it does not answer"
    )
    assert finding.advice == "see why: journalctl -u tiledesk-bridge@one -n 20"


def console_behind(*listens: str, drop_in: str = DROP_IN, **settings: object) -> Finding:
    server = Server.model_validate({"public_url": "https://bridge.example.org", "host": "127.0.0.1", "port": 8080})
    told = Console.model_validate({"token": "a-token-of-an-operator", **settings})
    [finding] = console(told, server, listens, ONE, drop_in)
    return finding


def test_a_console_is_judged_by_where_somebody_really_listens_and_the_file_that_decides_is_named() -> None:
    finding = console_behind("127.0.0.1:9000", "0.0.0.0:9000")
    assert finding.warning
    assert "listens on 0.0.0.0:9000" in finding.detail
    assert f"ListenStream=127.0.0.1:9000 into [Socket] of {DROP_IN}" in finding.advice
    assert "systemctl restart tiledesk-bridge@one.socket tiledesk-bridge@one.service" in finding.advice
    assert "server.host" not in finding.advice
    own, _, narrow = finding.advice.partition(". Or, if all others come through a proxy")
    assert "port = 8090 in [console]" in own, "Tiledesk may come to this very port: it stays open"
    assert "ListenStream" in narrow


def test_a_console_at_a_socket_of_this_machine_is_where_the_socket_is() -> None:
    assert console_behind("127.0.0.1:9000").detail.startswith("at http://127.0.0.1:9000/console")
    assert console_behind("/run/one.sock").detail == "at /run/one.sock, for a proxy on this machine"


def test_without_a_socket_a_host_that_was_changed_waits_for_a_restart() -> None:
    finding = console_behind("0.0.0.0:8080", drop_in="")
    assert finding.warning
    assert 'server.host to "127.0.0.1"' in finding.advice
    assert "systemctl restart tiledesk-bridge@one" in finding.advice


def test_the_commands_to_type_are_those_of_this_bridge() -> None:
    refused = judged("http://127.0.0.1:1", Silence("connection refused", refused=True), "", ONE)
    proxied = judged("https://bridge.example.org", Reply(502), "", ONE)
    assert "systemctl start tiledesk-bridge@one" in refused.advice
    assert "systemctl start tiledesk-bridge@one" in proxied.advice
