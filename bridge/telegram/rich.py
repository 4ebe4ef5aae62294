"""The words of a rich message, whose blocks and styles Tiledesk has no room for (pure)."""

from bridge.telegram.fields import Json

MOST = 4000
"""blocks, or stretches of one, that are looked at; Telegram allows 500 blocks"""

_WORDS = ("text", "summary", "caption", "credit", "expression", "alternative_text")
_NESTED = ("blocks", "items", "cells")


def plain(rich: Json) -> str:
    """The words of a RichMessage, a block a line, without styles."""
    lines: list[str] = []
    waiting: list[object] = [rich.get("blocks")]
    bullet = ""
    for _ in range(MOST):
        if not waiting:
            break
        match waiting.pop():
            case [*cells] if cells and all(isinstance(cell, dict) and "valign" in cell for cell in cells):
                lines.append(" | ".join(stretch(cell) for cell in cells))
            case list(several):
                waiting.extend(reversed(several))
            case dict(block):
                bullet = stretch(block.get("label")) or bullet
                said = " ".join(filter(None, (stretch(block.get(name)) for name in _WORDS))).strip()
                if said:
                    lines.append(f"{bullet} {said}".strip())
                    bullet = ""
                waiting.extend(block[name] for name in reversed(_NESTED) if name in block)
    return "\n".join(filter(str.strip, lines))


def stretch(rich_text: object) -> str:
    """The words of a RichText: a string, a list of them, or an object around one; links show where they lead."""
    found: list[str] = []
    waiting = [rich_text]
    for _ in range(MOST):
        if not waiting:
            break
        match waiting.pop():
            case str(text):
                found.append(text)
            case list(several):
                waiting.extend(reversed(several))
            case dict(styled):
                if isinstance(styled.get("url"), str) and styled["url"] != styled.get("text"):
                    waiting.append(f" (→ {styled['url']})")
                for name in reversed(_WORDS):
                    if name in styled:
                        waiting += [styled[name], " " if name == "credit" else ""]
    return "".join(found)
