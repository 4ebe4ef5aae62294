"""What all rooms agree on about Markdown: what is an address in it, and how words are written that are no Markdown."""

import re

LONGEST_PARSED = 32_768
"""Characters of Markdown beyond which a text is shown as it was typed."""

JOINER = "\u2060"
"""Unseen, and a letter to parsers, so markers beside it are markers; it ends an address."""

ADDRESS = rf"(?:https?://|www\.)(?:[^\s{JOINER}<>`()\[\]|\\]|\([^\s{JOINER}<>`()\[\]|\\]*\))+"
"""A bare web address, as a regular expression; nothing inside it means formatting."""

ADDRESS_TAIL = re.compile(r"[*_~.,;:!?]*\Z")
"""What ends a sentence, or its formatting, and not the address before it."""

_MEANING = re.compile(
    rf"(?P<address>{ADDRESS})"
    r"|(?P<anywhere>[\\`*_\[\]~|<]|&(?=#?\w*(?:;|\Z))|\A[.)]|!(?=\Z))"
    r"|(?P<first>^[^\S\n]*)(?P<marker>[-+#>=:]|\d{1,9}(?=[.)]))"
    r"|(?<=\s)(?P<closing>#)",
    re.MULTILINE,
)


def literally(text: str) -> str:
    """Return Markdown that shows a text as it is, wherever it is put: special characters get a backslash.

    The text may be one piece of a line of which other pieces are written alike; white space is not preserved.
    """
    return _MEANING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    if address := match["address"]:
        tail = ADDRESS_TAIL.search(address)
        end = tail.start() if tail else len(address)
        return address[:end] + re.sub(r"[*_~!]", r"\\\g<0>", address[end:])
    if marker := match["marker"]:
        return f"{match['first']}{marker}\\" if marker.isdigit() else f"{match['first']}\\{marker}"
    return f"\\{match[0]}"
