"""Whether a browser shows a file or saves it, and under which name (RFC 6266); pure."""

import re
import unicodedata
from urllib.parse import quote

SHOWN = re.compile(
    r"image/(png|jpeg|gif|webp|avif|bmp)|audio/(ogg|opus|mp4|mpeg|x-m4a|aac|wav|x-wav|flac|webm)|video/(mp4|webm)|text/plain"
)
"""what no browser runs as a program, whoever wrote it; PDF is not among them: no browser opens one in a sandbox"""


def disposition(name: str, mime: str, *, download: bool) -> str:
    """The value of Content-Disposition."""
    kind = "inline" if SHOWN.fullmatch(mime) and not download else "attachment"
    clean = "".join("_" if char in "/\\" else char for char in name if unicodedata.category(char) not in {"Cc", "Cs"})
    clean = clean or "file"
    plain = re.sub(r'[^ -~]|["\\%]', "_", clean)
    told = f'{kind}; filename="{plain}"'
    return told if plain == clean else f"{told}; filename*=UTF-8''{quote(clean, safe='')}"
