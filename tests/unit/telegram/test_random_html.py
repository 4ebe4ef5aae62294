"""HTML on its whole way to a user: whatever its words look like in Markdown, they are shown as they are."""

import html
import os

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bridge.conversation.html import html_to_markdown
from bridge.telegram.markup import Chunk, from_markdown
from bridge.telegram.spans import is_blank

EXAMPLES = 10_000 if os.environ.get("BRIDGE_PROOF") else 300
CHECKED = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])

BLOCKS = ["1.", "10)", "- ", "+ ", "# ", "> ", "=", "---", "***", "___", "```", "|a|b|", "[x]"]
INLINE = ["`", "*", "**", "_", "~", "~~", "||", "|", "[a](b)", "![", "]:", "<b>", "&amp;", "&copy;", "&", "$", "\\"]
ADDRESSES = ["https://a.example/_x_*y*", "www.a.b_c_", "<http://x.yy>", "mailto:a@b.c", "https://a.example/(b)."]
WORDS = ["(", ")", "!", ":", "a", "b", "12", " ", "\n", "é", "ש", "😀", "👩🏽\u200d💻", "{", "^", "@", "—", "“"]
WRITTEN = st.lists(st.sampled_from([*BLOCKS, *INLINE, *ADDRESSES, *WORDS]) | st.text(max_size=2), max_size=15).map(
    "".join
)
STYLES = st.sampled_from(["b", "i", "s", "u", "code", "span"])


def seen(text: str) -> str:
    return "".join(character for character in text if not is_blank(character))


def typed(text: str) -> str:
    """What can be seen of a text; noncharacters and halves of pairs cannot."""
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return seen("".join(character for character in whole if not "\ufdd0" <= character <= "\ufdef"))


def shown(source: str) -> list[Chunk]:
    return from_markdown(html_to_markdown(source))


@CHECKED
@given(WRITTEN)
@example("\x8510)")
def test_words_are_shown_as_they_are_and_not_formatted(text: str) -> None:
    chunks = shown(f"<p>{html.escape(text)}</p>")
    assert seen("".join(chunk.text for chunk in chunks)) == typed(text)
    assert not any(chunk.entities for chunk in chunks)


@CHECKED
@given(st.lists(st.tuples(STYLES, WRITTEN), max_size=5))
@example([("b", "Price:"), ("span", "10")])
@example([("u", "https://a.example/(b)."), ("u", "0"), ("b", "https://a.example/_x_*y*")])
@example([("b", "https://a.example/"), ("b", ""), ("i", "1"), ("i", "2")])
def test_markers_of_formatted_words_are_never_seen(pieces: list[tuple[str, str]]) -> None:
    source = "".join(f"<{style}>{html.escape(text)}</{style}>" for style, text in pieces)
    chunks = shown(f"<p>{source}</p>")
    assert seen("".join(chunk.text for chunk in chunks)) == typed("".join(text for _, text in pieces))
