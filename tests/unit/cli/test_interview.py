"""The questions of `init`, answered by a script against the simulators."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from bridge.cli.asking import Asking, GivenUp
from bridge.cli.flags import Flags
from bridge.cli.interview import Interview
from bridge.cli.prompts import Asker, Choice, Nobody, Unanswered
from bridge.sandbox.stage import TOKEN, Stage
from bridge.setup.answers import Answers, Running


@dataclass
class Scripted:
    """Answers each question whose words hold a key; a list gives one answer after the other."""

    script: dict[str, list[str]]
    alive: bool = True
    asked: list[str] = field(default_factory=list)

    def answer(self, question: str, default: str) -> str:
        self.asked.append(question)
        for words, replies in self.script.items():
            if words in question:
                return replies.pop(0) if replies else default
        return default

    def text(self, question: str, default: str, check: Callable[[str], str], flag: str) -> str:
        value = self.answer(question, default)
        assert check(value) == "", (question, value, check(value))
        return value

    def secret(self, question: str, check: Callable[[str], str], flag: str) -> str:
        return self.text(question, "", check, flag)

    def choice(self, question: str, choices: Sequence[Choice], default: str, flag: str) -> str:
        there = {one.title: one.value for one in choices if not one.closed}
        value = self.answer(question, default)
        found = next((there[title] for title in there if value and value in title), value)
        assert found in there.values(), (question, value, there)
        return found

    def confirm(self, question: str, *, default: bool) -> bool:
        return self.answer(question, "yes" if default else "no") == "yes"


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with await Stage.open(tmp_path) as stage:
        yield stage


class Seen:
    """What was shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, words: str) -> None:
        self.lines.append(words)


async def interviewed(stage: Stage, asker: Asker, seen: Seen | None = None, **given: Any) -> tuple[Answers, Seen]:
    """The answers; look-ups of the interview run in this loop, the interview itself beside it."""
    loop, seen = asyncio.get_running_loop(), seen or Seen()

    def wait(words: str, work: Any) -> Any:
        seen.show(words)
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    usual: dict[str, Any] = {"running": Running.BY_HAND, "port": stage.port, "telegram_url": stage.telegram.base_url}
    flags = Flags(**usual | given)
    asking = Asking(asker, seen.show, seen.show, seen.show, wait)
    interview = Interview(flags, asking, stage.folder / "home", stage.folder)

    def whole() -> Answers:
        return interview.answers(*interview.places())

    return await asyncio.to_thread(whole), seen


def everything(stage: Stage, **changes: Any) -> dict[str, Any]:
    """Flags for every question that has no default."""
    owner = stage.project.owner
    return {
        "bot_token": TOKEN,
        "tiledesk_url": stage.tiledesk.base_url,
        "username": owner.email,
        "password": owner.password,
    } | changes


async def test_flags_alone_are_enough(stage: Stage) -> None:
    answers, seen = await interviewed(stage, Nobody(), **everything(stage))
    assert (answers.project, answers.project_name) == (stage.project.id, "Sandbox project")
    assert answers.bot_name == "@sandbox_bot (Sandbox)"
    assert (answers.department, answers.intake) == ("", "polling")
    assert answers.public_url == f"http://127.0.0.1:{stage.port}"
    assert answers.config == stage.folder / "config" / "bridge.toml"
    assert answers.data == stage.folder / "home" / ".local" / "share" / "tiledesk-bridge"
    shown = "\n".join(seen.lines)
    assert "This is @sandbox_bot (Sandbox)" in shown
    assert stage.project.owner.password not in shown
    assert TOKEN not in shown


async def test_everything_is_asked_that_no_flag_says(stage: Stage) -> None:
    sales = stage.tiledesk.add_department(stage.project.id, "Sales")
    owner = stage.project.owner
    asker = Scripted(
        {
            "Bot token": [TOKEN],
            "Which Tiledesk": ["a server of our own"],
            "Address of its API": [stage.tiledesk.base_url],
            "E-mail": [owner.email],
            "password": [owner.password],
            "Which project": ["Sandbox project"],
            "Department": ["Sales"],
            "messages come": ["Telegram calls"],
            "keep the data": [str(stage.folder / "elsewhere")],
        }
    )
    answers, _ = await interviewed(stage, asker)
    assert (answers.department, answers.department_name) == (sales, "Sales")
    assert (answers.intake, answers.tiledesk_url) == ("webhook", stage.tiledesk.base_url)
    assert answers.data == stage.folder / "elsewhere"
    asked = [question for question in asker.asked if "console" not in question]
    assert len(asked) == len(set(asked)) == 11


