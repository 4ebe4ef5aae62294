r"""The micro-language of Tiledesk's bots → the shapes that Tiledesk itself makes of it (pure).

Bots and server normally do this before a message leaves; what is left over is read here, and only if a bot wrote it. Lines are
`* label`, `* label https://x`, `* label tdAction:name` (tdActionShowEcho, tdIntent, tdIntentNoEcho), `tdImage[,w100 h50]:URL`,
`tdFrame:URL`, `tdVideo:URL`, `\image:[100-50:]URL`, `\split:1000`, and directives to the desk: `\agent`, `\close`, `\_td…`.
"""

import re
from collections.abc import Iterable
from typing import Any

from bridge.tiledesk.buttons import listed
from bridge.tiledesk.fields import Json, mapping, words

LONGEST_TEXT = 32_768
LONGEST_LINE = 8192
LONGEST_LABEL = 100
"""characters: who writes more after a star has written a list, not buttons"""

_ANY = re.compile(r"^(?:\*[ \t]|\\(?:agent|close|image:|split|_td)|td(?:Image|Frame|Video)[,:])", re.MULTILINE)
_SPLIT = re.compile(r"\\split(?::(\d{0,9}))?[ \t]*", re.ASCII)
_DIRECTIVE = re.compile(r"\\(?:agent|close|_td\w*(?:[: \t].*)?)[ \t]*")
_SHOWN = re.compile(r"td(Image|Frame|Video)([,\w \t]{0,40}):[ \t]*(\S+)[ \t]*")
_IMAGE = re.compile(r"\\image:(?:(\d{1,6})-(\d{1,6}):)?[ \t]*(\S+)[ \t]*", re.ASCII)
_STAR = re.compile(r"\*[ \t]+(\S.*)")
_ACTION = re.compile(r"(?:^|[ \t])(tdActionShowEcho|tdAction|tdIntentNoEcho|tdIntent):[ \t]*(\S.*)$")
_LINK = re.compile(r"(?:^|[ \t])(?:[<>][ \t])?(https?://\S+)$")


def unfolded(message: Json) -> list[Json] | None:
    """The commands that a bot's text stands for; None if it is only text."""
    text = message.get("text")
    if not isinstance(text, str) or len(text) > LONGEST_TEXT or "```" in text or not _ANY.search(text):
        return None
    attachment = mapping(mapping(message.get("attributes")).get("attachment"))
    own = list(listed(attachment))
    commands: list[Json] = []
    segment: list[str] = []
    for written in text.replace("\r\n", "\n").split("\n"):
        if found := _SPLIT.fullmatch(written):
            commands += [*bubbles(segment, plain=not own), {"type": "wait", "time": int(found[1] or 1000)}]
            segment = []
        else:
            segment.append(written)
    commands += bubbles(segment, plain=not own)
    return with_attachment(commands, attachment, own)


def bubbles(lines: list[str], *, plain: bool) -> list[dict[str, Any]]:
    """One stretch of lines as messages: the first file or page has the words, the last message the buttons."""
    kept: list[str] = []
    shown: list[dict[str, Any]] = []
    buttons: list[Json] = []
    starred = menu(lines) if plain else set()
    for place, written in enumerate(lines):
        found = picture(written)
        button = starred_line(written)
        if found:
            shown.append(found)
        elif button and (place in starred or button["type"] == "action"):
            buttons.append(button)
        elif not (len(written) <= LONGEST_LINE and _DIRECTIVE.fullmatch(written)):
            kept.append(written)
    said = words("\n".join(kept)).strip()
    if not shown and (said or buttons):
        shown = [{"type": "text"}]
    for one, own_words in zip(shown, [said, *[""] * len(shown)], strict=False):
        one["text"] = own_words
    if buttons:
        shown[-1]["attributes"] = {"attachment": {"buttons": buttons}}
    return [{"type": "message", "message": one} for one in shown]


def menu(lines: list[str]) -> set[int]:
    """The lines with a star that are buttons: short ones without markup, after all the words. Others are a list."""
    last = max((place for place, written in enumerate(lines) if is_prose(written)), default=-1)
    stars = {place for place, written in enumerate(lines) if place > last and starred_line(written)}
    labels = [str((starred_line(lines[place]) or {}).get("value")) for place in stars]
    return stars if all(len(label) <= LONGEST_LABEL and "**" not in label for label in labels) else set()


def is_prose(written: str) -> bool:
    """True for a line that is said."""
    if len(written) > LONGEST_LINE:
        return True
    return bool(written.strip()) and not (starred_line(written) or picture(written) or _DIRECTIVE.fullmatch(written))


def starred_line(written: str) -> Json | None:
    """A line with a star as a button."""
    found = _STAR.fullmatch(written) if len(written) <= LONGEST_LINE else None
    if not found:
        return None
    label = found[1].rstrip()
    if action := _ACTION.search(label):
        echo = action[1] in ("tdActionShowEcho", "tdIntent")
        name = action[2].strip()
        return {"type": "action", "value": label[: action.start()].strip() or name, "action": name, "show_echo": echo}
    if link := _LINK.search(label):
        return {"type": "url", "value": label[: link.start()].strip() or link[1], "link": link[1]}
    return {"type": "text", "value": label}


def picture(written: str) -> dict[str, Any] | None:
    """A line that shows an image, a page or a film."""
    if len(written) > LONGEST_LINE or not written.startswith(("td", "\\image:")):
        return None
    if found := _IMAGE.fullmatch(written):
        return {"type": "image", "metadata": {"width": found[1], "height": found[2], "src": found[3]}}
    if not (found := _SHOWN.fullmatch(written)):
        return None
    size = dict(re.findall(r"\b([wh])(\d{1,6})\b", found[2], re.ASCII))
    if found[1] == "Image":
        return {"type": "image", "metadata": {"width": size.get("w"), "height": size.get("h"), "src": found[3]}}
    return {"type": "frame", "metadata": {"src": found[3], **({"type": "video"} if found[1] == "Video" else {})}}


def with_attachment(commands: Iterable[Json], attachment: Json, own: list[Any]) -> list[Json]:
    """The commands with what was attached to the whole text, at the last of them."""
    found = list(commands)
    if not attachment:
        return found
    if not any(one["type"] == "message" for one in found):
        found.append({"type": "message", "message": {"type": "text", "text": ""}})
    last = next(place for place in reversed(range(len(found))) if found[place]["type"] == "message")
    message = found[last]["message"]
    parsed = listed(mapping(mapping(message.get("attributes")).get("attachment")))
    whole = {**attachment, "buttons": [*own, *parsed]}
    found[last] = {"type": "message", "message": {**message, "attributes": {"attachment": whole}}}
    return found
