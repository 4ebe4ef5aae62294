"""The package under a real systemd: what `docs/operations.md` promises of the service."""

import asyncio
import re
import time

import pytest

from bridge.sandbox.telegram_people import User
from tests.acceptance.world import until
from tests.crash.figures import publish
from tests.patience import PATIENCE
from tests.systemd.service import CONFIG, Load, Service

pytestmark = pytest.mark.timeout(600)

WRITTEN_BY_SYSTEMD = re.compile(
    r"/var/log/(journal/|[wb]tmp|lastlog)|/var/lib/systemd/|/var/lib/private$|/etc/(mtab|machine-id)"
)


async def test_it_is_ready_under_full_hardening_relays_both_ways_and_writes_its_state_alone(service: Service) -> None:
    began = time.monotonic()
    before = service.machine.marks()
    started = time.monotonic()
    await service.start()
    ready = time.monotonic() - started
    assert (await service.shows("ActiveState"), await service.shows("SubState")) == ("active", "running")
    user = service.user("Ada")
    await service.relays_in(user, "is anybody there?")
    await service.relays_out(user, "yes, I am")
    line = await service.becomes("StatusText", lambda text: text.startswith("relaying: in "))
    assert re.fullmatch(r"relaying: in \d+\.\d/s, out \d+\.\d/s; 0 waiting, 0 dead letters", line), line

    after = service.machine.marks()
    touched = sorted(path for path, mark in after.items() if before.get(path) != mark)
    ours = [path for path in touched if not WRITTEN_BY_SYSTEMD.match(path)]
    assert ours, "the journal at least"
    assert all(path.startswith("/var/lib/private/tiledesk-bridge/") for path in ours), ours

    pid = await service.shows("MainPID")
    owner = await service.machine.does("stat", "-c", "%u %g", f"/proc/{pid}")
    uid, gid = owner.split()
    assert int(uid) >= 61184, "a user that exists while the service runs"
    writable = await writable_folders(service, pid, uid, gid)
    assert "/var/lib/private/tiledesk-bridge" in writable
    own = ("/var/lib/private/tiledesk-bridge", "/tmp", "/var/tmp")
    assert [folder for folder in writable if not folder.startswith(own)] == [], "its state, and a /tmp of its own"

    security = await service.machine.does("systemd-analyze", "security", "--no-pager", "tiledesk-bridge.service")
    exposure = float(re.findall(r"exposure level for \S+: ([\d.]+)", security)[0])
    publish(
        "A real systemd: ready, relaying, writing its state alone",
        began,
        ready_after_seconds=round(ready, 2),
        exposure=exposure,
        files_written=len(ours),
        folders_it_could_write_in=", ".join(writable),
    )
    assert exposure <= 1.3


async def writable_folders(service: Service, pid: str, uid: str, gid: str) -> list[str]:
    """Where the daemon's user could write, seen from within the daemon's own file systems."""
    there = ("nsenter", "-t", pid, "-m", "-S", uid, "-G", gid)
    _, found = await service.machine.tries(
        *there, "find", "/", "-path", "/proc", "-prune", "-o", "-type", "d", "-writable", "-print"
    )
    return sorted(line for line in found.splitlines() if line.startswith("/"))


async def test_secrets_come_as_credentials_that_only_root_and_the_daemon_see(service: Service) -> None:
    await service.start()
    await service.relays_in(service.user("Ada"), "hello")
    pid = await service.shows("MainPID")
    environ = (await service.machine.does("cat", f"/proc/{pid}/environ")).split("\0")
    [folder] = [one.partition("=")[2] for one in environ if one.startswith("CREDENTIALS_DIRECTORY=")]
    names = (await service.machine.does("nsenter", "-t", pid, "-m", "ls", folder)).split()
    assert names == ["secrets_channels.support.token", "secrets_desks.main.password"]
    code, _ = await service.machine.tries("setpriv", "--reuid=nobody", "--clear-groups", "ls", f"{CONFIG}/secrets")
    assert code != 0
    code, _ = await service.machine.tries("setpriv", "--reuid=nobody", "--clear-groups", "ls", folder)
    assert code != 0


async def test_restarts_and_reloads_under_load_refuse_nobody_and_lose_nothing(service: Service) -> None:
    began = time.monotonic()
    service.configure(CHANNELS__SUPPORT__REACTIONS="false")
    await service.start()
    users = [service.user(name) for name in ("Ada", "Bea", "Cia")]
    for user in users:
        await service.relays_in(user, f"hello from {user.first_name}")
    expected: dict[int, list[str]] = {user.id: [] for user in users}
    restarts, reloads = 5, 5
    async with Load(f"{service.stage.url}/hooks/tiledesk/main/nobody-knows", 200).lasting() as load:
        for number in range(restarts + reloads):
            await asyncio.gather(*(say(service, user, f"in {number}", expected[user.id], number) for user in users))
            if number % 2:
                service.configure(CHANNELS__SUPPORT__REACTIONS=str(number % 4 == 1).lower())
                await service.ctl("reload", "tiledesk-bridge")
            else:
                await service.ctl("restart", "tiledesk-bridge")
            await asyncio.sleep(1)
    for user in users:
        await service.stage.telegram.wait_for(lambda user=user: service.received(user) == expected[user.id], 90)  # type: ignore[misc]
    arrived = service.arrived()
    lost = [
        text for number in range(restarts + reloads) for text in [f"in {number}"] if arrived.count(text) < len(users)
    ]
    publish(
        "A real systemd: restarts and reloads at 200 requests a second",
        began,
        restarts=restarts,
        reloads=reloads,
        requests=sum(load.seen.values()),
        answers=dict(load.figures()),
        slowest_answer_seconds=round(load.slowest, 2),
    )
    assert load.seen["refused"] == 0
    cut = sum(count for answer, count in load.seen.items() if not answer.isdecimal())
    assert cut <= restarts + reloads, "a connection may be cut off in the moment of an end, and no more than that"
    assert lost == []


