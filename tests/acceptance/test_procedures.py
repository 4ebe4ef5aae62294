"""What docs/operations.md tells operators to do, done beside a daemon; the parts that need systemd are in tests/systemd."""

import dataclasses
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bridge.errors import BAD_JOURNAL
from bridge.sandbox.samples import BOX
from bridge.sandbox.stage import TOKEN
from tests.acceptance.operator import Operator, operating
from tests.acceptance.world import until
from tests.patience import PATIENCE

IN_DOUBT = "UPDATE entry SET state = 'sending' WHERE settled_at IS NULL"


@pytest.fixture
async def operator(tmp_path: Path) -> AsyncIterator[Operator]:
    async with operating(tmp_path) as one:
        yield one


# ---------------------------------------------------------------- logs


async def test_a_log_at_its_most_talkative_holds_no_words_of_people(tmp_path: Path) -> None:
    async with operating(tmp_path, LOG__LEVEL="debug") as operator:
        await operator.passes("words of the user")
        await operator.answers("words of the agent")
        await operator.daemon.terminate()
    written = operator.daemon.log.read_text()
    assert '"running"' in written
    assert "words of the" not in written


# ---------------------------------------------------------------- backup and restore


async def lost_after_a_backup(operator: Operator, copy: Path) -> None:
    """A backup with one message under way each way; both get through, two more are written, and then the disk is lost."""
    await operator.passes("one")
    await operator.answers("first")
    await operator.stage.tiledesk.refuse()
    operator.says("two")
    await operator.waits(1)
    await operator.backup(copy)
    await operator.stage.tiledesk.accept()
    await operator.stage.tiledesk.wait_for(lambda: "two" in operator.arrived(), PATIENCE)
    await operator.answers("second")
    await operator.daemon.kill()
    replace_with(copy, operator.stage.journal)


def replace_with(copy: Path, journal: Path) -> None:
    for file in journal.parent.glob(f"{journal.name}*"):
        file.unlink()
    copy.rename(journal)


async def test_a_backup_of_a_running_daemon_is_whole_and_small(operator: Operator, tmp_path: Path) -> None:
    await operator.passes("one")
    copy = tmp_path / "copy.db"
    await operator.backup(copy)
    assert await operator.sql(copy, "PRAGMA integrity_check") == "ok"
    assert await operator.sql(copy, "SELECT count(*) FROM entry") == "1"
    assert not stat.S_IMODE(operator.stage.journal.stat().st_mode) & 0o077
    await operator.answers("it goes on")


async def test_a_journal_that_was_restored_as_it_is_sends_again_what_was_sent_since(
    operator: Operator, tmp_path: Path
) -> None:
    await lost_after_a_backup(operator, tmp_path / "copy.db")
    await operator.daemon.start()
    await operator.passes("three")
    await operator.stage.telegram.wait_for(lambda: operator.received().count("second") == 2, PATIENCE)
    assert operator.arrived() == ["one", "two", "two", "three"]


async def test_a_journal_that_was_restored_as_the_document_says_sends_nothing_twice(
    operator: Operator, tmp_path: Path
) -> None:
    await lost_after_a_backup(operator, tmp_path / "copy.db")
    await operator.sql(operator.stage.journal, IN_DOUBT)
    operator.configure(DESKS__MAIN__CATCH_UP_HOURS="0")
    await operator.daemon.start()
    await operator.passes("three")
    await operator.answers("third")
    assert operator.arrived() == ["one", "two", "three"]
    assert operator.received() == ["first", "second", "third"]


# ---------------------------------------------------------------- secrets


async def test_a_new_bot_token_and_a_new_password_are_taken_by_a_reload_and_nothing_is_lost(operator: Operator) -> None:
    await operator.passes("before")
    bots, fresh = operator.stage.telegram.world.bots, f"{TOKEN[:-4]}0002"
    operator.stage.telegram.revoke(operator.stage.bot)
    bots[fresh] = operator.stage.bot  # what @BotFather does: the same bot, another token
    operator.says("while the token is wrong")
    await until(lambda: named(operator, "intake support", "@BotFather"))

    operator.stage.tiledesk._world.emails[operator.stage.project.owner.email].password = "another-password"
    operator.put_secret("channels.support.token", fresh)
    operator.put_secret("desks.main.password", "another-password")
    await operator.reload()
    await until(operator.ready)
    await operator.stage.tiledesk.wait_for(lambda: "while the token is wrong" in operator.arrived(), PATIENCE)
    await operator.answers("welcome back")


async def named(operator: Operator, part: str, word: str) -> bool:
    return word in (await operator.parts()).get(part, "")