async def test_what_does_not_work_is_told_and_asked_again(stage: Stage) -> None:
    owner = stage.project.owner
    asker = Scripted(
        {
            "Bot token": ["999999:AA-unknown", TOKEN],
            "E-mail": [owner.email],  # then it is what is offered
            "password": ["wrong", owner.password],
            "Which project": ["Sandbox"],
        }
    )
    answers, seen = await interviewed(stage, asker, tiledesk_url=stage.tiledesk.base_url)
    assert answers.bot_token == TOKEN
    account = [question for question in asker.asked if "assword" in question or "E-mail" in question]
    assert account == [
        "E-mail of an account that is administrator of the project?",
        "Its password?",
        "The password, again?",
        "E-mail of an account that is administrator of the project?",
    ], "the first thing that is typed after a wrong password is not shown"
    shown = "\n".join(seen.lines)
    assert "Telegram does not know this token" in shown
    assert "Wrong password" in shown
    assert "999999:AA-unknown" not in shown


async def test_an_account_that_may_not_manage_is_asked_for_another(stage: Stage) -> None:
    owner, agent = stage.project.owner, stage.project.agent
    asker = Scripted(
        {
            "E-mail": [agent.email, owner.email],
            "password": [agent.password, owner.password],
            "Which project": ["Sandbox"],
        }
    )
    answers, seen = await interviewed(stage, asker, bot_token=TOKEN, tiledesk_url=stage.tiledesk.base_url)
    assert answers.username == owner.email
    assert any("administrator of no project" in line for line in seen.lines)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"bot_token": "999999:AA-unknown"}, "Telegram does not know this token"),
        ({"bot_token": "nonsense"}, "--bot-token-file: This is not a bot token"),
        ({"password": "wrong"}, "Wrong password"),
        ({"username": "nobody@sandbox.invalid"}, "User not found"),
        ({"project": "Other"}, "does not belong to a project 'Other'; it has 'Sandbox project' (owner)"),
        ({"department": "Sales"}, "no department 'Sales'; it has 'Default Department'"),
        ({"public_url": "bridge.example"}, "--public-url: The address must start with https://"),
        ({"tiledesk_url": "http://127.0.0.1:1"}, "connection refused by 127.0.0.1:1 (--tiledesk-url)"),
        ({"telegram_url": "http://127.0.0.1:1"}, "connection refused by 127.0.0.1:1"),
        ({"username": "agent"}, "administrator of no project"),
    ],
)
async def test_where_nobody_can_be_asked_the_reason_is_the_end(
    changes: dict[str, str], words: str, stage: Stage
) -> None:
    if changes.get("username") == "agent":
        changes = {"username": stage.project.agent.email, "password": stage.project.agent.password}
    flags = everything(stage, **changes)
    with pytest.raises((GivenUp, Unanswered)) as caught:
        await interviewed(stage, Nobody(), **flags)
    assert words in str(caught.value)
    assert str(flags["password"]) not in str(caught.value)
    assert str(flags["bot_token"]) not in str(caught.value)


async def test_without_a_network_an_id_does(stage: Stage) -> None:
    await stage.telegram.refuse()
    await stage.tiledesk.refuse()
    answers, _ = await interviewed(stage, Nobody(), **everything(stage, project=stage.project.id, offline=True))
    assert answers.project == stage.project.id
    with pytest.raises(Unanswered, match=r"--project: this is not an id"):
        await interviewed(stage, Nobody(), **everything(stage, project="Sandbox", offline=True))


async def test_of_several_projects_one_must_be_named(stage: Stage) -> None:
    other = stage.tiledesk.add_project("Other")
    owner = stage.project.owner
    stage.tiledesk.add_member(other.id, owner.id, "admin")
    with pytest.raises(Unanswered, match=r"--project is needed: .*Sandbox project  \(owner\).*Other  \(admin\)"):
        await interviewed(stage, Nobody(), **everything(stage))
    answers, _ = await interviewed(stage, Nobody(), **everything(stage, project="Other"))
    assert answers.project == other.id
