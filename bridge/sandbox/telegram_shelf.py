"""Where large files lie."""

import hashlib
import tempfile
from pathlib import Path

from bridge.sandbox.telegram_answers import Upload

HELD = 1 << 20
"""bytes of a file that are held in memory"""


class Shelf:
    """A folder for large files, made when the first one comes and gone with ``close``."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def place(self) -> Path:
        """Where one more file can lie."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="tiledesk-bridge-files-")
        self._count += 1
        return Path(self._folder.name) / str(self._count)

    def shelved(self, name: str, content: bytes, content_type: str) -> Upload:
        """Make a file of bytes; a large one is put on disk."""
        if len(content) <= HELD:
            return Upload(name, content, content_type)
        path = self.place()
        path.write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        return Upload(name, content[:HELD], content_type, len(content), path, digest)

    def close(self) -> None:
        """Throw everything away."""
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None


def append(path: Path, content: bytes | bytearray) -> None:
    """Write at the end of a file; a few hundred times for the largest upload."""
    with path.open("ab") as file:
        file.write(content)
