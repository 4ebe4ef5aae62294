"""Outbound text: an agent's or bot's Markdown becomes messages of text and entities, never a parse mode.

The parser is telegramify-markdown's, a CommonMark one. A chat is not a document though, so what CommonMark would
swallow or alter is hidden from it (see `literal`) and put back into its result. And no word may be lost: when letters
or digits of the source are missing from the result, the source is sent as it was typed.

Headings are bold (levels 5 and 6 italic), bullets are "•", tables preformatted, images links with their label;
`||what is hidden||` is a spoiler.
"""

import html
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate

from telegramify_markdown import MessageEntity, RenderConfig, convert

from bridge.conversation.markdown import LONGEST_PARSED
from bridge.telegram.literal import STAND_INS, WEDGE, hide, show
from bridge.telegram.spans import Span, is_blank, tidy
from bridge.telegram.split import Chunk, Entity, split, utf16_length
from bridge.telegram.spoilers import spoilers

__all__ = ["Chunk", "Entity", "caption", "from_markdown", "plain", "utf16_length"]

LONGEST_CAPTION = 1024  # UTF-16 units
_MEANING = re.compile(r"[*_`~\[\]<>#|\\&]|^[ \t]*(?:[-+=]|\d+[.)])|^(?: {4}|\t)", re.MULTILINE)
_WEDGE = re.compile(rf"{WEDGE}(?=(\|)?)")
_SCHEME = re.compile(r"^(?:mailto|tel):(?=.)", re.IGNORECASE)
_BULLET = re.compile(r"[ \t]*(?:[•☑☐]|\d+\.) ")
_TASK = re.compile(r"^([ \t>]*[-*][ \t]+)\[[xX]\]", re.MULTILINE)

# Telegram refuses text links without a proper host, and makes a web address of "mailto:" (seen with TDLib).
_LINK = re.compile(
    r"https?://(?:[^\s/?#@]*@)?(?:[^\W_](?:[\w-]*\w)?\.)+(?:[^\W\d_]+|xn--[a-z\d-]+)"
    r"(?::(?:[1-5]?\d{1,4}))?(?:[/?#]\S*)?"
    r"|https?://\d{1,3}(?:\.\d{1,3}){3}(?::(?:[1-5]?\d{1,4}))?(?:[/?#]\S*)?"
    r"|tg://[a-z]+(?:[/?]\S*)?",
    re.IGNORECASE,
)


def from_markdown(source: str, limit: int = 4096, first: int | None = None) -> list[Chunk]:
    """Turn Markdown into chunks of at most `limit` UTF-16 units and 100 entities; [] for a blank source.

    `first` is the limit of the first chunk, if another one: what begins as a caption goes on in messages. Line breaks
    stay, raw HTML stays visible, links that Telegram would refuse are written as "label (url)". Text without Markdown,
    or of more than 32,768 characters, is not parsed. Never raises for any text: what the parser cannot take goes out
    as it is.
    """
    text = _clean(source)
    if len(text) > LONGEST_PARSED or not _MEANING.search(text):
        return split(text, (), limit, first)
    parsed = _parsed(text)
    shown, spans = parsed or (text, [])
    return split(shown, spans, limit, first)


def caption(markdown: str) -> Chunk | None:
    """Turn Markdown into the text under a file: at most 1,024 UTF-16 units and 100 entities, or None.

    None says that it does not fit, and goes out as messages of its own, or that there is nothing to say.
    """
    chunks = from_markdown(markdown, LONGEST_CAPTION)
    return chunks[0] if len(chunks) == 1 else None


def plain(source: str, limit: int = 4096) -> list[Chunk]:
    """Cut a text into chunks of at most `limit` UTF-16 units as it is; [] for a blank one."""
    return split(_clean(source), (), limit)


def _clean(source: str) -> str:
    """Pair or replace lone surrogates, which no encoder takes; line feeds become the only line ends."""
    whole = source.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")


