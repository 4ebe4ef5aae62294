r"""The injection guard (pure): what an end user types is text, also to a server that looks for commands in it.

Tiledesk takes what follows a backslash for a command (`\close`, `\agent`) and replaces `${KEY}` by the project's label. An
invisible word joiner behind the backslash and inside the `${` leaves neither, and a Windows path stays readable.
"""

WORD_JOINER = "\u2060"


def neutralise(text: str) -> str:
    """Take the commands out of an end user's text; a text without backslash and `${` is unchanged."""
    return text.replace("\\", "\\" + WORD_JOINER).replace("${", "$" + WORD_JOINER + "{")
