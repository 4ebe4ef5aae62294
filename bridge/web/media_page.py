"""The pages that say in plain words why a file can't be shown; they name nothing of ours."""

import base64
import hashlib
from html import escape

STYLE = """:root{color-scheme:light dark}
body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1.25rem}
h1{font-size:1.4rem;line-height:1.25}"""

STYLE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""allows this style, and no other, in a Content-Security-Policy"""

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width,initial-scale=1"><style>{style}</style></head>
<body><h1>{title}</h1><p>{words}</p></body></html>
"""


def page(title: str, words: str) -> str:
    """One page."""
    return PAGE.format(title=escape(title), words=escape(words), style=STYLE)


def too_large(why: str) -> str:
    """The page for a file that its network does not hand out; `why` is for agents to read."""
    return page(
        "This file is too large to be shown here",
        f"{why.rstrip('.')}. Please ask the person to send it in smaller parts, or in another way.",
    )


GONE = page(
    "This file is no longer there",
    "The messenger that it was sent with does not have it any more. Please ask the person to send it again.",
)

UNAVAILABLE = page(
    "This file can't be shown just now",
    "The messenger that it was sent with does not hand it out at the moment. Please try again in a minute.",
)
