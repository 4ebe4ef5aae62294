"""Telegram's HTML: what ``parse_mode=HTML`` accepts, with the real server's complaints."""

import re
from dataclasses import dataclass, field

from bridge.sandbox.telegram_answers import ApiError, Json, bad_request
from bridge.sandbox.telegram_links import normal_link
from bridge.sandbox.telegram_text import units

TAGS = {
    "b": "bold",
    "strong": "bold",
    "i": "italic",
    "em": "italic",
    "u": "underline",
    "ins": "underline",
    "s": "strikethrough",
    "strike": "strikethrough",
    "del": "strikethrough",
    "tg-spoiler": "spoiler",
    "span": "spoiler",
    "code": "code",
    "pre": "pre",
    "a": "text_link",
    "blockquote": "blockquote",
    "tg-emoji": "custom_emoji",
}
TOKEN = re.compile(
    r"<(?P<tag>[^>]*)(?P<closed>>?)|&(?:#(?P<code>x[0-9a-f]+|\d+)|(?P<name>lt|gt|amp|quot));?", re.IGNORECASE
)
ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]*)))?""")
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}


@dataclass(slots=True)
class Opened:
    """A start tag that waits for its end."""

    tag: str
    place: int
    offset: int
    attributes: dict[str, str]


@dataclass(slots=True)
class Page:
    """What was read so far."""

    text: list[str] = field(default_factory=list)
    length: int = 0
    opened: list[Opened] = field(default_factory=list)
    entities: list[Json] = field(default_factory=list)

    def write(self, text: str) -> None:
        """Add text."""
        self.text.append(text)
        self.length += units(text)

    def close(self, last: Opened) -> None:
        """Add the entity of a tag that ends here."""
        length = self.length - last.offset
        kind = TAGS[last.tag]
        entity: Json = {"type": kind, "offset": last.offset, "length": length}
        inner = self.entities[-1] if self.entities else None
        twin = inner is not None and (inner["offset"], inner["length"]) == (last.offset, length)
        match kind:
            case "text_link":
                written = "".join(self.text).encode("utf-16-le")[2 * last.offset :].decode("utf-16-le")
                link = normal_link(last.attributes.get("href") or written)
                if link is None:
                    return
                entity["url"] = link
            case "custom_emoji":
                entity["custom_emoji_id"] = last.attributes.get("emoji-id", "")
            case "blockquote" if "expandable" in last.attributes:
                entity["type"] = "expandable_blockquote"
            case "pre" if twin and inner is not None and inner["type"] == "code":
                self.entities.pop()
                entity |= {"language": inner["language"]} if "language" in inner else {}
            case "code" if last.attributes.get("class", "").startswith("language-"):
                entity["language"] = last.attributes["class"].removeprefix("language-")
        if length:
            self.entities.append(entity)


def broken(said: str) -> ApiError:
    """Refuse with the prefix of every parser complaint."""
    return bad_request(f"Can't parse entities: {said}")


def parse_html(source: str) -> tuple[str, list[Json]]:
    """Read Telegram's HTML into a text and its entities; 400 "can't parse entities: …" for what it does not allow."""
    page = Page()
    done = 0
    for token in TOKEN.finditer(source):
        page.write(source[done : token.start()])
        done = token.end()
        if token["tag"] is None:
            page.write(character(token))
        elif token["tag"].startswith("/"):
            end_tag(page, token["tag"][1:].strip().lower(), byte_place(source, token))
        else:
            start_tag(page, token, byte_place(source, token))
    page.write(source[done:])
    if page.opened:
        raise broken(f'Can\'t find end tag corresponding to start tag "{page.opened[-1].tag}"')
    for entity in page.entities:
        if entity["type"] == "code":
            entity.pop("language", None)
    return "".join(page.text), page.entities


def byte_place(source: str, token: re.Match[str]) -> int:
    """Give the byte offset the complaints speak of."""
    return len(source[: token.start()].encode())


def character(token: re.Match[str]) -> str:
    """Decode one of the few references that Telegram knows; others stay as written."""
    if token["name"]:
        return NAMED[token["name"].lower()]
    number = token["code"].lower()
    code = int(number[1:], 16) if number.startswith("x") else int(number)
    return chr(code) if 0 < code < 0x10FFFF and not 0xD800 <= code <= 0xDFFF else token[0]


def plain(text: str) -> str:
    """Decode the references in an attribute."""
    return TOKEN.sub(lambda token: token[0] if token["tag"] is not None else character(token), text)


def start_tag(page: Page, token: re.Match[str], place: int) -> None:
    """Open a tag."""
    name = re.split(r"[\s>]", token["tag"], maxsplit=1)[0].lower()
    if not token["closed"] and name in TAGS:
        raise broken(f"Unclosed start tag at byte offset {place}")
    if name not in TAGS:
        raise broken(f'Unsupported start tag "{name}" at byte offset {place}')
    attributes = {
        found[1].lower(): plain(found[2] or found[3] or found[4] or "") for found in ATTRIBUTE.finditer(token["tag"])
    }
    if name == "span" and attributes.get("class") != "tg-spoiler":
        raise broken(f'Tag "span" must have class "tg-spoiler" at byte offset {place}')
    page.opened.append(Opened(name, place, page.length, attributes))


def end_tag(page: Page, name: str, place: int) -> None:
    """Close the tag that was opened last, which the name must fit (an empty name fits any)."""
    if not page.opened:
        raise broken(f"Unexpected end tag at byte offset {place}")
    last = page.opened.pop()
    if name not in ("", last.tag):
        raise broken(f'Unmatched end tag at byte offset {place}, expected "</{last.tag}>", found "</{name}>"')
    page.close(last)
