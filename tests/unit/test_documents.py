"""The documents speak of what there is: commands and their options, settings, files, `make`, metrics."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from bridge.cli import app
from bridge.observe import Metrics
from bridge.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for page in [ROOT / "README.md", ROOT / "CHANGELOG.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    if page.exists()
)
EXAMPLES = sorted(path for path in [*(ROOT / "config").iterdir(), *(ROOT / "systemd").glob("*.*")] if path.is_file())

MADE_BY_OPERATORS = {"config/bridge.toml", "docs/proof"}
SPELLED = re.compile(r"(?s)```.*?```|``.+?``|`[^`\n]+`")
SETTING = re.compile(rf"(?:{'|'.join(Settings.model_fields)})(?:\.(?:[A-Za-z_]+|\*))+")


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def spelled(page: Path) -> Iterator[str]:
    """What is code on a page: each line of a block, and each word or line between backticks."""
    for found in SPELLED.findall(page.read_text()):
        if found.startswith("```"):
            yield from found.strip("`").replace("\\\n", " ").splitlines()[1:]
        else:
            yield found.strip("`").replace("\\|", "|")


# ---------------------------------------------------------------- commands


COMMAND = re.compile(r"^\s*#?(?:ExecStart=)?(?:sudo )?(?:\S*/bin/)?tiledesk-bridge(?=\s)(.*)")


def commands(line: str) -> Iterator[list[str]]:
    """The words behind each `tiledesk-bridge` that is called in a line of a shell."""
    for part in re.split(r"&&|;|\|(?=\s)|\s#\s| · ", line):
        found = COMMAND.match(part)
        if found:
            yield shlex.split(found[1].partition("`")[0])


@pytest.mark.parametrize("page", [*PAGES, *EXAMPLES], ids=name)
def test_every_command_that_is_shown_exists_with_its_options(page: Path) -> None:
    for line in page.read_text().splitlines() if page in EXAMPLES else spelled(page):
        for words in commands(line):
            assert unknown(words) == "", f"{name(page)}: {line}"


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("status --json", ""),
        ("dead list|show|retry", ""),
        ("dead list|sow", "sow"),
        ("dead retry --everything", "--everything"),
        ("stauts", "stauts"),
        ("export -o x", ""),
        ("--version", ""),
    ],
)
def test_a_word_that_is_no_command_or_option_is_found(words: str, wrong: str) -> None:
    assert unknown(words.split()) == wrong


def unknown(words: list[str]) -> str:
    """The first command or option of these that there is not."""
    alternatives = [
        [*words[:place], one, *words[place + 1 :]]
        for place, word in enumerate(words[:2])
        if "|" in word
        for one in word.split("|")
    ]
    if alternatives:
        return next(filter(None, map(unknown, alternatives)), "")
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while rest and hasattr(command, "commands") and not rest[0].startswith("-"):
        if rest[0] not in command.commands:
            return rest[0]
        command = command.commands[rest.pop(0)]
    options = {spelling for one in command.params for spelling in (*one.opts, *one.secondary_opts)} | {"--help"}
    return next(
        (word for word in rest if word.startswith("-") and word != "-" and word.partition("=")[0] not in options), ""
    )


def test_commands_settings_and_files_are_found_on_the_pages_at_all() -> None:
    lines = [line for page in PAGES for line in spelled(page)]
    assert {words[0] for line in lines for words in commands(line)} >= {
        "init",
        "check",
        "status",
        "dead",
        "forget",
        "run",
    }
    assert {word for line in lines for word in SETTING.findall(line)} >= {"relay.late_seconds", "channels.NAME.token"}


def test_the_readme_names_every_command() -> None:
    group: Any = typer.main.get_command(app)
    readme = (ROOT / "README.md").read_text()
    assert [one for one in group.commands if not re.search(rf"`(tiledesk-bridge )?{one}\b", readme)] == []


# ---------------------------------------------------------------- settings


def has(model: type[BaseModel], path: list[str]) -> bool:
    """Whether there is such a key; below `desks` and `channels` comes a name."""
    field = model.model_fields.get(path[0])
    if field is None:
        return False
    inner, rest = field.annotation, path[1:]
    if get_args(inner) and getattr(inner, "__origin__", None) is dict:
        inner, rest = get_args(inner)[1], rest[1:]
    return not rest or (isinstance(inner, type) and issubclass(inner, BaseModel) and has(inner, rest))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_setting_that_is_named_exists(page: Path) -> None:
    told = [word for line in spelled(page) for word in SETTING.findall(line.partition("=")[0].removeprefix("secrets/"))]
    told += [
        found.lower().replace("__", ".")
        for found in re.findall(r"\bBRIDGE_((?:[A-Z_]+__)+[A-Z_]+)\b", page.read_text())
    ]
    assert [
        word for word in told if not word.endswith((".py", ".sql", ".db", ".md")) and not has(Settings, word.split("."))
    ] == []


# ---------------------------------------------------------------- files, make, metrics


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    paths = [
        word
        for line in spelled(page)
        for word in re.findall(r"(?<![\w./~-])(?:bridge|tests|docs|config|systemd)/[\w./*@-]*\w", line)
    ]
    missing = [path for path in paths if path not in MADE_BY_OPERATORS and not list(ROOT.glob(path))]
    assert missing == []


def test_every_test_that_the_promise_names_exists() -> None:
    told = re.findall(
        r"`((?:unit|contract|sim|crash|faults|acceptance|systemd)/[\w./*]+)`", (ROOT / "docs/promise.md").read_text()
    )
    assert told
    assert [path for path in told if not list((ROOT / "tests").glob(path))] == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_everything_that_is_made_can_be_made(page: Path) -> None:
    targets = set(re.findall(r"(?m)^([a-z]+):", (ROOT / "Makefile").read_text()))
    told = {target for line in spelled(page) for target in re.findall(r"(?:^|\s)make ([a-z]+)\b", line)}
    assert told <= targets


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_metric_that_is_named_exists(page: Path) -> None:
    known = set(Metrics().registry._names_to_collectors)
    told = {found for line in spelled(page) for found in re.findall(r"\bbridge_[a-z_]+\b(?!\.)", line)}
    assert {one for one in told if one not in known and not one.endswith("_")} <= {"bridge_check"}


def test_the_architecture_knows_every_table_and_every_room() -> None:
    page = (ROOT / "docs/architecture.md").read_text()
    tables = re.findall(r"(?m)^CREATE TABLE (\w+)", (ROOT / "bridge/store/schema.sql").read_text())
    assert [table for table in tables if not re.search(rf"(?m)^\|.*`{table}`.*\|", page)] == []
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]["layers"]
    drawn = re.search(r"(?s)```\n( __main__ .*?)```", page)
    assert drawn is not None
    assert [set(floor.split("|")) for floor in "".join(drawn[1].split()).split("▸")] == [
        set("".join(floor.split()).split("|")) for floor in layers
    ]


def test_the_readme_leads_to_every_document() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = [
        path
        for path in [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]
        if path.exists()
    ]
    assert [name(page) for page in pages if f"({name(page)}" not in readme] == []
