"""The commands on the journal of a daemon that is down, as an operator types them."""

import asyncio
import csv
import io
import json
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import pytest
from typer.testing import CliRunner, Result

from bridge.cli import app
from bridge.message import Arrival, Conversation, Direction, Lane, Met, Opened, Receipt
from bridge.observe import SteadyClock
from bridge.outcome import Dead, Done
from bridge.ports import Changes
from bridge.store import open_journal

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
PASSWORD = "sesame-open-4711"
PROJECT = "5e2c35c8f0dbc10017bb3aac"
REQUEST = f"support-group-{PROJECT}-1"
IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def update(number: int, text: str) -> bytes:
    person = {"id": 4711, "first_name": "Ann", "username": "ann", "is_bot": False}
    message = {
        "message_id": number,
        "date": 1700000000,
        "chat": {"id": 4711, "type": "private"},
        "from": person,
        "text": text,
    }
    return json.dumps({"update_id": number, "message": message}).encode()


def reply(text: str) -> dict[str, Any]:
    return {
        "_id": "6b06c2ac", "id_project": PROJECT, "recipient": REQUEST, "sender": "agent", "senderFullname": "Bea", "text": text,
        "type": "text", "channel": {"name": "telegram"}, "createdAt": "2026-01-01T10:00:00.000Z", "attributes": {},
    }  # fmt: skip


async def fill(journal: Path) -> None:
    """Ann asks, an agent answers, and a second question dies."""
    async with open_journal(journal, SteadyClock()) as store:
        opened = Opened(Conversation("support", "4711", "", "main", REQUEST, "telegram-4711", confirmed=True))
        facts = (opened, Met("support", "telegram-4711", "Ann", "ann"))
        answer = json.dumps({"event": "message.create", "payload": reply("=1+1 <script>")}).encode()
        for key, way, raw, verdict in (
            ("1", IN, update(1, f"hello, my token is {TOKEN}"), Done()),
            ("6b06c2ac", OUT, answer, Done()),
            ("2", IN, update(2, "are you there?"), Dead("the desk refuses it")),
        ):
            source, destination = (
                (f"telegram/{TOKEN[:9]}", "desk/main") if way is IN else (f"tiledesk/{PROJECT}", "channel/support")
            )
            await store.accept([Arrival(source, key, Lane("support", "4711", "", way), 0, raw, destination)])
            [claim] = await store.claim(destination, 1, 60.0)
            await store.begin(claim, claim.entries[0].id, 0)
            changes = Changes(
                facts if key == "1" else (), (Receipt(0, f"far{key}"),) if isinstance(verdict, Done) else ()
            )
            await store.settle(claim, claim.entries[0].id, verdict, changes, release=True)


