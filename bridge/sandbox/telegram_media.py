"""The media objects that stand for files in messages."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from bridge.sandbox.telegram_answers import MAX_BODY, Asked, Json, Upload, bad_request
from bridge.sandbox.telegram_files import Files, StoredFile
from bridge.sandbox.telegram_pictures import check_photo, dimensions


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


def sent_file(files: Files, asked: Asked, kind: Kind, value: object) -> StoredFile:
    """Find the file that a call means by an upload, ``attach://name``, a URL or a ``file_id``."""
    named = value.removeprefix("attach://") if isinstance(value, str) else kind.name
    upload = asked.uploads.get(named)
    if upload is not None:
        return taken(files, upload, kind)
    if not value:
        raise bad_request(f"There is no {kind.name.replace('_', ' ')} in the request")
    if named.startswith(("http://", "https://")):
        # Nothing is fetched: the sandbox speaks to nobody but its own bots.
        return files.keep(Upload(PurePosixPath(named).name or "file", named.encode(), kind.content_type), kind.folder)
    stored = files.find(named)
    if stored is None:
        raise bad_request("Wrong file identifier/HTTP URL specified")
    return stored


def taken(files: Files, upload: Upload, kind: Kind) -> StoredFile:
    """Store what a bot uploads, if it is fit for its kind."""
    if not upload.length:
        raise bad_request("File must be non-empty")
    if upload.length > MAX_BODY:
        raise bad_request("File is too big")
    if kind.name == "photo":
        check_photo(upload)
    return files.keep(upload, kind.folder)


def sent_thumbnail(files: Files, asked: Asked, value: object) -> StoredFile | None:
    """Find the thumbnail that came along; Telegram takes uploads only."""
    named = value.removeprefix("attach://") if isinstance(value, str) else "thumbnail"
    upload = asked.uploads.get(named)
    return files.keep(upload, "thumbnails") if upload is not None else None


def media_fields(
    kind: Kind, stored: StoredFile, wanted: Callable[[str], object], thumbnail: StoredFile | None = None
) -> Json:
    """Make the message fields for a file; ``wanted`` gives what the sender said of it (duration, title …)."""
    body = stored.as_json()
    if kind.name == "photo":
        return {"photo": photo_sizes(stored)}
    body |= kind.fixed
    for name, default in kind.numbers.items():
        given = wanted(name)
        body[name] = int(given) if isinstance(given, int | float | str) and given else default
    body |= {name: given for name in kind.texts if (given := wanted(name))}
    if thumbnail is not None:
        body["thumbnail"] = size_of(thumbnail, (320, 180))
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


def photo_sizes(stored: StoredFile) -> list[Json]:
    """A photo's sizes, the largest last; the small one has no bytes of its own here."""
    large = size_of(stored, (1280, 720))
    scale = 320 / max(320, large["width"], large["height"])
    small = {"file_id": f"{stored.file_id}s", "file_unique_id": f"{stored.unique_id}s", "file_size": 1024}
    return [small | {side: max(1, round(large[side] * scale)) for side in ("width", "height")}, large]


def size_of(stored: StoredFile, default: tuple[int, int]) -> Json:
    """A picture as a ``PhotoSize``."""
    width, height = dimensions(stored.upload.content) or default
    return stored.as_json() | {"width": width, "height": height}
