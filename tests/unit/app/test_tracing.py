import asyncio
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from bridge.app.tracing import PACKAGES, Untraced, traced, tracing, try_traces
from bridge.errors import ConfigurationError
from bridge.observe import Health
from bridge.observe.traces import EXPORT_TIME, Ids, Traces
from bridge.sandbox.stage import free_port
from bridge.settings import Traces as Wanted

ROOT = Path(__file__).parents[3]


async def test_without_an_address_nothing_is_followed() -> None:
    async with tracing(Wanted(), Health()) as follows:
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
    health = Health()
    async with tracing(Wanted(endpoint="http://127.0.0.1:4318"), health) as follows:
        assert isinstance(follows, Untraced)
    assert not health.ready
    assert "pip install" in health.parts["traces"].reason


def test_the_command_installs_what_the_extra_does() -> None:
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["otel"]
    assert sorted(one.partition(">=")[0] for one in extra) == sorted(PACKAGES)


async def test_a_collector_that_is_not_there_keeps_nobody_from_ending() -> None:
    loop = asyncio.get_running_loop()
    async with tracing(Wanted(endpoint=f"http://127.0.0.1:{free_port()}"), Health()) as follows:
        assert isinstance(follows, Traces)
        follows.child("accept", Ids.of("telegram/1", "1"), 0, {})
        began = loop.time()
    assert loop.time() - began < EXPORT_TIME + 3.0