async def test_a_new_console_token_ends_every_session(tmp_path: Path) -> None:
    old, new = "the-first-token-of-the-console", "the-other-token-of-the-console"
    async with operating(tmp_path, CONSOLE__TOKEN=old) as operator:
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(operator.daemon.url, cookie_jar=jar) as browser:
            async with browser.post("/console/login", data={"token": old}) as answer:
                assert answer.status == 200
            operator.put_secret("console.token", new)
            await operator.reload()
            async with browser.get("/console/", allow_redirects=False) as answer:
                assert answer.headers["Location"] == "/console/login"
            async with browser.post("/console/login", data={"token": old}) as answer:
                assert answer.status == 401
            async with browser.post("/console/login", data={"token": new}) as answer:
                assert answer.status == 200


async def test_new_webhook_secrets_are_made_and_told_to_both_sides(tmp_path: Path) -> None:
    async with operating(tmp_path, CHANNELS__SUPPORT__INTAKE="webhook") as operator:
        await operator.passes("before")
        before = await operator.sql(operator.stage.journal, "SELECT value FROM secret WHERE name LIKE 'hooks/%'")
        await operator.daemon.terminate()
        await operator.sql(operator.stage.journal, "DELETE FROM secret WHERE name LIKE 'hooks/%'")
        await operator.daemon.start()
        await until(operator.ready)
        await operator.passes("after")
        await operator.answers("heard")
        after = await operator.sql(operator.stage.journal, "SELECT value FROM secret WHERE name LIKE 'hooks/%'")
        assert len({*before.split(), *after.split()}) == 4
        targets = [str(one.document["target"]) for one in operator.stage.tiledesk._webhooks.subscriptions.values()]
        assert len(targets) == 2
        assert all(target.rpartition("/")[2] in after.split() for target in targets)


async def test_subscriptions_that_were_deleted_are_made_anew_and_signed_users_stay_who_they_are(tmp_path: Path) -> None:
    async with operating(tmp_path, DESKS__MAIN__IDENTITY="signed") as operator:
        await operator.passes("before")
        subscriptions = operator.stage.tiledesk._webhooks.subscriptions
        before = {one.id for one in subscriptions.values()}
        subscriptions.clear()
        await operator.daemon.restart()
        await until(operator.ready)
        await operator.passes("after")
        await operator.answers("heard")
        assert not before & {one.id for one in subscriptions.values()}
        assert len(operator.stage.tiledesk.requests()) == 1, "the same user in the same conversation"


async def test_links_to_files_are_revoked_by_a_moment_and_a_reload(operator: Operator) -> None:
    operator.stage.telegram.user_sends(operator.stage.bot, operator.user, photo=BOX)
    await operator.stage.tiledesk.wait_for(lambda: operator.stage.tiledesk.requests() and operator.arrived(), PATIENCE)
    [message] = operator.stage.tiledesk.messages(operator.stage.tiledesk.requests()[-1]["request_id"])
    async with aiohttp.ClientSession() as browser:
        async with browser.get(message["metadata"]["src"]) as answer:
            assert answer.status == 200
        operator.configure(MEDIA__REVOKE_BEFORE="2100-01-01T00:00:00Z")
        await operator.reload()
        async with browser.get(message["metadata"]["src"]) as answer:
            assert answer.status == 404


# ---------------------------------------------------------------- another version, another machine


async def test_an_older_version_refuses_a_newer_journal_and_leaves_it_as_it_is(operator: Operator) -> None:
    await operator.passes("one")
    await operator.daemon.terminate()
    await operator.sql(operator.stage.journal, "INSERT INTO migration (number, applied_at) VALUES (9999, 0)")
    before = operator.stage.journal.read_bytes()
    code, told = await operator.types("bridge", "run")
    assert code == BAD_JOURNAL
    assert "was written by a newer version of this program" in told
    assert operator.stage.journal.read_bytes() == before


async def test_a_stopped_daemon_leaves_one_file_that_another_machine_goes_on_with(
    operator: Operator, tmp_path: Path
) -> None:
    await operator.passes("one")
    await operator.stage.telegram.refuse()
    operator.replies("on its way")
    await operator.waits(1)
    await operator.daemon.terminate()
    left = {file.name for file in operator.folder.glob("bridge.db*")}
    assert left == {"bridge.db", "bridge.db.lock"}
    there = tmp_path / "there"
    there.mkdir()
    operator.stage.journal.rename(there / "bridge.db")
    await operator.stage.telegram.accept()
    operator.stage = dataclasses.replace(operator.stage, folder=there)
    operator.daemon.environment["BRIDGE_CONFIG"] = str(there / "bridge.toml")
    operator.configure()
    await operator.daemon.start()
    await operator.stage.telegram.wait_for(lambda: operator.received() == ["on its way"], PATIENCE)
    await operator.passes("two")
    assert len(operator.stage.tiledesk.requests()) == 1
