"""What a user's phone must show for an agent's message, by the bridge's own reading and planning (pure).

Only marks are compared: the words of a message, or what it is if it has none. A file may come in several ways (a picture, a
document, a link), so a piece is the set of marks by which it counts as seen.
"""

from collections.abc import Iterator, Mapping

from bridge.errors import Unreadable
from bridge.message import Call, Conversation, Message
from bridge.sandbox.tally import Piece, squeezed
from bridge.sandbox.telegram_answers import Json
from bridge.telegram.plan import TelegramPlanner
from bridge.tiledesk.read import TiledeskReader

FILE, PLACE, OTHER = "·file", "·place", "·other"
"""marks of messages without words"""

PLACES = frozenset({"location", "venue"})
FILES = frozenset({"photo", "document", "video", "audio", "voice", "animation", "sticker", "video_note"})


def seen(message: Json) -> str:
    """The mark of a message on the phone."""
    words = squeezed(message.get("text") or message.get("caption") or "")
    if words:
        return words
    if not PLACES.isdisjoint(message):
        return PLACE
    return OTHER if FILES.isdisjoint(message) else FILE


def expected(document: Json, request: Json, project: str, desk_url: str, chat: str) -> list[Piece]:
    """The pieces of what an agent wrote, in order; none if it must not reach the phone."""
    try:
        read = TiledeskReader(project, desk_url).message({**document, "request": request})
    except Unreadable:
        return []
    if not isinstance(read, Message):
        return []
    conversation = Conversation("support", chat, "", "main", document["recipient"], "")
    calls = TelegramPlanner(b"sandbox").plan(read, conversation, document["_id"])
    return [piece for call in calls for piece in pieces(call)]


def pieces(call: Call) -> Iterator[Piece]:
    """The messages that one call makes."""
    if not call.method.startswith("send") or call.method == "sendChatAction":
        return
    album = call.body.get("media")
    if isinstance(album, list):
        yield from (frozenset({mark("", one)}) for one in album if isinstance(one, Mapping))
        return
    marks = set()
    way: Call | None = call
    while way is not None:
        marks.add(mark(way.method, way.body))
        way = way.instead
    yield frozenset(marks)


def mark(method: str, body: Mapping[str, object]) -> str:
    """The mark that this call's message will have."""
    words = squeezed(str(body.get("text") or body.get("caption") or ""))
    return words or (PLACE if method in {"sendLocation", "sendVenue"} else FILE)
