"""Tiledesk's buttons → choices (pure)."""

from collections.abc import Sequence
from typing import Any

from bridge.message import Button, ButtonKind, Choice, Notice, Part
from bridge.tiledesk.fields import Json, line, mapping, more, sequence, unpacked, words
from bridge.tiledesk.links import LONGEST_LINK, can_be_pressed

MOST_BUTTONS = 500
LONGEST_LABEL = 500


def listed(attachment: Json) -> Sequence[Any]:
    """The raw buttons of an attachment, also as the JSON in words that a bot should have replaced."""
    template = unpacked(attachment.get("json_buttons"))
    return (
        sequence(attachment.get("buttons"))
        or sequence(template)
        or sequence(mapping(template).get("buttons"))
        or sequence(attachment.get("json_buttons"))
    )


def offered(raw: Sequence[Any]) -> list[Part]:
    """A choice of all that can be pressed; after it, as lines, links that no button can open."""
    buttons: list[Button] = []
    lines: list[str] = []
    left = 0
    for entry in raw:
        label = line(mapping(entry).get("value"), LONGEST_LABEL)
        if not label:
            continue
        if len(buttons) + len(lines) == MOST_BUTTONS:
            left += 1
            continue
        match read(label, mapping(entry)):
            case Button() as button:
                buttons.append(button)
            case str(written):
                lines.append(written)
    choice: list[Part] = [Choice(tuple(buttons))] if buttons else []
    return choice + [Notice("\n".join(part)) for part in (lines, [more(left)] if left else []) if part]


def read(label: str, entry: Json) -> Button | str:
    """One button, or the line that is written in its place."""
    echo = entry.get("show_echo") is not False
    match entry.get("type"):
        case "url":
            link = words(entry.get("link")).strip()
            if can_be_pressed(link):
                return Button(ButtonKind.URL, label, link, echo)
            shown = line(link, LONGEST_LINK) if len(link) <= LONGEST_LINK else "[link] can't be sent"
            return f"{label}: {shown}" if shown else label
        case "action" if words(entry.get("action")):
            return Button(ButtonKind.ACTION, label, entry["action"], echo)
        case _:
            return Button(ButtonKind.TEXT, label, "", echo)
