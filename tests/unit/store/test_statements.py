import re
from pathlib import Path

import apsw
import pytest

import bridge.store
from bridge.store.statements import QUERIES, parse, resource

COLD = {
    "last_seen",
    "last_entry",
    "hasten_entries",
    "hasten_lanes",
    "shift_entries",
    "shift_lanes",
    "count_live",
    "doubt_in_flight",
    "release_all",
    "census_settled",
    "census_live",
    "recent",
    "dead_letters",
}
"""run at the start, or for pages; they may read every live entry or lane, never the settled history"""


def plan(name: str) -> list[str]:
    database = apsw.Connection(":memory:")
    database.execute(resource("schema.sql"))
    bindings = dict.fromkeys(re.findall(r":(\w+)", QUERIES[name]), 1)
    return [str(row[3]) for row in database.execute(f"EXPLAIN QUERY PLAN {QUERIES[name]}", bindings)]


def test_names_lead_to_statements_without_comments() -> None:
    text = "-- The top.\n\n-- Why.\n-- name: one\nSELECT 1;\n\n-- About two.\n-- name: two\nSELECT\n  2;\n"
    assert parse(text) == {"one": "SELECT 1;", "two": "SELECT\n  2;"}


@pytest.mark.parametrize(
    "text", ["-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;", "-- name: a\n\n-- name: b\nSELECT 1;"]
)
def test_a_name_without_one_statement_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="'a'"):
        parse(text)


def test_every_statement_is_used_and_every_used_one_is_there() -> None:
    source = "".join(file.read_text() for file in Path(bridge.store.__path__[0]).glob("*.py"))
    assert set(re.findall(r'\.(?:all|each|one|run)\(\s*"(\w+)"', source)) == set(QUERIES)


OFFICE = {
    "office_conversations": {"SCAN conversation", "SCAN found", "SCAN person"},
    "office_conversation": set[str](),
    "office_entries": set[str](),
    "office_waiting": {"SCAN lane"},
    "office_dead": set[str](),
    "find_by_receipt": {"SCAN receipt"},
    "find_by_key": {"SCAN known"},
    "note_in_flight": set[str](),
    "conversations_of_person": set[str](),
    "person_called": set[str](),
    "guests_of_person": {"SCAN guest"},
    "erase_guests": {"SCAN guest"},
}
"""run when an operator asks, and what they may read from end to end: never the settled history"""


@pytest.mark.parametrize("name", sorted(OFFICE))
def test_no_question_of_an_operator_reads_the_settled_history(name: str) -> None:
    steps = {step.split(" USING ")[0].split(" AS ")[0] for step in plan(name)}
    scans = {step for step in steps if step.startswith("SCAN") and step not in {"SCAN CONSTANT ROW", "SCAN entry"}}
    assert scans <= OFFICE[name], plan(name)
    assert all("INDEX" in step for step in plan(name) if step.startswith("SCAN entry")), plan(name)


@pytest.mark.parametrize("name", sorted(set(QUERIES) - COLD - set(OFFICE)))
def test_the_cost_of_a_statement_does_not_grow_with_the_journal(name: str) -> None:
    assert [step for step in plan(name) if step.startswith("SCAN") or "TEMP B-TREE" in step] == []


@pytest.mark.parametrize("name", sorted(COLD))
def test_no_statement_sorts_or_searches_the_settled_history(name: str) -> None:
    reads = [step for step in plan(name) if "SCAN entry" in step or "FOR ORDER BY" in step]
    allowed = {
        "last_seen": "SCAN entry",
        "last_entry": "SCAN entry",
        "recent": "SCAN entry",
        "dead_letters": "SCAN entry USING INDEX entry_dead",
    }
    assert set(reads) <= {allowed.get(name, "SCAN entry USING INDEX entry_live")}