def _parsed(text: str) -> tuple[str, list[Span]] | None:
    """Return the text without its markers and its spans; None when the parser fails or loses a word."""
    if STAND_INS.search(text):
        return None
    try:
        shown, entities = convert(hide(text), latex_escape=False, config=_rendering())
        # The library closes inner entities first; of two over one stretch, the outer is the later.
        spans = sorted(_spans(shown, reversed(entities)), key=lambda span: (span.start, -span.end))
    except Exception:  # noqa: BLE001 - whatever ails the parser, the agent's words must reach the user
        return None
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # a panic of the Rust parser is no Exception
            return None
        raise
    extras = (part for span in spans for part in (span.url, span.language) if part)
    if is_blank(shown) or _words(html.unescape(_TASK.sub(r"\1", text))) - _words(show(shown), *extras):
        return None
    shown, spans = _spell_out(shown, spans, list(spoilers(shown, spans)))
    shown = show(shown)
    return shown, tidy(shown, spans)


def _rendering() -> RenderConfig:
    """Return the library's settings, apart from the global ones."""
    config = RenderConfig.isolated()
    config.cite_expandable = False
    symbol = config.markdown_symbol
    symbol.heading_level_1 = symbol.heading_level_2 = symbol.heading_level_3 = symbol.heading_level_4 = ""
    symbol.image = symbol.link = ""
    symbol.unordered_list_item = "•"
    symbol.task_completed, symbol.task_uncompleted = "☑", "☐"
    return config


def _words(*texts: str) -> Counter[str]:
    return Counter(character for text in texts for character in text if character.isalnum())


def _spans(text: str, entities: Iterable[MessageEntity]) -> Iterator[Span]:
    """Count the library's entities in code points."""
    offsets = list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))
    points = {offset: at for at, offset in enumerate(offsets)}
    for entity in entities:
        start, end = points[entity.offset], points[entity.offset + entity.length]
        if is_blank(text[start:end]):  # kept, it would be dropped later, and its address or language with it
            continue
        url = show(entity.url).replace(WEDGE, "").strip("<>") if entity.url else None
        info = show(entity.language).replace(WEDGE, "").split() if entity.language else []
        language = info[0] if info else None
        yield Span(entity.type, start, end, url, language)


def _spell_out(text: str, spans: list[Span], hidden: list[Span]) -> tuple[str, list[Span]]:
    """Write the address of links that Telegram would not take after their label; take out wedges and spoilers' bars.

    It takes no link without a proper host, and none within a link (an image that is one). Blocks that the parser
    leaves on the line of their list's bullet begin a line.
    """
    edits = [(at, 3, "") for spoiler in hidden for at in (spoiler.start, spoiler.end - 3)]
    bars = {at + 1 for at, _, _ in edits}
    # A wedge that pipes do not hold any more was all of a table's cell, which keeps its width.
    edits += [(m.start(), 1, "" if m[1] else " ") for m in _WEDGE.finditer(text) if m.start() not in bars]
    kept: list[Span] = list(hidden)
    linked = 0
    for span in spans:
        if span.kind != "text_link":
            kept.append(span)
        elif span.start >= linked and _LINK.fullmatch(span.url or ""):
            kept.append(span)
            linked = span.end
        elif span.url and (address := _SCHEME.sub("", span.url)) != show(text[span.start : span.end]):
            edits.append((span.end, 0, f" ({address})"))
    blocks = [span for span in spans if span.kind in {"pre", "blockquote"}]
    edits += [(at, 0, "\n") for at in {at for block in blocks for at in (block.start, block.end)} if _torn(text, at)]
    return _edited(text, kept, sorted(edits, key=lambda edit: edit[:2]))


def _torn(text: str, at: int) -> bool:
    """Tell whether a block's edge lies within a line, other than behind a bullet."""
    before, line = text[max(at - 1, 0) : at], text.rfind("\n", 0, at) + 1
    return "" != before != "\n" != text[at : at + 1] != "" and not _BULLET.fullmatch(text, line, at)


def _edited(text: str, spans: list[Span], edits: list[tuple[int, int, str]]) -> tuple[str, list[Span]]:
    """Apply (position, characters to remove, words to add), sorted; what is added lies outside the spans."""
    parts: list[str] = []
    done = 0
    for at, gone, written in edits:
        parts += text[done:at], written
        done = at + gone
    ends = [at for at, _, _ in edits]
    starts = [at + gone for at, gone, _ in edits]
    shifts = list(accumulate((len(written) - gone for _, gone, written in edits), initial=0))
    moved = [
        replace(
            span,
            start=span.start + shifts[bisect_right(starts, span.start)],
            end=span.end + shifts[bisect_left(ends, span.end)],
        )
        for span in spans
    ]
    return "".join([*parts, text[done:]]), moved
