"""Which uploads a Tiledesk server takes: by extension, size, declared type and first bytes (measured)."""

from collections.abc import Container
from pathlib import PurePosixPath

from bridge.sandbox.tiledesk_rules import Refused

SIZE_LIMIT = 1_024_000
"""bytes of a file, unless the server is told otherwise (`MAX_UPLOAD_FILE_SIZE`)"""

ALLOWED = frozenset({".jpg", ".jpeg", ".png", ".gif", ".pdf", ".txt"})
"""extensions that a new project takes; a name without one passes as well"""

EVERYTHING = "*/*"

OF_EXTENSION = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}
"""the type that these must be declared as"""

MAGIC = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (0, b"%PDF-", "application/pdf"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (28, b"OpusHead", "audio/opus"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\x1f\x8b", "application/gzip"),
)
"""(place, bytes, type): the first match is what a file is"""

ALSO_CALLED = {"image/jpg": "image/jpeg", "audio/webm": "video/webm", "audio/x-wav": "audio/wav"}

WITHOUT_MAGIC = frozenset({"text/plain", "text/csv", "image/svg+xml"})
"""types that are believed"""


def denied(status: int, error: str, **more: str) -> Refused:
    """How the upload routes say no."""
    return Refused(status, {"success": False, "error": error, **more})


def allowed(setting: object) -> Container[str] | None:
    """The extensions that a project's setting allows, e.g. `.jpg,.webp`; None for all of them."""
    if not isinstance(setting, str) or not setting:
        return ALLOWED
    return None if setting == EVERYTHING else {one.strip() for one in setting.split(",")}


def detected(content: bytes) -> str:
    """What a file is by its first bytes; "" if they say nothing."""
    return next((kind for at, magic, kind in MAGIC if content.startswith(magic, at)), "")


def check_file(
    name: str, declared: str, content: bytes, extensions: Container[str] | None = ALLOWED, limit: int = SIZE_LIMIT
) -> Refused | None:
    """Whether the real server would refuse this file, and how."""
    extension = PurePosixPath(name).suffix.lower()
    if extension and extensions is not None and extension not in extensions:
        return denied(403, f"File extension {extension} is not allowed")
    if len(content) > limit:
        return denied(413, "File too large", code="LIMIT_FILE_SIZE")
    mismatch = "File content does not match mimetype. Detected: {}, provided: {}"
    declared_as = ALSO_CALLED.get(declared, declared)
    wanted = OF_EXTENSION.get(extension, declared_as)
    if declared_as != wanted:
        return denied(403, mismatch.format(declared, wanted))
    found = detected(content)
    if found == wanted or (not found and wanted in WITHOUT_MAGIC):
        return None
    return denied(403, mismatch.format(found or "unknown", declared))
