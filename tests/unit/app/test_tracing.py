import asyncio
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bridge.app.tracing import Untraced, traced, tracing, try_traces
from bridge.doctor.extras import PACKAGES, probe
from bridge.errors import ConfigurationError
from bridge.observe import Level
from bridge.observe.traces import EXPORT_TIME, Ids, Traces
from bridge.sandbox.stage import free_port
from bridge.settings import Traces as Wanted

ROOT = Path(__file__).parents[3]


async def test_without_an_address_nothing_is_followed() -> None:
    async with tracing(Wanted()) as follows:
        assert isinstance(follows, Untraced)


def test_a_daemon_that_follows_nothing_does_not_even_import_opentelemetry() -> None:
    program = "import sys, bridge.app.service; print('\\n'.join(sys.modules))"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert "bridge.app.tracing" in modules
    assert not [name for name in modules if name.startswith("opentelemetry") or name == "bridge.observe.traces"]


async def test_without_the_extra_the_mistake_names_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "bridge.observe.traces")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with pytest.raises(ConfigurationError) as told:
        await try_traces(Wanted(endpoint="http://127.0.0.1:4318"))
    [mistake] = told.value.mistakes
    assert mistake.startswith("traces.endpoint: OpenTelemetry is not installed here; ")
    assert f"{sys.executable} -m pip install {' '.join(PACKAGES)}" in mistake
    assert traced(Wanted()) is None, "whoever wants none needs no extra"


async def test_without_the_extra_a_daemon_starts_all_the_same_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "bridge.observe.traces")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    with capture_logs() as lines:
        async with tracing(Wanted(endpoint="http://127.0.0.1:4318")) as follows:
            assert isinstance(follows, Untraced)
    [line] = lines
    assert (line["log_level"], line["event"]) == ("error", "there are no traces")
    assert "pip install" in line["reason"]


def test_without_the_extra_check_warns_and_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = Wanted(endpoint="http://127.0.0.1:4318")
    assert probe(Wanted()) == []
    [there] = probe(wanted)
    assert there.level is Level.OK
    monkeypatch.delitem(sys.modules, "bridge.observe.traces")
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.trace", None)
    [missing] = probe(wanted)
    assert missing.level is Level.WARNING, "it fails no check: messages go on"
    assert f"{sys.executable} -m pip install {' '.join(PACKAGES)}" in missing.advice


def test_the_command_installs_what_the_extra_does() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["otel"]
    assert sorted(one.partition(">=")[0] for one in extra) == sorted(PACKAGES)


async def test_a_collector_that_is_not_there_keeps_nobody_from_ending() -> None:
    loop = asyncio.get_running_loop()
    async with tracing(Wanted(endpoint=f"http://127.0.0.1:{free_port()}")) as follows:
        assert isinstance(follows, Traces)
        follows.child("wait", Ids(1, 1), 0, {})
        began = loop.time()
    assert loop.time() - began < EXPORT_TIME + 3.0
