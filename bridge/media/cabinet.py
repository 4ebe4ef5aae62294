"""Brings files of the networks to our disk, each once, and keeps them there for a while."""

import asyncio
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import BinaryIO, Protocol

import structlog

from bridge.errors import FileError, FileGone, FileTooLarge, FileUnavailable
from bridge.media.flights import Flights, held
from bridge.media.kinds import fitting_name, true_mime
from bridge.media.renditions import NotRendered, Recipe, is_already, recipe_for, render
from bridge.media.shelf import Copy, Shelf, key_of
from bridge.media.tools import Tools
from bridge.message import File
from bridge.ports import Blob, Rendition

DOWNLOADS, RENDERINGS = 8, 2
"""at once, in the whole process"""

PATIENCE = 15.0
"""seconds in which a place among them must come free"""

DOWNLOAD_TIME = 120.0
"""seconds for one download"""

HOPELESS_FOR = 3600.0
"""seconds in which what could not be rendered is not tried again"""

MOST_HOPELESS = 1000


class Source(Protocol):
    """Where the files of a channel come from."""

    async def download(self, file_id: str, into: BinaryIO) -> None:
        """Write the file, up to a limit of its own. Raises `FileGone`, `FileTooLarge` or `FileUnavailable`.

        What `into` raises goes through.
        """


Fetched = Callable[[str, int], None]
"""is told of each file that was asked of a network: what became of it in a word, and its size in bytes"""


def untold(outcome: str, size: int) -> None:
    """Nobody wants to know of a file."""


class Cabinet:
    """Implements `bridge.ports.Blobs`; `sources` are the channels', by name. To be closed."""

    def __init__(self, shelf: Shelf, sources: Mapping[str, Source], tools: Tools, fetched: Fetched = untold) -> None:
        self.shelf = shelf
        self.sources = sources
        self.tools = tools
        self.fetched = fetched
        self.flights = Flights()
        self.downloading = asyncio.Semaphore(DOWNLOADS)
        self.rendering = asyncio.Semaphore(RENDERINGS)
        self.hopeless: dict[str, float] = {}

    async def get(
        self,
        file: File,
        rendition: Rendition = Rendition.ORIGINAL,
        *,
        name: str = "",
        mime: str = "",
        thumbnail: File | None = None,
    ) -> Blob:
        """See `bridge.ports.Blobs.get`."""
        try:
            copy = await self.best(file, rendition, thumbnail)
        except OSError as error:
            raise FileUnavailable(f"the disk does not serve: {os.strerror(error.errno or 0)}") from None
        holds = true_mime(copy.head, mime)
        return Blob(copy.file, fitting_name(name, holds), holds, copy.size, copy.digest)

    async def close(self) -> None:
        """End what is under way."""
        await self.flights.close()

    async def best(self, file: File, rendition: Rendition, thumbnail: File | None) -> Copy:
        """The rendition, or what comes nearest to it."""
        if rendition is Rendition.ORIGINAL:
            return await self.original(file)
        try:
            return await self.rendered(file, rendition)
        except NotRendered:
            pass
        if rendition is Rendition.PNG and thumbnail is not None:
            try:
                return await self.best(thumbnail, rendition, None)
            except FileError as error:
                structlog.get_logger().info("a thumbnail can't be had", reason=str(error))
        return await self.original(file)

    async def original(self, file: File) -> Copy:
        """The file as it is."""
        key = key_of(file, Rendition.ORIGINAL)
        return await held(self.shelf.find, key) or await self.flights.share(key, partial(self.download, key, file))

    async def rendered(self, file: File, rendition: Rendition) -> Copy:
        """The rendition. Raises `NotRendered`."""
        key = key_of(file, rendition)
        if found := await held(self.shelf.find, key):
            return found
        original = await self.original(file)
        if is_already(rendition, original.head):
            return original
        original.file.close()
        recipe = recipe_for(rendition, original.head, self.tools)
        if recipe is None or self.is_hopeless(key):
            raise NotRendered
        return await self.flights.share(key, partial(self.convert, key, file, recipe))

    async def download(self, key: str, file: File) -> Copy:
        """Fetch a file and put it on the shelf."""
        if found := await held(self.shelf.find, key):  # somebody was quicker
            return found
        source = self.sources.get(file.channel)
        if source is None:
            raise FileGone("the channel that it came through is not there any more")
        try:
            copy = await self.ask(source, key, file)
        except FileError as error:
            self.fetched(outcome_of(error), 0)
            raise
        self.fetched("fetched", copy.size)
        return copy

    async def ask(self, source: Source, key: str, file: File) -> Copy:
        """Fetch a file from its network and put it on the shelf."""
        if not await free(self.downloading):
            raise FileUnavailable("too many files are asked for at once")
        try:
            with self.shelf.draft() as draft:
                async with asyncio.timeout(DOWNLOAD_TIME):
                    await source.download(file.id, draft.file)
                return await held(self.shelf.keep, key, draft)
        except TimeoutError:
            raise FileUnavailable("it takes too long to come") from None
        finally:
            self.downloading.release()

    async def convert(self, key: str, file: File, recipe: Recipe) -> Copy:
        """Make a rendition and put it on the shelf. Raises `NotRendered`."""
        if found := await held(self.shelf.find, key):  # somebody was quicker
            return found
        with (await self.original(file)).file as original:
            if not await free(self.rendering):
                raise NotRendered
            try:
                with self.shelf.draft() as draft:
                    await render(recipe, original, draft.file)
                    return await held(self.shelf.keep, key, draft)
            except NotRendered as error:
                structlog.get_logger().info("a file can't be shown as it should", recipe=recipe, reason=str(error))
                self.give_up(key)
                raise
            finally:
                self.rendering.release()

    def is_hopeless(self, key: str) -> bool:
        """Whether this rendition failed a short while ago."""
        return self.hopeless.get(key, 0.0) > asyncio.get_running_loop().time()

    def give_up(self, key: str) -> None:
        """Don't try this rendition again for a while: it costs seconds of a processor."""
        self.hopeless.pop(key, None)
        self.hopeless[key] = asyncio.get_running_loop().time() + HOPELESS_FOR
        if len(self.hopeless) > MOST_HOPELESS:
            del self.hopeless[next(iter(self.hopeless))]


def outcome_of(error: FileError) -> str:
    """Why a file can't be had, in a word."""
    return "gone" if isinstance(error, FileGone) else "too_large" if isinstance(error, FileTooLarge) else "unavailable"


async def free(places: asyncio.Semaphore) -> bool:
    """Take a place, which is to be released; False if none came free."""
    try:
        async with asyncio.timeout(PATIENCE):
            return await places.acquire()
    except TimeoutError:
        return False
