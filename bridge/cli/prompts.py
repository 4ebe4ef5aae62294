"""Questions: asked on a terminal with their checks while one types, or answered with their defaults where nobody sits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Check = Callable[[str], str]


class Unanswered(Exception):
    """A question without a default, and nobody to ask; the message names the flag."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several answers; `closed` says why it can't be taken."""

    value: str
    title: str
    closed: str = ""


class Asker(Protocol):
    """Who answers. All raise `KeyboardInterrupt` when the operator has had enough."""

    alive: bool
    """whether somebody sits there and can be asked again"""

    def text(self, question: str, default: str, check: Check, flag: str) -> str:
        """A line."""
        ...

    def secret(self, question: str, check: Check, flag: str) -> str:
        """A line that is not shown."""
        ...

    def choice(self, question: str, choices: Sequence[Choice], default: str, flag: str) -> str:
        """One of several."""
        ...

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no."""
        ...


class Nobody:
    """Takes the defaults."""

    alive = False

    def text(self, question: str, default: str, check: Check, flag: str) -> str:
        """The default, if it will do."""
        del question
        if not default:
            raise Unanswered(f"{flag} is needed")
        if told := check(default):
            raise Unanswered(f"{flag}: {told}")
        return default

    def secret(self, question: str, check: Check, flag: str) -> str:
        """There is no default for a secret."""
        del question, check
        raise Unanswered(f"{flag} is needed")

    def choice(self, question: str, choices: Sequence[Choice], default: str, flag: str) -> str:
        """The default, or the only one that is open."""
        del question
        there = [one.value for one in choices if not one.closed]
        if default in there:
            return default
        if len(there) == 1:
            return there[0]
        named = "; ".join(f"{one.value} ({one.title}{f', {one.closed}' if one.closed else ''})" for one in choices)
        raise Unanswered(f"{flag} is needed: {named or 'there is none to choose'}")

    def confirm(self, question: str, *, default: bool) -> bool:
        """The default."""
        del question
        return default


class Somebody:
    """Asks on the terminal."""

    alive = True

    def __init__(self) -> None:
        import questionary
        from questionary import Style

        self.library = questionary
        style = [
            ("qmark", "fg:ansicyan"),
            ("question", "bold"),
            ("answer", "fg:ansicyan nobold"),
            ("pointer", "fg:ansicyan bold"),
            ("highlighted", "fg:ansicyan"),
            ("selected", "fg:ansicyan"),
            ("instruction", "fg:ansibrightblack nobold"),
            ("disabled", "fg:ansibrightblack"),
            ("validation-toolbar", "bg:default fg:ansiyellow noreverse"),
            ("bottom-toolbar", "noreverse"),
        ]
        self.look: dict[str, Any] = {"qmark": "?", "style": Style(style)}

    def text(self, question: str, default: str, check: Check, flag: str) -> str:
        """A line, checked while it is typed."""
        del flag
        asked = self.library.text(
            question, default=default, validate=verdict(check), validate_while_typing=bool(default), **self.look
        )
        return str(asked.unsafe_ask()).strip()

    def secret(self, question: str, check: Check, flag: str) -> str:
        """A line shown as stars."""
        del flag
        return str(self.library.password(question, validate=verdict(check), **self.look).unsafe_ask()).strip()

    def choice(self, question: str, choices: Sequence[Choice], default: str, flag: str) -> str:
        """One of a list."""
        del flag
        shown = [self.library.Choice(one.title, value=one.value, disabled=one.closed or None) for one in choices]
        there = [one.value for one in choices if not one.closed]
        picked = default if default in there else None
        asked = self.library.select(question, shown, default=picked, instruction="(arrows, Enter)", **self.look)
        return str(asked.unsafe_ask())

    def confirm(self, question: str, *, default: bool) -> bool:
        """Yes or no, by one key."""
        return bool(self.library.confirm(question, default=default, auto_enter=False, **self.look).unsafe_ask())


def verdict(check: Check) -> Callable[[str], bool | str]:
    """A check as questionary wants it."""
    return lambda value: check(value) or True
