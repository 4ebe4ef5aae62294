"""What the dashboard and the alerts ask for is really there, after a little of everything."""

import asyncio
import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest

from bridge.sandbox import samples
from bridge.sandbox.telegram_answers import Upload
from tests.acceptance.files import in_front_of
from tests.acceptance.messages.talk import Talk
from tests.acceptance.world import World, until, world
from tests.dashboard import CONFIG, queries
from tests.scrape import Scrape

[JOB] = re.findall(r"(?m)job_name: (\S+)$", (CONFIG / "prometheus.yml").read_text())
DOCUMENTED = set(re.findall(r"(?m)^\| `((?:bridge|process)_\w+)`", (CONFIG.parent / "docs/metrics.md").read_text()))


async def lived(running: World) -> str:
    """The page after messages both ways, files both ways, a dead letter, a note and strangers at the doors."""
    talk = Talk(running, running.user("Gina"))
    await talk.open()
    talk.sends(photo=Upload("p.jpg", samples.PARCEL, "image/jpeg"))
    message = (await talk.stored(2))[1]
    await talk.sees(message)
    src = await talk.file("a.png", "image/png", samples.MAP)
    await talk.agent("see here", type="image", metadata={"src": src, "name": "a.png", "type": "image/png"})
    await talk.gets(1)
    await talk.agent("a secret", attributes={"subtype": "private"})
    bot = running.stage.bot
    running.stage.telegram.push_raw_update(bot, {"message": 17})
    await knock(running, "/hooks/telegram/support", 401)
    await knock(running, "/hooks/tiledesk/main/guess", 404)
    running.stage.telegram.user_blocks(bot, talk.user)
    await until(lambda: running.metric("bridge_settled_total", direction="in", verdict="done"))
    await talk.agent("are you there?")
    await until(lambda: running.metric("bridge_dead_total", cause="unreadable"))
    await until(lambda: running.metric("bridge_dead_total", cause="blocked"))
    async with running.desk.session.get(f"{running.daemon.url}/metrics") as page:
        return await page.text()


async def knock(running: World, path: str, status: int) -> None:
    async with running.desk.session.post(f"{running.daemon.url}{path}", data=BytesIO(b"{}")) as answer:
        assert answer.status == status


@pytest.fixture
async def page(tmp_path: Path) -> str:
    async with world(tmp_path, intake="webhook", front=in_front_of) as running:
        return await lived(running)


async def test_all_that_is_asked_for_is_there_and_what_is_misspelled_is_found(page: str) -> None:
    scrape = Scrape.of(page, job=JOB)
    assert not [fault for query in queries() for fault in scrape.lacks(query.expression)]
    for query in queries():
        assert misspelled(query.expression)
        for wrong in misspelled(query.expression):
            assert scrape.lacks(wrong), f"{query.where}: nobody would see that {wrong} finds nothing"
    families = {name for name in scrape.series if name != "up"}
    known = {one for name in DOCUMENTED for one in (name, f"{name}_bucket", f"{name}_count", f"{name}_sum")}
    assert families <= known
    unused_yet = {name for name in DOCUMENTED if not {name, f"{name}_count"} & families}
    assert unused_yet == set()


def misspelled(expression: str) -> list[str]:
    """The expression with one name, label or value wrong at a time."""
    places = [*re.finditer(r"(?:bridge|process)_\w+|\bup\b", expression)]
    places += [*re.finditer(r"(?<=[{,] )\w+(?=[!=]+~?\")|(?<=by \()\w+|(?<=, )\w+(?=[,)] ?\()", expression)]
    places += [*re.finditer(r"(?<=[\"|])[a-z]+(?=[\"|])", expression)]
    return [expression[: one.end()] + "x" + expression[one.end() :] for one in places]


@pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not there: apt-get install prometheus lets Prometheus itself look at rules and metrics",
)
async def test_prometheus_finds_nothing_to_say_against_the_page_and_the_rules(page: str) -> None:
    rules = ["promtool", "check", "rules", str(CONFIG / "prometheus-alerts.yml")]
    assert (await asyncio.to_thread(told, rules)).returncode == 0
    checked = await asyncio.to_thread(told, ["promtool", "check", "metrics"], page)
    assert (checked.returncode, checked.stderr) == (0, "")


def told(command: list[str], text: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, input=text, text=True, capture_output=True, check=False)
