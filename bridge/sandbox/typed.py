r"""What a user types into the phone → a Telegram text with entities, as Telegram's own apps make it of such marks.

`**bold**`, `*italic*` or `_italic_`, `__underline__`, `~~strike~~`, `||spoiler||`, `` `code` ``, fenced code with a language,
`[label](https://…)`, and lines that begin with `> `.
"""

import re
from itertools import groupby

from bridge.sandbox.telegram_answers import Json
from bridge.sandbox.telegram_text import units

MARKS = re.compile(
    r"```(?:(?P<language>[\w+#.-]{1,40})\n)?\n?(?P<pre>.+?)\n?```"
    r"|`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\]\n]+)\]\((?P<url>(?:https?|tg)://[^\s()]+)\)"
    r"|\*\*(?P<bold>\S(?:.*?\S)?)\*\*"
    r"|__(?P<underline>\S(?:.*?\S)?)__"
    r"|~~(?P<strikethrough>\S(?:.*?\S)?)~~"
    r"|\|\|(?P<spoiler>\S(?:.*?\S)?)\|\|"
    r"|(?<!\*)\*(?P<italic>[^\s*](?:[^*\n]*[^\s*])?)\*(?!\*)"
    r"|(?<!\w)_(?P<slanted>[^\s_](?:[^_\n]*[^\s_])?)_(?!\w)",
    re.DOTALL,
)
QUOTED = re.compile(r"^> ?")
NESTING = ("bold", "underline", "strikethrough", "spoiler", "italic", "slanted", "label")


def typed(source: str) -> tuple[str, list[Json]]:
    """Take the marks out: the text, and its entities with offsets and lengths in UTF-16 units."""
    if "```" in source:
        return marked(source, 0)
    text, entities = "", list[Json]()
    for quoted, lines in groupby(source.split("\n"), key=lambda line: bool(QUOTED.match(line))):
        block = "\n".join(QUOTED.sub("", line) for line in lines)
        text += "\n" if text else ""
        start = units(text)
        plain, inner = marked(block, start)
        text += plain
        if quoted and plain.strip():
            entities.append({"type": "blockquote", "offset": start, "length": units(plain)})
        entities += inner
    return text, entities


def marked(source: str, offset: int) -> tuple[str, list[Json]]:
    """The same for a stretch that begins `offset` units into the text; no quotes in here."""
    text, entities = "", list[Json]()
    at = 0
    for mark in MARKS.finditer(source):
        text += source[at : mark.start()]
        at = mark.end()
        start = offset + units(text)
        kind = next(name for name in (*NESTING, "pre", "code") if mark[name] is not None)
        plain, inner = marked(mark[kind], start) if kind in NESTING else (mark[kind], [])
        text += plain
        entities += [{**entity(kind, mark), "offset": start, "length": units(plain)}, *inner]
    return text + source[at:], entities


def entity(kind: str, mark: re.Match[str]) -> Json:
    """What a mark means, without its place."""
    match kind:
        case "label":
            return {"type": "text_link", "url": mark["url"]}
        case "slanted":
            return {"type": "italic"}
        case "pre" if mark["language"]:
            return {"type": "pre", "language": mark["language"]}
        case _:
            return {"type": kind}
