from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.telegram.markup import Chunk, Entity, from_markdown, plain, utf16_length
from bridge.telegram.spans import is_blank
from tests.unit.telegram.judge import accepted, styles, units


@pytest.mark.parametrize("source", ["", " \n\t ", "\u200b", "\ufe0f\u2060", "\0", "    \u3164"])
def test_a_source_with_nothing_to_see_is_no_message(source: str) -> None:
    assert plain(source) == []
    assert from_markdown(source) == []


@pytest.mark.parametrize("source", ["#", "> ", "**", "```", "[]()", "```\n```"])
def test_markers_alone_go_out_as_typed(source: str) -> None:
    assert from_markdown(source) == [Chunk(source.strip())]


@pytest.mark.parametrize(
    ("source", "pieces"),
    [
        ("aaaa bbbb\n\ncccc dddd eeee", ["aaaa bbbb", "cccc dddd eeee"]),
        ("aaaa bbbb\ncccc dddd eeee", ["aaaa bbbb", "cccc dddd eeee"]),
        ("aa\nbbbb cccc dddd eeee", ["aa\nbbbb cccc", "dddd eeee"]),
        ("x" * 20, ["x" * 16, "xxxx"]),
        ("x" * 15 + "😀y", ["x" * 15, "😀y"]),
        ("x" * 12 + "👨‍👩‍👧", ["x" * 12, "👨‍👩‍👧"]),
        ("x" * 14 + "🇮🇹🇫🇷", ["x" * 14, "🇮🇹🇫🇷"]),
        ("x" * 15 + "e\u0301", ["x" * 15, "e\u0301"]),
        ("x" * 16 + " y", ["x" * 16, "y"]),
    ],
)
def test_cuts_fall_at_paragraphs_lines_words_and_whole_characters(source: str, pieces: list[str]) -> None:
    assert [chunk.text for chunk in plain(source, 16)] == pieces


def test_formatting_across_a_cut_is_closed_and_opened_again() -> None:
    first, second = from_markdown("**aaaa bbbb cccc dddd eeee** [x](https://a.example/)", 16)
    assert first == Chunk("aaaa bbbb cccc", (Entity("bold", 0, 14),))
    assert second == Chunk("dddd eeee x", (Entity("bold", 0, 9), Entity("text_link", 10, 1, "https://a.example/")))


def test_code_keeps_its_indent_after_a_cut() -> None:
    chunks = from_markdown("```\nif x:\n    y = 1\n    z = 2\n```", 16)
    assert [chunk.text for chunk in chunks] == ["if x:\n    y = 1", "    z = 2"]
    assert chunks[1].entities == (Entity("pre", 0, 9),)


def test_a_chunk_is_cut_before_the_hundred_and_first_entity() -> None:
    chunks = from_markdown(" ".join(f"**{n}** x" for n in range(250)))
    assert [len(chunk.entities) for chunk in chunks] == [100, 100, 50]


def test_a_full_message_of_emoji_has_4096_units() -> None:
    assert [utf16_length(chunk.text) for chunk in plain("😀" * 3000)] == [4096, 1904]


def test_a_limit_no_emoji_fits_in_is_refused() -> None:
    with pytest.raises(ValueError, match="limit of 1"):
        plain("x", 1)


# ---------------------------------------------------------------- properties

MARKERS = "** * *** _ __ ~~ ~ ` ``` || | # > - --- 1. 7. < <b> [ ]( ) ]() ![ ]: \\ $ mailto: ](https://a.example/x) 5*3"
WORDS = "12 a snake_case https://a.example/_x_ [![x](https://a.example/1)](https://a.example/2) 😀 👨‍👩‍👧 🇮🇹 שלום العربية 日本語"
FRAGMENTS = (
    *MARKERS.split(),
    *WORDS.split(),
    *("# ", "> ", "- ", "1. ", "7. ", "- [ ] ", "```py\n", "\n", "\n\n", " ", "    ", "\t", "|a|b|\n|-|-|\n"),
    *("e\u0301", "\u0301", "\u200b", "\u202e", "\u00a0", "\ud83d", "\udc00", "[\u200b](https://a.example/3)"),
)
SOURCES = st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=25).map("".join)


def whole(chunks: list[Chunk]) -> list[tuple[str, frozenset[tuple[str, str, str]]]]:
    return [seen for chunk in chunks for seen in styles(chunk.text, chunk.entities)]


def assert_sendable(chunk: Chunk, limit: int) -> None:
    assert 0 < utf16_length(chunk.text) <= limit
    assert not is_blank(chunk.text)
    assert len(chunk.entities) <= 100
    for entity in chunk.entities:
        covered = units(chunk.text, entity.offset, entity.length)  # raises within a surrogate pair
        assert utf16_length(covered) == entity.length > 0
        assert not is_blank(covered)
        assert entity.type in {"code", "pre"} or covered == covered.strip()
    assert accepted(chunk)["@type"] == "formattedText"


@settings(max_examples=150, deadline=None)
@given(SOURCES, st.integers(16, 60))
def test_every_chunk_can_be_sent_and_nothing_visible_is_lost_or_restyled(source: str, limit: int) -> None:
    chunks = from_markdown(source, limit)
    for chunk in chunks:
        assert_sendable(chunk, limit)
    assert whole(chunks) == whole(from_markdown(source, 100_000))


@settings(max_examples=100, deadline=None)
@given(SOURCES)
def test_no_letter_or_digit_of_the_source_is_lost(source: str) -> None:
    chunks = from_markdown(source)
    sent = "".join(chunk.text + "".join((e.url or "") + (e.language or "") for e in chunk.entities) for chunk in chunks)
    assert not Counter(filter(str.isalnum, source)) - Counter(filter(str.isalnum, sent))


@settings(max_examples=100, deadline=None)
@given(SOURCES, st.integers(16, 60))
def test_plain_chunks_hold_the_text_as_typed(source: str, limit: int) -> None:
    chunks = plain(source, limit)
    for chunk in chunks:
        assert_sendable(chunk, limit)
    paired = source.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert [c for c, _ in whole(chunks)] == [c for c in paired if not is_blank(c)]
