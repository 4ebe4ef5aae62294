"""HTML that an agent or a bot sends becomes Markdown, which each channel writes in its own way."""

from bridge.conversation.html.cleaning import cleaned, stripped, tokens
from bridge.conversation.html.tree import tree
from bridge.conversation.html.writing import Writer
from bridge.conversation.markdown import LONGEST_PARSED, literally

__all__ = ["html_to_markdown"]

_LONGEST = 100_000  # characters
_MOST_TAGS = 2_000


def html_to_markdown(html: str) -> str:
    """Turn HTML into Markdown; "" if there is nothing to read.

    Styles, links, lists, headings, quotes, code and tables stay; underline has no Markdown; a picture is a link with its
    alternative text. Scripts, styles, the head, comments and hidden elements go with what is in them; a link to
    anything but the web, mail, a telephone or Telegram is its text. Characters that mean something in Markdown are
    escaped, so they show as they are.

    HTML beyond 100,000 characters is cut there. What is too deep (50 levels), too much (2,000 tags) or too broken to be
    read as a tree comes without formatting. Never raises; takes bounded time.
    """
    found = list(tokens(html[:_LONGEST]))
    tags = sum(not isinstance(token, str) for token in found)
    plain = stripped(found)
    if len(plain) > LONGEST_PARSED:
        return plain
    if not tags or tags > _MOST_TAGS:
        return literally(plain)
    try:
        root = tree(cleaned(found))
        written = Writer().write(root) if root else literally(plain)
    except Exception:  # noqa: BLE001 - whatever ails the parser, the agent's words must reach the user
        return literally(plain)
    return plain if len(written) > LONGEST_PARSED else written
