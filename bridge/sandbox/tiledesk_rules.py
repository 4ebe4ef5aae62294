"""What Tiledesk makes of a message's body: which ones it refuses, and which ones it never answers (measured, see below).

Bodies are checked in two stages, because what fails in the second leaves a new request behind without its message.
A refusal for one of these reasons is permanent, and its words are those of a lost race for a new request id.
"""

from dataclasses import dataclass
from typing import Any

from bridge.sandbox.tiledesk_world import Document, is_object_id


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that says no: a status and a JSON body, or plain text."""

    status: int
    body: Document | str


class Silence:
    """No answer at all: the real server dies inside on this and keeps the connection open."""


NOT_CREATED = "Error creating request"
NOT_ADDED = "Error creating message"


def is_nothing(value: object) -> bool:
    """Whether JavaScript takes this JSON value for false."""
    return value is None or value is False or (isinstance(value, int | float | str) and value in (0, ""))


def refused(status: int, message: str, **more: object) -> Refused:
    """The usual form of a refusal."""
    return Refused(status, {"success": False, "msg": message, **more})


def has_bad_key(value: object) -> bool:
    """Whether MongoDB of that vintage refuses a document for its keys, at any depth."""
    match value:
        case dict():
            return any("." in key or key.startswith("$") or has_bad_key(inner) for key, inner in value.items())
        case list():
            return any(has_bad_key(inner) for inner in value)
        case _:
            return False


def is_number(value: object) -> bool:
    """Whether the server can cast this to a number."""
    try:
        float(value) if isinstance(value, int | float | str) else float("none")
    except ValueError:
        return False
    return True


def invalid(message: str, path: str, complaint: str) -> Refused:
    """A refusal by the message's schema."""
    summary = f"message validation failed: {path}: {complaint}"
    errors = {path: {"message": complaint, "path": path}}
    err = {"errors": errors, "_message": "message validation failed", "name": "ValidationError", "message": summary}
    return refused(500, message, err=err)


def channel_is_wrong(body: Document) -> bool:
    """A channel must be null, absent, or an object with a name."""
    channel: Any = body.get("channel")
    return channel is not None and not (isinstance(channel, dict) and channel.get("name"))


def check_opening(body: Document, departments: dict[str, Document]) -> Refused | None:
    """First stage, only for the first message of a request."""
    text = body.get("text")
    if is_nothing(text) and body.get("type") in (None, "", "text"):
        return Refused(422, {"errors": ["text field is required"]})
    department = body.get("departmentid")
    wrong = (
        is_nothing(text)  # a picture without words: the request's first_text is required
        or isinstance(text, dict | list)
        or has_bad_key(body.get("attributes"))
        or channel_is_wrong(body)
        or not isinstance(body.get("location") or {}, dict)
        or (department not in (None, "", "default") and department not in departments)
    )
    return refused(500, NOT_CREATED, err={}) if wrong else None


def check_participants(body: Document) -> Silence | None:
    """A participant who isn't an account's id is not survived either."""
    participants = body.get("participants") or []
    if isinstance(participants, list) and all(isinstance(p, str) and is_object_id(p) for p in participants):
        return None
    return Silence()


def check_message(body: Document, failure: str) -> Refused | Silence | None:
    """Second stage, for every message; `failure` is what a refusal says."""
    if "type" in body and not isinstance(body["type"], str | int | float):
        return invalid(failure, "type", "Path `type` is required.")
    if not is_nothing(body.get("status")) and not is_number(body["status"]):
        return invalid(failure, "status", f'Cast to Number failed for value "{body["status"]}"')
    if channel_is_wrong(body):
        return invalid(failure, "channel", "Cast to Embedded failed")
    text = body.get("text")
    if not is_nothing(text) and not isinstance(text, str):
        return Silence()
    metadata = body.get("metadata")
    if body.get("type") == "file" and not is_nothing(metadata):
        kind = metadata.get("type") if isinstance(metadata, dict) else None
        if not isinstance(kind, str):
            return Silence()
    if has_bad_key(body.get("attributes")) or has_bad_key(metadata):
        return refused(500, failure, err={})
    return None
