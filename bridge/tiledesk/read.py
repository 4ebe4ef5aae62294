"""What Tiledesk's webhooks bring → neutral messages (pure), by an allow-list: what is not named here does not travel.

Shapes as in tiledesk-server 2.19; `raw` is `{"event": …, "payload": …}`, as the door writes it.
"""

from dataclasses import dataclass
from datetime import datetime

import orjson

from bridge.errors import Unreadable
from bridge.message import Closed, Message, News, Person, Reading, Skip
from bridge.tiledesk.fields import Json, mapping
from bridge.tiledesk.plan import STAMP
from bridge.tiledesk.shapes import Shapes, holds_template, is_said

__all__ = ["CLOSE_EVENT", "TiledeskReader", "guarded", "is_echo", "mapping", "moment", "required"]

CLOSE_EVENT = "request.close"

TEMPLATE = "⚠️ Not delivered: this is a template for WhatsApp, and this user is not there. Write it in your own words."
"""what agents are told who sent one"""


@dataclass(frozen=True, slots=True)
class TiledeskReader:
    """Reads one project's events; the options are those of `Shapes`."""

    project_id: str
    api_url: str = ""
    open_label: str = "Open"
    sources_label: str = "Sources:"
    speech: bool = False

    def read(self, raw: bytes) -> Reading:
        """Translate one event; raises `Unreadable` if it is not Tiledesk's."""
        try:
            stored = orjson.loads(raw)
            event, payload = stored["event"], stored["payload"]
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Unreadable("the event has no payload") from None
        if not isinstance(payload, dict) or payload.get("id_project") != self.project_id:
            return Skip("other project")
        if event == CLOSE_EVENT:
            return News((Closed(required(payload, "request_id")),))
        return self.message(payload)

    def message(self, payload: Json) -> Reading:
        """Let through what an agent or a bot says to the end user."""
        refused = guarded(payload)
        if refused:
            return Skip(refused)
        shapes = Shapes(self.api_url, self.open_label, self.sources_label, self.speech)
        bot = str(payload["sender"]).startswith("bot_")
        content = shapes.parts(payload, bot=bot)
        if not is_said(content):
            return News((), TEMPLATE) if holds_template(payload) else Skip("empty")
        author = Person(str(payload["sender"]), first_name=str(payload.get("senderFullname") or ""), bot=bot)
        origin = {"message_id": required(payload, "_id")}
        return Message(
            author, tuple(content), moment(payload), request_id=required(payload, "recipient"), origin=origin
        )


def guarded(payload: Json) -> str:
    """The leak guard: why this message must not reach an end user, or nothing."""
    attributes = mapping(payload.get("attributes"))
    sender = payload.get("sender")
    subtype = attributes.get("subtype")
    if not isinstance(sender, str) or not sender:
        return "no sender"
    if is_echo(payload):
        return "echo"
    if sender == "system":
        return "system"
    if subtype:
        return subtype if subtype in ("private", "info", "info/support") else "unknown subtype"
    return "" if payload.get("channel_type", "group") == "group" else "not in a request"


def is_echo(payload: Json) -> bool:
    """True for the end user's own message, which Tiledesk sends back to us like any other.

    By the request's owner, or by our stamp on a message that no account and no bot wrote (in a group others than the owner
    write, too; a bot may copy attributes).
    """
    sender = str(payload.get("sender"))
    request = mapping(payload.get("request"))
    owners = (mapping(request.get("lead")).get("lead_id"), mapping(request.get("requester")).get("uuid_user"))
    if sender in owners:
        return True
    account = len(sender) == 24 and all(letter in "0123456789abcdef" for letter in sender)
    return STAMP in mapping(payload.get("attributes")) and not account and not sender.startswith("bot_")


def moment(payload: Json, *names: str) -> float:
    """When it happened, in seconds, by the first of the fields `names` that says; 0 if none does."""
    for name in names or ("createdAt", "updatedAt"):
        try:
            return datetime.fromisoformat(str(payload.get(name))).timestamp()
        except (ValueError, OverflowError):
            continue
    return 0.0


def required(payload: Json, name: str) -> str:
    """A string that every payload of its kind has."""
    value = payload.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(f"the event has no {name}")
    return value
