"""The shell lines of docs/operations.md, run as they stand there, on a machine with the package."""

import json
import re
import time
from pathlib import Path

import pytest

from bridge.sandbox.stage import TOKEN
from tests.acceptance.world import until
from tests.crash.figures import publish
from tests.systemd.service import CONFIG, OWN_PATHS, Service, clean

pytestmark = pytest.mark.timeout(600)

PAGE = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
JOURNAL = "/var/lib/tiledesk-bridge/bridge.db"
SQL = "/opt/tiledesk-bridge/bin/python", "-m", "apsw", JOURNAL


def lines(heading: str, first: str) -> str:
    """The block of shell lines below a heading that begins so."""
    section = re.split(r"(?m)^#+ ", re.split(rf"(?m)^#+ {re.escape(heading)}$", PAGE)[1])[0]
    [found] = [one for one in re.findall(r"(?s)```\n(.*?)```", section) if one.startswith(first)]
    return str(found)


async def types(service: Service, shell: str) -> str:
    code, out = await service.machine.tries("sh", "-exc", shell)
    assert code == 0, f"{code}\n{out}\n{await service.logs()}"
    return out


async def test_a_backup_is_made_while_it_runs_and_restored(service: Service) -> None:
    began, user = time.monotonic(), service.user("Ada")
    await service.start()
    await service.relays_in(user, "one")
    await service.relays_out(user, "first")
    await service.machine.does("rm", "-f", "/var/backups/bridge.db")
    assert (await types(service, lines("Backup and restore", "umask"))).splitlines()[-1] == "ok"
    assert await service.machine.does("stat", "-c", "%a", "/var/backups/bridge.db") == "600"
    await service.relays_in(user, "two")
    await types(service, lines("Backup and restore", "systemctl stop"))
    await service.relays_in(user, "three")
    assert service.arrived().count("two") == 1
    publish("A real systemd: a journal is backed up and restored", began, messages=len(service.arrived()))


async def test_a_damaged_journal_is_named_in_the_status_put_away_and_the_backup_restored(service: Service) -> None:
    began, user = time.monotonic(), service.user("Ada")
    await service.start()
    await service.relays_in(user, "one")
    await service.machine.does("rm", "-rf", "/var/backups/bridge.db", "/var/backups/bridge.damaged")
    await types(service, lines("Backup and restore", "umask"))
    await service.ctl("stop", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.machine.does("sh", "-c", f"yes damaged | dd of={JOURNAL} bs=4096 seek=4 count=20 conv=notrunc")
    await service.machine.tries("systemctl", "start", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    told = await service.becomes("StatusText", lambda text: text.startswith("ended: the journal "))
    assert "is damaged" in told
    assert "systemctl stop tiledesk-bridge.socket tiledesk-bridge.service" in told
    await types(service, lines("A damaged journal", "systemctl stop"))
    assert "bridge.db" in await service.machine.does("ls", "/var/backups/bridge.damaged")
    await types(service, lines("Backup and restore", "systemctl stop"))
    await service.relays_in(user, "two")
    assert len(service.stage.tiledesk.requests()) == 1, "the conversation goes on"
    publish("A real systemd: a damaged journal gives way to its backup", began, status=told)


async def test_a_bridge_moves_to_another_machine(service: Service) -> None:
    user = service.user("Ada")
    await service.start()
    await service.ctl("enable", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.relays_in(user, "one")
    await types(service, lines("Moving to another machine", "systemctl disable"))
    clean(service.machine)  # the same machine as if it were another one
    await service.machine.does("sh", "-c", f"rm -rf {OWN_PATHS}")
    told = await types(service, lines("Moving to another machine", "cd / && tar -xzpf"))
    assert "✗" not in told, told
    await service.relays_in(user, "two")
    await service.relays_out(user, "second")
    assert len(service.stage.tiledesk.requests()) == 1, "the conversation goes on"


async def test_a_new_bot_token_is_taken_by_a_restart_and_not_by_a_reload(service: Service) -> None:
    await service.start()
    await service.relays_in(service.user("Ada"), "before")
    fresh, bots = f"{TOKEN[:-4]}0002", service.stage.telegram.world.bots
    service.stage.telegram.revoke(service.stage.bot)
    bots[fresh] = service.stage.bot
    service.machine.put(f"{CONFIG}/secrets/channels.support.token", f"{fresh}\n", 0o600)
    await service.ctl("reload", "tiledesk-bridge")

    async def refused() -> bool:
        return "@BotFather" in (await service.machine.tries("tiledesk-bridge", "status"))[1]

    await until(refused)
    await service.ctl("restart", "tiledesk-bridge")
    await service.relays_in(service.user("Bea"), "after")


async def test_new_webhook_secrets_are_made(service: Service) -> None:
    await service.start()
    await service.relays_in(service.user("Ada"), "before")
    held = await service.machine.does(*SQL, "SELECT value FROM secret WHERE name = 'hooks/tiledesk/main'")
    await types(service, lines("Secrets", "systemctl stop"))
    user = service.user("Bea")
    await service.relays_in(user, "after")
    await service.relays_out(user, "heard")
    assert await service.machine.does(*SQL, "SELECT value FROM secret WHERE name = 'hooks/tiledesk/main'") != held


async def test_an_older_version_ends_for_good_with_its_port_closed_until_the_newer_one_is_started(
    service: Service,
) -> None:
    await service.start()
    user = service.user("Ada")
    await service.relays_in(user, "before")
    await service.ctl("enable", "tiledesk-bridge.socket")
    await service.ctl("stop", "tiledesk-bridge.socket", "tiledesk-bridge.service")
    await service.machine.does(*SQL, "INSERT INTO migration (number, applied_at) VALUES (9999, 0)")
    code, _ = await service.machine.tries("systemctl", "start", "tiledesk-bridge.service")
    assert code != 0
    await service.becomes("ActiveState", lambda state: state == "failed")
    assert (await service.shows("ExecMainStatus"), await service.shows("NRestarts")) == ("65", "0")
    assert await service.shows("ActiveState", "socket") == "inactive", "no caller starts it again"
    assert "was written by a newer version of this program" in await service.shows("StatusText")
    assert "then: systemctl start tiledesk-bridge" in await service.logs()
    await service.machine.does(*SQL, "DELETE FROM migration WHERE number = 9999")  # as if the newer one came back
    await service.ctl("start", "tiledesk-bridge")
    await service.relays_in(user, "after")


async def test_the_log_is_read_by_the_number_of_a_message(service: Service) -> None:
    await service.start()
    user = service.user("Ada")
    await service.relays_in(user, "one")
    service.stage.telegram.user_blocks(service.stage.bot, user)
    [request] = service.stage.tiledesk.requests()
    service.stage.tiledesk.agent_replies(request["request_id"], "are you there?")

    async def letter() -> str:
        told = await service.machine.does("tiledesk-bridge", "dead", "list", "--json")
        return next((str(one["id"]) for one in json.loads(told)), "")

    number = await until(letter)
    for line in lines("Reading the logs", "journalctl").splitlines():
        assert await service.machine.does("sh", "-c", line.replace("17", number)), line
