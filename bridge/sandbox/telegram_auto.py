"""Links, mentions, commands, tags and addresses that Telegram marks by itself in every text."""

import re
from collections.abc import Iterator

Span = tuple[int, int, str]  # first character, end, kind: counted in Python characters

SCHEME = r"(?:(?P<scheme>https?|ftp|tg|ton|tonsite)://)?"
LABEL = r"[^\W_](?:[\w-]*[^\W_])?"
URL = re.compile(
    rf"(?<![\w@./-]){SCHEME}(?P<host>{LABEL}(?:\.{LABEL})*)(?::\d{{1,5}})?(?P<tail>[/?#][^\s<>\"«»“”]*)?", re.IGNORECASE
)
MENTION = re.compile(r"(?<![\w@/])@[A-Za-z0-9_]{4,32}(?!\w)")
COMMAND = re.compile(r"(?<![\w/<>])/[A-Za-z0-9_]{1,64}(?:@[A-Za-z0-9_]{3,32})?(?![\w/<>])")
HASHTAG = re.compile(r"(?<![\w#])#(?=\w*[^\W\d_])\w{1,256}(?![\w#])")
CASHTAG = re.compile(r"(?<![\w$])\$[A-Z]{1,8}(?![\w$])")
EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9_.+-]{1,64}@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}(?![\w-])")
ADDRESS = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")

# A small part of the list that Telegram keeps: without a scheme, only a known ending makes a link.
ENDINGS = re.compile(
    r"ai|app|at|au|bar|be|biz|br|ca|cc|ch|cn|co|com|cz|de|dev|edu|es|eu|fi|fr|gov|gr|hu|ie|in|info|int|io|it|jp|kr|ly"
    r"|me|mil|mx|net|nl|no|nu|nz|org|pl|pt|py|ro|rs|ru|se|sh|si|sk|su|site|store|tech|to|top|tr|tv|ua|uk|us|xyz|za"
    r"|рф|укр|онлайн",
    re.IGNORECASE,
)
TRAILING = ".:;,('?!`"  # never the end of a link
CLOSING = {")": "(", "]": "[", "}": "{"}


def auto_spans(text: str) -> list[Span]:
    """Find what Telegram would mark, without overlaps, in reading order."""
    if not any(sign in text for sign in ".@/#$:"):
        return []
    spans: list[Span] = []
    taken = bytearray(len(text) + 1)
    for start, end, kind in candidates(text):
        if not any(taken[start:end]):
            taken[start:end] = b"\1" * (end - start)
            spans.append((start, end, kind))
    return sorted(spans)


def candidates(text: str) -> Iterator[Span]:
    """Give every possible span, those that win an overlap first."""
    kinds = ((EMAIL, "email"), (None, "url"), (MENTION, "mention"), (COMMAND, "bot_command"))
    for pattern, kind in (*kinds, (HASHTAG, "hashtag"), (CASHTAG, "cashtag")):
        if pattern is None:
            yield from links(text)
        else:
            yield from ((found.start(), found.end(), kind) for found in pattern.finditer(text))


def links(text: str) -> Iterator[Span]:
    """Give the links, cut where a sentence goes on rather than the link."""
    for found in URL.finditer(text):
        host, scheme = found["host"], (found["scheme"] or "").lower()
        start, end = found.span()
        if text[end : end + 1] == "@" and not found["tail"]:
            continue
        if scheme not in ("tg", "ton", "tonsite"):
            last = host.rsplit(".", 1)[-1]
            named = "." in host and len(last) >= 2 and not last.isdigit()
            if not ADDRESS.fullmatch(host) and not (named and (scheme or ENDINGS.fullmatch(last))):
                continue
        if found["tail"]:
            end -= len(found["tail"]) - len(sentence_cut(found["tail"]))
        yield start, end, "url"


def sentence_cut(tail: str) -> str:
    """Take off punctuation, and closing brackets that were not opened inside the link."""
    depth: list[str] = []
    for place, sign in enumerate(tail):
        if sign in CLOSING.values():
            depth.append(sign)
        elif sign in CLOSING and (not depth or depth.pop() != CLOSING[sign]):
            tail = tail[:place]
            break
    return tail.rstrip(TRAILING)
