"""Stand-ins that hide from a CommonMark parser what a chat means literally, and are put back after it.

A chat line is not a document: "10." followed by "12." are dates, `5*3*2` is a product, `<b>` is what the agent wants
to show, "[Ann]: hello" is no link definition. Hidden are raw HTML, dollar signs, `||` (what is a spoiler
can be told after the parse only), single tildes, stars between digits, the special characters of bare URLs, colons
after brackets, a plus at a line's start, dashes under a line, the indent of typed bullets, and the numbers of a list
that do not count on. As everything is put back, code may hold stand-ins too, so nobody needs to know what is code
before it is parsed; and as each takes one UTF-16 unit, as what it stands for, no offset moves.
"""

import re
from collections.abc import Iterable, Iterator

from bridge.conversation.markdown import ADDRESS, ADDRESS_TAIL

# Noncharacters: no text to be exchanged holds them, and the parser takes them for letters.
_HIDDEN = {character: chr(0xFDD0 + at) for at, character in enumerate("<$*_~&:+-=.) ")}
_SHOWN = str.maketrans({stand_in: character for character, stand_in in _HIDDEN.items()})
WEDGE = "\ufdef"  # stands between two pipes, and goes away again
STAND_INS = re.compile("[\ufdd0-\ufdef]")

_INLINE = re.compile(
    r"\\."
    r"|<(?:https?|tg)://[^\s<>]*>"
    rf"|(?P<url>{ADDRESS})"
    r"|(?P<character>[<$]|(?<=\d)\*(?=\d)|(?<=\]):|(?<!~)~(?!~))"
    r"|(?P<pipe>\|(?=\|))"
)
_INDENTED_BULLET = re.compile(r"^((?:[ \t]*> ?)*)( +)(?=[•◦▪☑☐])", re.MULTILINE)
_LINE_START = re.compile(r"^([ \t>]*)\+(?=[ \t])|(?<=\S\n)([ \t>]*)([-=])(?=[-=]*[ \t]*$)", re.MULTILINE)
_NUMBERED = re.compile(r"([ \t>]*)(\d{1,9})([.)])(?=\s|$)")


def hide(text: str) -> str:
    """Put stand-ins for what a chat means literally and CommonMark would not; escapes stay escapes."""
    lines = _LINE_START.sub(_hide_line_start, "\n".join(_hide_numbers(text.split("\n"))))
    lines = _INDENTED_BULLET.sub(lambda match: match[1] + _HIDDEN[" "] * len(match[2]), lines)
    return _INLINE.sub(_hide_inline, lines)


def _hide_inline(match: re.Match[str]) -> str:
    if match["character"]:
        return _HIDDEN[match["character"]]
    if match["pipe"]:
        return "|" + WEDGE
    if match["url"]:
        tail = ADDRESS_TAIL.search(match["url"])
        end = tail.start() if tail else len(match["url"])
        return "".join(_HIDDEN[c] if c in "*_~&$" else c for c in match["url"][:end]) + match["url"][end:]
    return match[0]


def _hide_line_start(match: re.Match[str]) -> str:
    plus, indent, rule = match.groups()
    return indent + _HIDDEN[rule] if rule else plus + _HIDDEN["+"]


def _hide_numbers(lines: Iterable[str]) -> Iterator[str]:
    """Hide the dot of numbers that do not count on: Markdown would make "11." of a "12." after a "10."."""
    expected: dict[int, int] = {}
    blank_before = True
    for line in lines:
        match = _NUMBERED.match(line)
        if match:
            depth, number = len(match[1]) // 2, int(match[2])
            expected = {level: value for level, value in expected.items() if level <= depth}
            if expected.setdefault(depth, number) == number:
                expected[depth] = number + 1
                yield line
            else:
                yield f"{match[1]}{match[2]}{_HIDDEN[match[3]]}{line[match.end() :]}"
        else:
            if blank_before and line[:1].strip():
                expected.clear()
            yield line
        blank_before = not line.strip()


def show(text: str) -> str:
    """Put back what was hidden; wedges stay, for taking them out moves offsets."""
    return text.translate(_SHOWN)
