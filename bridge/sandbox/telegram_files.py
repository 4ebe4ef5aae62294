"""A bot's files: how they are found, handed out, lost."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from bridge.sandbox.telegram_answers import Json, Upload, bad_request

DOWNLOAD_LIMIT = 20 << 20
PIECE = 1 << 16


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a bot can send again by ``file_id`` and download from ``path``."""

    file_id: str
    unique_id: str
    path: str
    upload: Upload

    def as_json(self) -> Json:
        """The fields that every media object has."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.upload.length}


class Files:
    """One bot's files: a ``file_id`` means nothing to another bot.

    What is in ``gone`` (by ``file_id``) can't be prepared for download any more, what is in ``cut`` (by ``file_id``) breaks
    off in the middle of one.
    """

    def __init__(self, bot_id: int) -> None:
        self.gone: set[str] = set()
        self.cut: set[str] = set()
        self._bot_id = bot_id
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}
        self._valid: set[str] = set()

    def keep(self, upload: Upload, folder: str) -> StoredFile:
        """Store a file."""
        number = len(self._by_id)
        seed = hashlib.sha256(f"{self._bot_id} {number} {folder}".encode()).digest()
        content = hashlib.sha256(f"{upload.sha256} {upload.name}".encode()).digest()
        stored = StoredFile(
            file_id=f"BQACAgIAAxkBAAI{base64.urlsafe_b64encode(seed + seed[:10]).decode().rstrip('=')}",
            unique_id=f"AgAD{base64.urlsafe_b64encode(content[:8]).decode().rstrip('=')}",
            path=f"{folder}/file_{number}{PurePosixPath(upload.name).suffix}",
            upload=upload,
        )
        self._by_id[stored.file_id] = self._by_path[stored.path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """Look up by ``file_id``; that of a photo's small size means the same file."""
        return self._by_id.get(file_id) or self._by_id.get(file_id.removesuffix("s"))

    def at(self, path: str) -> StoredFile | None:
        """Look up by download path; None for one that getFile did not give, or that has expired."""
        return self._by_path.get(path) if path in self._valid else None

    def expire(self) -> None:
        """Let every download path end, as the real ones do after an hour; getFile makes them good again."""
        self._valid.clear()

    def described(self, file_id: str) -> Json:
        """Answer getFile; 400 for an unknown id, above 20 MB, and for what is gone."""
        stored = self.find(file_id)
        if stored is None:
            raise bad_request("Invalid file_id")
        if stored.file_id in self.gone:
            raise bad_request("Wrong file_id or the file is temporarily unavailable")
        if stored.upload.length > DOWNLOAD_LIMIT:
            raise bad_request("File is too big")
        self._valid.add(stored.path)
        return stored.as_json() | {"file_path": stored.path}


async def pieces(upload: Upload, start: int, end: int) -> AsyncIterator[bytes]:
    """The bytes of a file between two places, little by little; where it only claims to have some, zeros."""
    if upload.path is None:
        for at in range(start, end, PIECE):
            length = min(PIECE, end - at)
            yield upload.content[at : at + length].ljust(length, b"\0")
        return
    with upload.path.open("rb") as file:
        file.seek(start)
        while start < end and (piece := file.read(min(PIECE, end - start))):
            start += len(piece)
            yield piece