async def say(service: Service, user: User, text: str, expected: list[str], number: int) -> None:
    """A message each way, just before what comes next."""
    service.stage.telegram.user_says(service.stage.bot, user, text)
    [request] = [
        one for one in service.stage.tiledesk.requests() if one["lead"]["fullname"].startswith(user.first_name)
    ]
    expected.append(f"out {number} to {user.first_name}")
    service.stage.tiledesk.agent_replies(request["request_id"], expected[-1])


@pytest.mark.parametrize("how", ["stopped", "blocked"])
async def test_the_watchdog_restarts_a_daemon_that_hangs(how: str, service: Service) -> None:
    began = time.monotonic()
    lines = {"WatchdogSec": "3"}
    if how == "blocked":  # the loop sleeps for longer than the watchdog waits, at the first message
        lines["Environment"] = "BRIDGE_FAULT=accepted:1:stall"
    service.add("service", **lines)
    await service.start()
    pid = await service.shows("MainPID")
    user = service.user("Ada")
    hung = time.monotonic()
    if how == "stopped":
        await service.machine.does("sh", "-c", f"kill -STOP {pid}")
    else:
        service.stage.telegram.user_says(service.stage.bot, user, "who wakes you?")
        service.add("service", WatchdogSec="3")
        await asyncio.sleep(1)
        await service.ctl("daemon-reload")
    await service.becomes("NRestarts", lambda count: count == "1", 60)
    await service.becomes("ActiveState", lambda state: state == "active", 30)
    back = time.monotonic() - hung
    assert await service.shows("MainPID") != pid
    assert "Watchdog timeout" in await service.logs()
    await service.relays_in(user, "awake again")
    if how == "blocked":
        await service.stage.tiledesk.wait_for(lambda: "who wakes you?" in service.arrived(), PATIENCE)
        assert service.arrived().count("who wakes you?") == 1
    publish(
        f"A real systemd: the watchdog and a daemon that is {how}",
        began,
        watchdog_seconds=3,
        back_after_seconds=round(back, 1),
    )


async def test_far_sides_that_are_down_do_not_trip_the_watchdog(service: Service) -> None:
    service.add("service", WatchdogSec="3")
    await service.start()
    user = service.user("Ada")
    await service.relays_in(user, "all is well")
    await service.stage.tiledesk.refuse()
    await service.stage.telegram.refuse()
    line = await service.becomes("StatusText", lambda text: "shut" in text or "waiting" in text)
    await asyncio.sleep(10)
    assert await service.shows("NRestarts") == "0", line
    await service.stage.tiledesk.accept()
    await service.stage.telegram.accept()
    await service.relays_in(user, "and again", 90)


async def test_a_broken_configuration_ends_with_78_and_is_not_started_again_by_anybody(service: Service) -> None:
    began = time.monotonic()
    await service.start()
    service.machine.put(f"{CONFIG}/bridge.toml", '[server]\npublic_url = "nonsense"\n')
    async with Load(f"{service.stage.url}/livez", 50).lasting() as load:
        code, _ = await service.machine.tries("systemctl", "restart", "tiledesk-bridge")
        await asyncio.sleep(5)
    assert code != 0
    assert (await service.shows("ActiveState"), await service.shows("ExecMainStatus")) == ("failed", "78")
    assert await service.shows("NRestarts") == "0"
    starts = (await service.logs()).count("The configuration has ")
    publish(
        "A real systemd: a broken configuration under callers",
        began,
        exit_code=78,
        starts=starts,
        calls=sum(load.seen.values()),
    )
    assert starts == 1
    assert (await service.shows("StatusText")).startswith("ended: server.public_url in ")
    service.configure()
    await service.ctl("enable", "tiledesk-bridge.socket")
    await service.ctl("start", "tiledesk-bridge")
    assert await service.shows("ActiveState", "socket") == "active", "who mends it need not think of the port"
    await service.relays_in(service.user("Ada"), "mended")


async def test_a_reload_takes_what_changed_and_one_with_a_mistake_changes_nothing(service: Service) -> None:
    await service.start()
    pid, user = await service.shows("MainPID"), service.user("Ada")
    await service.relays_in(user, "before")
    service.configure(CHANNELS__SUPPORT__REACTIONS="true", LOG__LEVEL="debug")
    await service.ctl("reload", "tiledesk-bridge")
    await until_logged(service, '"changed":["channels.support","log"]')
    await service.relays_in(user, "after")
    assert "message_reaction" in str(service.stage.telegram.called("getUpdates")[-1].params)
    service.machine.put(f"{CONFIG}/bridge.toml", '[server]\npublic_url = "nonsense"\ncolour = "blue"\n')
    await service.ctl("reload", "tiledesk-bridge")
    await until_logged(service, "the old one stays")
    line = await service.becomes("StatusText", lambda text: "old configuration" in text and "relaying: in" in text)
    assert "colour" in await service.logs()
    assert "nonsense" not in line + await service.logs()
    await service.relays_in(user, "with the old one")
    assert (await service.shows("MainPID"), await service.shows("ActiveState")) == (pid, "active")
    service.configure()
    await service.ctl("reload", "tiledesk-bridge")
    await service.becomes("StatusText", lambda text: text.startswith("relaying: in"))


async def until_logged(service: Service, words: str) -> None:
    async def look() -> bool:
        return words in await service.logs()

    await until(look)
