"""Files and the media objects that stand for them in messages."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bridge.sandbox.telegram_answers import MAX_BODY, Asked, Json, Upload, bad_request

DOWNLOAD_LIMIT = 20 << 20
PHOTO_LIMIT = 10 << 20


@dataclass(frozen=True, slots=True)
class Kind:
    """How one kind of media looks: its field, folder, default type of content, and what is known of each."""

    name: str
    folder: str
    content_type: str = ""
    numbers: dict[str, int] = field(default_factory=dict)
    texts: tuple[str, ...] = ()
    fixed: Json = field(default_factory=dict)
    caption: bool = True


KINDS = {
    kind.name: kind
    for kind in (
        Kind("photo", "photos"),
        Kind("document", "documents"),
        Kind("video", "videos", "video/mp4", {"width": 640, "height": 360, "duration": 5}),
        Kind("audio", "music", "audio/mpeg", {"duration": 5}, ("performer", "title")),
        Kind("voice", "voice", "audio/ogg", {"duration": 5}),
        Kind("animation", "animations", "video/mp4", {"width": 320, "height": 240, "duration": 2}),
        Kind(
            "sticker",
            "stickers",
            numbers={"width": 512, "height": 512},
            texts=("emoji", "set_name"),
            fixed={"type": "regular", "is_animated": False, "is_video": False},
            caption=False,
        ),
        Kind("video_note", "video_notes", numbers={"length": 240, "duration": 5}, caption=False),
    )
}
NAMED = frozenset({"document", "video", "audio", "animation"})
MOVING_STICKERS = {".tgs": "is_animated", ".webm": "is_video"}


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
    """One bot's files: a ``file_id`` means nothing to another bot."""

    def __init__(self, bot_id: int) -> None:
        self._bot_id = bot_id
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def keep(self, upload: Upload, folder: str) -> StoredFile:
        """Store a file."""
        number = len(self._by_id)
        seed = hashlib.sha256(f"{self._bot_id} {number} {folder}".encode()).digest()
        content = hashlib.sha256(upload.content + upload.name.encode()).digest()
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
        """Look up by download path."""
        return self._by_path.get(path)

    def described(self, file_id: str) -> Json:
        """Answer getFile; 400 for an unknown id and above 20 MB."""
        stored = self.find(file_id)
        if stored is None:
            raise bad_request("Invalid file_id")
        if stored.upload.length > DOWNLOAD_LIMIT:
            raise bad_request("File is too big")
        return stored.as_json() | {"file_path": stored.path}


def sent_file(files: Files, asked: Asked, kind: Kind, value: object) -> StoredFile:
    """Find the file that a call means by an upload, ``attach://name``, a URL or a ``file_id``."""
    named = value.removeprefix("attach://") if isinstance(value, str) else kind.name
    upload = asked.uploads.get(named)
    if upload is None and not value:
        raise bad_request(f"There is no {kind.name.replace('_', ' ')} in the request")
    if upload is None and named.startswith(("http://", "https://")):
        # Nothing is fetched: the sandbox speaks to nobody but its own bots.
        upload = Upload(PurePosixPath(named).name or "file", named.encode(), kind.content_type)
    if upload is None:
        stored = files.find(named)
        if stored is None:
            raise bad_request("Wrong file identifier/HTTP URL specified")
        return stored
    if not upload.length:
        raise bad_request("File must be non-empty")
    if upload.length > (PHOTO_LIMIT if kind.name == "photo" else MAX_BODY):
        raise bad_request("Too big file for photo" if kind.name == "photo" else "File is too big")
    return files.keep(upload, kind.folder)


def media_fields(kind: Kind, stored: StoredFile, wanted: Callable[[str], object]) -> Json:
    """Make the message fields for a file; ``wanted`` gives what the sender said of it (duration, title …)."""
    body = stored.as_json()
    if kind.name == "photo":
        small = body | {"file_id": f"{stored.file_id}s", "file_unique_id": f"{stored.unique_id}s", "file_size": 1024}
        return {"photo": [small | {"width": 320, "height": 180}, body | {"width": 1280, "height": 720}]}
    body |= kind.fixed
    for name, default in kind.numbers.items():
        given = wanted(name)
        body[name] = int(given) if isinstance(given, int | float | str) and given else default
    body |= {name: given for name in kind.texts if (given := wanted(name))}
    if kind.name in NAMED:
        body["file_name"] = stored.upload.name
    if kind.name == "sticker":
        moving = MOVING_STICKERS.get(PurePosixPath(stored.upload.name).suffix)
        return {"sticker": body | ({moving: True} if moving else {})}
    if kind.name != "video_note":
        typed = stored.upload.content_type
        body["mime_type"] = kind.content_type if typed == "application/octet-stream" and kind.content_type else typed
    # An animation also stands as a document, for old clients.
    twin = {key: body[key] for key in body.keys() - {"width", "height", "duration"}}
    return {kind.name: body} | ({"document": twin} if kind.name == "animation" else {})
