import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.tiledesk.guard import WORD_JOINER, neutralise

TYPED = st.text(st.sampled_from(list("\\${}ab \n\u2060")) | st.characters(), max_size=60)


@pytest.mark.parametrize(
    "text",
    ["\\close", "\\agent please", "a \\close b", "\\_tdclose", "\\split:1000", "\\image:https://x.example", "\\\\close",
     "${GREETING}", "$${GREETING}", "${${A}}", "\\${A}", "`\\close`", "[\\close](https://x.example/\\agent)"],
)  # fmt: skip
def test_commands_and_labels_are_text(text: str) -> None:
    guarded = neutralise(text)
    assert not re.search(r"\\\w", guarded)
    assert "${" not in guarded
    assert guarded.replace(WORD_JOINER, "") == text, "and read the same"


def test_a_windows_path_stays_readable() -> None:
    assert neutralise(r"C:\agent\close.txt").replace(WORD_JOINER, "") == r"C:\agent\close.txt"
    assert neutralise(r"C:\agent\close.txt").split(WORD_JOINER) == ["C:\\", "agent\\", "close.txt"]


@pytest.mark.parametrize("text", ["", "hello", "100 $ {ok}", "a/b", "💲{x}", "**bold** _it_ `code`"])
def test_other_texts_are_unchanged(text: str) -> None:
    assert neutralise(text) == text


@given(TYPED)
@example("\\\u2060close")
@example("$\u2060{A}")
def test_no_command_and_no_label_is_left_of_any_text(text: str) -> None:
    guarded = neutralise(text)
    assert not re.search(r"\\[^\W_]", guarded)
    assert all(behind == WORD_JOINER for behind in re.findall(r"\\(.?)", guarded, re.DOTALL))
    assert "${" not in guarded
    assert guarded.replace(WORD_JOINER, "") == text.replace(WORD_JOINER, "")
    assert neutralise(guarded).replace(WORD_JOINER, "") == guarded.replace(WORD_JOINER, "")
