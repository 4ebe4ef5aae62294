"""Stores a message's file at the desk, so that it outlives our link; the link stays where the desk does not take it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import aiohttp
import structlog

from bridge.errors import FileError
from bridge.message import Call, File, Upload
from bridge.ports import Blobs
from bridge.tiledesk.plan import LARGEST_UPLOAD
from bridge.tiledesk.transport import DeskApi, content, said
from bridge.wire import AnswerLost


async def deposit(api: DeskApi, blobs: Blobs, call: Call, authorization: str) -> Call:
    """The call with the desk's addresses for its file, or as it is if the desk does not take the file.

    An upload that is repeated after a crash leaves a file that nobody looks at, and no message. Raises `Unsent`.
    """
    for one in call.uploads:
        stored = await upload(api, blobs, one, authorization)
        if stored:
            call = replace(call, body=moved(call.body, api.file(stored), api.file(stored, download=True)))
    return call


async def upload(api: DeskApi, blobs: Blobs, one: Upload, authorization: str) -> str:
    """The name under which the desk has stored the file; "" if it has not."""
    if not isinstance(one.source, File):
        return ""
    try:
        with await blobs.get(one.source, name=one.name, mime=one.mime) as blob:
            if blob.size > LARGEST_UPLOAD:
                return ""
            # Without quote_fields=False the name is stored with its signs escaped.
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("file", blob.file, filename=one.name, content_type=one.mime)
            reply = await api.upload(form, authorization)
    except (FileError, AnswerLost) as error:
        structlog.get_logger().info("a file is not stored at the desk, its link is used", reason=str(error))
        return ""
    name = content(reply).get("filename")
    if reply.status in {200, 201} and isinstance(name, str):
        return name
    structlog.get_logger().info("the desk does not take a file, its link is used", reason=said(reply))
    return ""


def moved(body: Mapping[str, object], url: str, download_url: str) -> dict[str, object]:
    """The body with other addresses for its file (pure)."""
    metadata = cast(Mapping[str, Any], body["metadata"])
    text = str(body["text"]).replace(f"]({metadata['src']})", f"]({url})")
    return {**body, "text": text, "metadata": {**metadata, "src": url, "downloadURL": download_url}}
