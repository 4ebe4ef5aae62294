"""How a small file is kept in a Python module."""

import base64


def unpacked(text: str) -> bytes:
    """A file's bytes out of its base85 text, whose line breaks and blanks mean nothing."""
    return base64.b85decode("".join(text.split()))
