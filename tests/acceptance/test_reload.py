"""A daemon that reads its configuration anew (SIGHUP), while people write and others knock."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest

from bridge.observe.network import INSTANCE_HEADER
from bridge.sandbox.daemon import Daemon
from bridge.sandbox.stage import TOKEN, Stage
from bridge.sandbox.telegram_people import User
from tests.acceptance.world import until
from tests.as_toml import as_toml
from tests.patience import PATIENCE
from tests.scripted import answer, scripted


@dataclass
class Served:
    """A daemon with a configuration file."""

    stage: Stage
    daemon: Daemon
    file: Path
    user: User

    def write(self, text: str = "", **more: str) -> None:
        settings = self.stage.environment(LOG__FORMAT="json") | {
            f"BRIDGE_{name}": value for name, value in more.items()
        }
        self.file.write_text(text or as_toml(settings))

    def hup(self) -> None:
        assert self.daemon.pid is not None
        os.kill(self.daemon.pid, signal.SIGHUP)

    async def life(self) -> str:
        """The name of the life that answers."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.daemon.url}/livez") as answer:
            return answer.headers[INSTANCE_HEADER]

    async def metrics(self) -> list[str]:
        """The page of metrics."""
        async with aiohttp.ClientSession() as session, session.get(f"{self.daemon.url}/metrics") as answer:
            return (await answer.text()).splitlines()

    async def logged(self, *words: str) -> str:
        """Wait for a line of the log with all these words."""

        async def look() -> str:
            lines = self.daemon.tail(500).splitlines()
            return next((line for line in lines if all(word in line for word in words)), "")

        return await until(look)

    async def passes(self, text: str) -> None:
        """The user writes, and it comes to the desk."""
        self.stage.telegram.user_says(self.stage.bot, self.user, text)
        await self.stage.tiledesk.wait_for(lambda: text in self.arrived(), PATIENCE)

    def arrived(self) -> list[str]:
        requests = self.stage.tiledesk.requests()
        return [one["text"] for request in requests for one in self.stage.tiledesk.messages(request["request_id"])]


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with await Stage.open(tmp_path) as stage:
        file = tmp_path / "bridge.toml"
        daemon = Daemon({"BRIDGE_CONFIG": str(file), "BRIDGE_SERVER__PORT": str(stage.port)}, tmp_path)
        served = Served(stage, daemon, file, stage.telegram.add_user("Ada", "Ames"))
        stage.telegram.meet(stage.bot, served.user)
        served.write()
        async with daemon:
            yield served


async def test_a_changed_channel_is_in_effect_after_a_reload_and_nobody_is_refused_meanwhile(served: Served) -> None:
    before, process, refused, answered = await served.life(), served.daemon.pid, 0, 0
    done = asyncio.Event()

    async def knock() -> None:
        nonlocal refused, answered
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as session:
            while not done.is_set():
                try:
                    async with session.get(f"{served.daemon.url}/livez"):
                        answered += 1
                except aiohttp.ClientConnectorError:
                    refused += 1
                except aiohttp.ClientError:
                    continue  # an answer that is cut off is not a port that is closed

    callers = [asyncio.create_task(knock()) for _ in range(4)]
    await served.passes("before")
    served.write(CHANNELS__SUPPORT__REACTIONS="true")
    served.hup()
    await until(lambda: changed(served, before))
    await served.passes("after")
    done.set()
    await asyncio.gather(*callers)
    assert (refused, served.daemon.pid) == (0, process)
    assert answered > 0
    assert "channels.support" in await served.logged("read anew")
    # Telegram may note the old life's poll last: it ends with the next message, whoever has gone away.
    allowed = [call.params for call in served.stage.telegram.called("getUpdates")]
    assert any("message_reaction" in str(one) for one in allowed)
    assert served.arrived().count("before") == 1


async def changed(served: Served, before: str) -> bool:
    return await served.life() != before


async def test_what_was_counted_outlives_a_reload_and_a_channel_that_was_renamed_has_no_gate(served: Served) -> None:
    await served.passes("counted")
    accepted = 'bridge_accepted_total{direction="in",source_kind="telegram"} '
    [counted] = [line for line in await served.metrics() if line.startswith(accepted)]
    assert float(counted.removeprefix(accepted)) > 0
    before = await served.life()
    settings = served.stage.environment(LOG__FORMAT="json")
    served.write(as_toml({name.replace("__SUPPORT__", "__RENAMED__"): value for name, value in settings.items()}))
    served.hup()
    await until(lambda: changed(served, before))
    page = await served.metrics()
    assert counted in page
    assert 'bridge_gate_open{destination="channel/renamed"} 1.0' in page
    assert not [line for line in page if line.startswith("bridge_gate_open") and "support" in line]


async def test_a_mistake_changes_nothing_is_told_without_secrets_and_messages_go_on(served: Served) -> None:
    before = await served.life()
    served.write('[server]\npublic_url = "nonsense"\ncolour = "blue"\n')
    served.hup()
    line = await served.logged('"error"', "the old one stays", "colour")
    assert "nonsense" not in line
    await served.passes("still here")
    assert await served.life() == before


