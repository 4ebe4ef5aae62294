"""Files that lie ready, as `bridge.ports.Blobs` and `bridge.ports.Links`."""

import hashlib
from dataclasses import dataclass, field
from io import BytesIO

from bridge.errors import FileError, FileGone
from bridge.message import File, Filed, Media, StoredFile
from bridge.ports import Address, Blob, Rendition


@dataclass
class ReadyBlobs:
    """Hands out what it was given, by the network's id; everything else is gone."""

    files: dict[str, bytes] = field(default_factory=dict)
    error: FileError | None = None

    async def get(
        self,
        file: File,
        rendition: Rendition = Rendition.ORIGINAL,
        *,
        name: str = "",
        mime: str = "",
        thumbnail: File | None = None,
    ) -> Blob:
        if self.error is not None:
            raise self.error
        content = self.files.get(file.id)
        if content is None:
            raise FileGone
        return Blob(BytesIO(content), name, mime, len(content), hashlib.sha256(content).hexdigest())


class PlainLinks:
    """Addresses that tell the file's id, of nobody's use but a test's."""

    def to(self, media: Media, sent_at: float) -> Address:
        assert isinstance(media.source, File)
        stored = StoredFile(f"id-{media.source.id}", media.source, media.name, media.mime, media.size, at=sent_at)
        url = f"https://bridge.example.org/media/{media.source.id}"
        return Address(url, f"{url}?dl=1", media.name, media.mime, (Filed(stored),))