class Operator:
    """Types commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.journal = folder / "data" / "bridge.db"
        self.config = folder / "bridge.toml"
        self.config.write_text(f"""
            server.public_url = "https://bridge.example.org"
            store.url = "sqlite:///{str(self.journal).lstrip("/")}"
            desks.main = {{project_id = "{PROJECT}", username = "owner@example.org", password = "{PASSWORD}"}}
            channels.support = {{token = "{TOKEN}"}}
            """)

    def types(self, *words: str, stdin: str | None = None) -> Result:
        environ = {"COLUMNS": "200", "BRIDGE_CONFIG": str(self.config)}
        result = CliRunner().invoke(app, list(words), input=stdin, env=environ)
        assert TOKEN not in result.output
        assert PASSWORD not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.output
        return result

    def sees(self, *words: str) -> Any:
        result = self.types(*words, "--json")
        return json.loads(result.stdout)


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    one = Operator(tmp_path)
    asyncio.run(fill(one.journal))
    return one


# ---------------------------------------------------------------- looking


def test_status_of_a_daemon_that_is_down_shows_its_journal_and_fails(operator: Operator) -> None:
    result = operator.types("status")
    assert result.exit_code == 1
    assert "No daemon runs on this journal. Start it" in result.output
    told = operator.sees("status")
    assert (told["running"], sum(one["dead"] for one in told["census"])) == (False, 1)


@pytest.mark.parametrize("words", ["status", "dead list", "explain 1"])
def test_a_mistake_in_the_configuration_is_the_end_where_no_daemon_runs(words: str, operator: Operator) -> None:
    operator.config.write_text(operator.config.read_text() + "            server.prot = 1\n")
    result = operator.types(*words.split())
    assert (result.exit_code, result.stdout) == (78, "")
    assert "unknown key" in result.stderr


def test_explain_tells_what_became_of_a_message_by_any_of_its_ids(operator: Operator) -> None:
    for word in ("1", "far1"):
        [found] = [one for one in operator.sees("explain", word) if one["entry"]["key"] == "1"]
        assert [one["what"] for one in found["timeline"]] == ["accepted", "delivered", "done"]
        assert found["says"].startswith("hello, my token is")
    result = operator.types("explain", "far1")
    assert "from the user to the desk" in result.output
    assert "delivered" in result.output
    assert len(operator.sees("explain", REQUEST)) == 3
    result = operator.types("explain", "nonsense")
    assert (result.exit_code, "Nothing is stored under 'nonsense'" in result.output) == (1, True)


def test_a_secret_is_not_shown_by_half_where_a_message_is_cut(operator: Operator) -> None:
    async def comes() -> None:
        async with open_journal(operator.journal, SteadyClock()) as store:
            raw = update(33, f"{'w' * 95} {TOKEN}")
            lane = Lane("support", "4711", "", IN)
            await store.accept([Arrival(f"telegram/{TOKEN[:9]}", "33", lane, 0, raw, "desk/main")])

    asyncio.run(comes())
    [found] = operator.sees("explain", "33")
    assert found["says"].startswith("w" * 95)
    assert TOKEN[:14] not in found["says"]


# ---------------------------------------------------------------- dead letters


def test_dead_letters_are_listed_shown_and_tried_again_once(operator: Operator) -> None:
    assert "the desk refuses it" in operator.types("dead", "list").output
    [letter] = operator.sees("dead", "list")
    shown = operator.types("dead", "show", str(letter["id"]))
    assert "are you there?" in shown.output
    again = operator.types("dead", "retry", str(letter["id"]))
    assert (again.exit_code, "1 dead letter tried again" in again.output) == (0, True)
    again = operator.types("dead", "retry", str(letter["id"]))
    assert (again.exit_code, "No dead letters (any more)" in again.output) == (1, True)
    assert "There are no dead letters." in operator.types("dead", "list").output


def test_dropping_asks_first_and_may_mean_all_of_a_reason(operator: Operator) -> None:
    assert operator.types("dead", "drop", "--all", stdin="n\n").exit_code == 1
    assert len(operator.sees("dead", "list")) == 1
    assert "Nothing was done" in operator.types("dead", "drop", "--all", "--reason", "other", "--yes").output
    assert operator.types("dead", "drop", "--all", "--reason", "REFUSES", "--yes").exit_code == 0
    assert operator.sees("dead", "list") == []


@pytest.mark.parametrize(
    "words",
    ["dead retry", "dead retry 1 --all", "dead drop 1 --reason x", "dead show x", "replay"],
)
def test_wrong_usage_ends_with_2(operator: Operator, words: str) -> None:
    assert operator.types(*words.split()).exit_code == 2


# ---------------------------------------------------------------- dry runs


def test_render_shows_both_directions_and_sends_nothing(operator: Operator) -> None:
    file = operator.folder / "update.json"
    file.write_bytes(update(9, r"\close me"))
    [shown] = operator.sees("render", str(file))
    [call] = shown["calls"]
    assert call["body"]["text"] != r"\close me", "it is neutralised"
    result = operator.types("render", "-", stdin=json.dumps(reply("**hi** there")))
    assert (result.exit_code, "sendMessage to 0" in result.output) == (0, True), result.output
    result = operator.types(
        "render", "-", stdin=json.dumps({"event": "x", "payload": reply("") | {"attributes": {"subtype": "private"}}})
    )
    assert "Nothing is sent: it does not travel" in result.output


@pytest.mark.parametrize(
    ("content", "word"), [("{", "no JSON"), ("[]", "no object"), ("{}", "neither"), ('{"payload": 5}', "neither")]
)
def test_render_says_what_is_wrong_with_a_file(operator: Operator, content: str, word: str) -> None:
    result = operator.types("render", "-", stdin=content)
    assert (result.exit_code, word in result.output) == (1, True), result.output


def test_render_of_a_file_that_is_not_there_or_an_unknown_channel(operator: Operator) -> None:
    result = operator.types("render", "/nowhere.json")
    assert (result.exit_code, "No such file" in result.output) == (1, True)
    result = operator.types("render", "-", "--channel", "other", stdin="{}")
    assert (result.exit_code, "no channel 'other'" in result.output) == (78, True)


def test_replay_shows_what_would_be_sent_and_sends_only_dead_letters(operator: Operator) -> None:
    [letter] = operator.sees("dead", "list")
    [shown] = operator.sees("replay", str(letter["id"]))
    assert shown["calls"][0]["body"]["text"] == "are you there?"
    assert operator.types("replay", "1", "--send").exit_code == 1
    assert operator.types("replay", str(letter["id"]), "999").exit_code == 1
    result = operator.types("replay", str(letter["id"]), "--send")
    assert (result.exit_code, f"Tried again: {letter['id']}" in result.output) == (0, True)


# ---------------------------------------------------------------- copies


def test_a_copy_as_json_lines_has_everything_that_was_said_without_secrets(operator: Operator) -> None:
    result = operator.types("export")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(one["direction"], one["author"], one["state"]) for one in rows] == [
        ("in", "Ann", "done"), ("out", "Bea", "done"), ("in", "Ann", "dead"),
    ]  # fmt: skip
    assert "3 messages" in result.stderr


def test_a_copy_as_csv_runs_nothing_in_a_spreadsheet(operator: Operator) -> None:
    rows = list(csv.DictReader(io.StringIO(operator.types("export", "--format", "csv").stdout)))
    assert [one["text"][:5] for one in rows] == ["hello", "'=1+1", "are y"]


def test_a_copy_as_a_page_escapes_what_people_wrote_and_is_its_owners_alone(operator: Operator) -> None:
    there = operator.folder / "copy.html"
    assert operator.types("export", "--format", "html", "-o", str(there)).exit_code == 0
    page = there.read_text()
    assert "=1+1 &lt;script&gt;" in page
    assert "<script" not in page
    assert there.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (("--person", "@ANN"), 3), (("--person", "4711"), 3), (("--person", "99"), 0), (("--conversation", "4711"), 3),
        (("--conversation", REQUEST), 3), (("--since", "2099-01-01"), 0), (("--until", "2000-01-01T00:00"), 0),
    ],
)  # fmt: skip
def test_a_copy_may_be_of_one_person_conversation_or_time(
    operator: Operator, options: tuple[str, ...], count: int
) -> None:
    assert len(operator.types("export", *options).stdout.splitlines()) == count


@pytest.mark.parametrize(
    "options", ["--since tomorrow", "--person @nobody", "--person Ann", "--channel other", "--format pdf"]
)
def test_a_copy_of_what_does_not_exist_is_wrong_usage(operator: Operator, options: str) -> None:
    assert operator.types("export", *options.split()).exit_code == 2


# ---------------------------------------------------------------- forgetting


def test_forget_asks_erases_and_says_what_tiledesk_still_holds(operator: Operator) -> None:
    assert operator.types("forget", "@ann", stdin="n\n").exit_code == 1
    result = operator.types("forget", "@ann", "--yes")
    assert (result.exit_code, REQUEST in result.output) == (0, True), result.output
    content = b"".join(file.read_bytes() for file in operator.journal.parent.iterdir() if file.is_file())
    assert [trace for trace in (b"are you there?", b"4711", b"Ann") if trace in content] == []
    result = operator.types("forget", "4711", "--yes")
    assert (result.exit_code, "Nothing of this person is stored" in result.output) == (1, True)


def test_forget_says_what_keeps_the_files_from_being_cleaned_and_does_it_the_next_time(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bridge.store.database.SCOURINGS", 1)
    with closing(apsw.Connection(str(operator.journal))) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM entry").fetchall()
        result = operator.types("forget", "4711", "--yes")
        assert (result.exit_code, REQUEST in result.output) == (1, True), result.output
        assert "another program reads the journal (a backup, sqlite3)" in result.output
        assert "run the same command again" in result.output
    assert operator.sees("forget", "4711", "--yes") == {"erased": {}, "tiledesk_still_holds": [], "cleaned": True}
    content = b"".join(file.read_bytes() for file in operator.journal.parent.iterdir() if file.is_file())
    assert b"are you there?" not in content


# ---------------------------------------------------------------- no journal


def test_without_a_journal_commands_say_that_the_daemon_makes_it(operator: Operator) -> None:
    for file in operator.journal.parent.iterdir():
        file.unlink()
    result = operator.types("status")
    assert (result.exit_code, "there is no journal" in result.output) == (1, True)


def test_a_configuration_that_can_not_be_read_is_told_by_us_with_78_and_not_as_wrong_usage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "bridge.toml"
    file.write_text("[server]\nprot = 1\n")
    monkeypatch.setattr("os.access", lambda *_: False)  # root may read everything
    ended = CliRunner().invoke(app, ["run", "--config", str(file)])
    assert ended.exit_code == 78, ended.output
