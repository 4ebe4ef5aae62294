"""Random texts with random formatting: no cut ever splits a surrogate pair, an entity's characters or an escape."""

import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.telegram.entities import to_markdown
from bridge.telegram.markup import from_markdown
from bridge.telegram.spans import Span, is_blank, tidy
from bridge.telegram.split import MOST_ENTITIES, Chunk, split, utf16_length
from tests.unit.telegram.judge import accepted

EXAMPLES = 10_000 if os.environ.get("BRIDGE_PROOF") else 300

FAMILY, SCOTLAND = "👩🏽\u200d💻", "🏴\U000e0067\U000e007f"
WORDS = [
    "a",
    "b",
    "c",
    " ",
    "\n",
    ".",
    ",",
    "!",
    "1",
    "é",
    "ß",
    "ж",
    "ش",
    "ם",
    "漢",
    "e\u0301",
    "क्षि",
    "😀",
    "🇮🇹",
    "\u200f",
]
MARKERS = ["\\*", "\\_", "\\`", "*", "_", "`", "~~", "||", "[", "]", "(", ")", ">", "#", "-", "<b>", "&amp;"]
PIECES = st.sampled_from([FAMILY, SCOTLAND, *WORDS, *MARKERS])
TEXTS = st.lists(PIECES, max_size=60).map("".join)
KINDS = st.sampled_from(["bold", "italic", "strikethrough", "code", "pre", "text_link", "blockquote", "spoiler"])
MARKS = st.lists(st.tuples(KINDS, st.integers(0, 70), st.integers(1, 30)), max_size=8)
CHECKED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def spans(text: str, marks: list[tuple[str, int, int]]) -> list[Span]:
    """Formatted stretches within the text."""
    found = []
    for kind, start, length in marks:
        end = min(start + length, len(text))
        if start < end:
            found.append(Span(kind, start, end, "https://x.example/" if kind == "text_link" else None))
    return tidy(text, found)


def words(text: str) -> str:
    """What must not get lost at a cut."""
    return "".join(text.split())


def seen(text: str) -> str:
    """Without what nobody sees: a stretch of that alone is no message, and no formatting."""
    return "".join(character for character in text if not is_blank(character))


def check(chunks: list[Chunk], limit: int) -> None:
    for chunk in chunks:
        units = chunk.text.encode("utf-16-le")  # raises for half a pair
        assert 1 <= utf16_length(chunk.text) <= limit
        assert len(chunk.entities) <= MOST_ENTITIES
        for entity in chunk.entities:
            assert entity.length > 0
            stretch = units[2 * entity.offset : 2 * (entity.offset + entity.length)]
            assert len(stretch) == 2 * entity.length, "it ends within the text"
            assert stretch.decode("utf-16-le").strip(), "it begins and ends between characters, and shows something"
        assert accepted(chunk)["@type"] == "formattedText"


@CHECKED
@given(TEXTS, MARKS, st.integers(16, 80))
def test_no_cut_splits_a_pair_or_an_entity(text: str, marks: list[tuple[str, int, int]], limit: int) -> None:
    marked = spans(text, marks)
    chunks = split(text, marked, limit)
    check(chunks, limit)
    assert seen(words("".join(chunk.text for chunk in chunks))) == seen(words(text))
    for kind in {span.kind for span in marked}:
        wanted = words("".join(text[span.start : span.end] for span in marked if span.kind == kind))
        shown = "".join(
            chunk.text.encode("utf-16-le")[2 * one.offset : 2 * (one.offset + one.length)].decode("utf-16-le")
            for chunk in chunks
            for one in chunk.entities
            if one.type == kind
        )
        assert seen(words(shown)) == seen(wanted), "its pieces cover exactly what it covered"


def visible(text: str) -> str:
    """Without the characters that only say how others are set."""
    return text.replace("\u200f", "")


@CHECKED
@given(TEXTS, st.integers(16, 80))
@example("क्षि" * 5 + "a" + "\u200f", 16)
def test_no_cut_splits_what_markdown_was_made_of(source: str, limit: int) -> None:
    chunks = from_markdown(source, limit)
    check(chunks, limit)
    whole = from_markdown(source, 4096)
    # Telegram refuses a text without a visible character, so a piece of nothing else is left out.
    assert visible(words("".join(one.text for one in chunks))) == visible(words("".join(one.text for one in whole)))


@CHECKED
@given(TEXTS, MARKS)
def test_what_users_format_is_read_without_a_word_lost(text: str, marks: list[tuple[str, int, int]]) -> None:
    entities = [
        {
            "type": span.kind,
            "offset": utf16_length(text[: span.start]),
            "length": utf16_length(text[span.start : span.end]),
        }
        | ({"url": span.url} if span.url else {})
        for span in spans(text, marks)
    ]
    remaining = iter(to_markdown(text, entities))
    assert all(character in remaining for character in text), "markers are only ever added"