async def test_a_log_level_changes_at_once_and_what_can_not_change_is_told(served: Served) -> None:
    before = await served.life()
    served.write(LOG__LEVEL="warning", STORE__URL=f"sqlite:///{str(served.file.parent).lstrip('/')}/other.db")
    served.hup()
    assert "store.url" in await served.logged("next restart")
    served.write()
    served.hup()
    assert '["log"]' in await served.logged("read anew")
    told = [line for line in served.daemon.tail(500).splitlines() if "read anew" in line]
    assert len(told) == 1, "the first reload is told below the level that it set"
    assert await served.life() == before
    assert not (served.file.parent / "other.db").exists()


async def test_furniture_that_does_not_stand_brings_the_old_configuration_back(served: Served) -> None:
    (served.file.parent / "plain-file").write_text("no folder")
    served.write(MEDIA__FOLDER=str(served.file.parent / "plain-file"))
    served.hup()
    await served.logged('"error"', "the old one stays", "media.folder")
    await served.passes("with the old one")


async def test_traces_that_are_switched_on_in_a_reload_reach_their_collector_when_the_daemon_ends(
    served: Served,
) -> None:
    async with scripted(answer(b"")) as collector:
        await served.passes("before")
        before = await served.life()
        served.write(TRACES__ENDPOINT=collector.url)
        served.hup()
        await until(lambda: changed(served, before))
        await served.passes("unmistakable")
        assert "traces" in await served.logged("read anew")
        await served.daemon.terminate()
        assert {asked.path for asked in collector.asked} == {"/v1/traces"}
        told = b"".join(asked.body for asked in collector.asked)
        for span in (b"wait", b"call ", b"settle", b"message in", b"bridge.entry"):
            assert span in told
        for foreign in (b"unmistakable", str(served.user.id).encode(), TOKEN.encode()):
            assert foreign not in told


async def test_traces_without_their_extra_are_a_mistake_that_names_the_command_and_the_old_configuration_stays(
    served: Served, tmp_path: Path
) -> None:
    (tmp_path / "without" / "opentelemetry").mkdir(parents=True)
    (tmp_path / "without" / "opentelemetry" / "__init__.py").touch()
    environment = served.daemon.environment
    environment["PYTHONPATH"] = f"{tmp_path / 'without'}{os.pathsep}{environment['PYTHONPATH']}"
    await served.daemon.restart()
    before = await served.life()
    served.write(TRACES__ENDPOINT="http://127.0.0.1:4318")
    served.hup()
    line = await served.logged("the new configuration is not used", "OpenTelemetry is not installed here")
    assert "pip install opentelemetry-sdk" in line
    await served.passes("still here")
    assert await served.life() == before
    # Where an upgrade left the extra behind, nobody is called at night for it, and other changes are taken all the same.
    await served.daemon.restart()
    await served.logged('"error"', "there are no traces", "pip install")
    before = await served.life()
    served.write(TRACES__ENDPOINT="http://127.0.0.1:4318", CHANNELS__SUPPORT__REACTIONS="true")
    served.hup()
    await until(lambda: changed(served, before))
    await served.passes("without traces")
    assert "bridge_part_ok" in "".join(page := await served.metrics())
    assert not [line for line in page if line.startswith('bridge_part_ok{part="traces"')]


async def test_a_refused_configuration_does_not_even_change_the_log_level(served: Served) -> None:
    (served.file.parent / "plain-file").write_text("no folder")
    for name in ("plain-file", "plain-file/below"):
        served.write(MEDIA__FOLDER=str(served.file.parent / name), LOG__LEVEL="critical")
        served.hup()
        await served.logged('"error"', "the old one stays", f"{name} ")


async def test_whoever_says_stop_while_a_reload_waits_for_calls_is_heard_at_once(served: Served) -> None:
    await served.passes("before")
    served.stage.tiledesk.faults.pause = 3.0  # between its effect and its answer
    await served.passes("in hand")
    served.write(CHANNELS__SUPPORT__REACTIONS="true")
    served.hup()
    await served.logged("read anew")
    assert await served.daemon.terminate() == 0
    lines = served.daemon.tail(500).splitlines()
    assert sum('"running"' in line for line in lines) == 1, "no new life was begun for the end"
    assert not any("cut off" in line for line in lines)


async def test_an_operator_stays_logged_in_and_reads_why_a_configuration_is_not_used(served: Served) -> None:
    token = "the-token-of-an-operator"
    before = await served.life()
    served.write(CONSOLE__TOKEN=token)
    served.hup()
    await until(lambda: changed(served, before))
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as operator:
        async with operator.post(f"{served.daemon.url}/console/login", data={"token": token}) as answer:
            assert answer.status == 200
        (served.file.parent / "plain-file").write_text("no folder")
        served.write(CONSOLE__TOKEN=token, MEDIA__FOLDER=str(served.file.parent / "plain-file"))
        before = await served.life()
        served.hup()
        await until(lambda: changed(served, before))
        async with operator.get(f"{served.daemon.url}/console/") as answer:
            assert answer.url.path == "/console/", "still logged in"
            assert "the new configuration is not used" in await answer.text()
