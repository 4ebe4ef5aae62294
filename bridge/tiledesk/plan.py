"""An end user's message → the calls that store it at the desk (pure)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bridge import __version__
from bridge.message import (
    ButtonKind,
    Call,
    Chosen,
    Conversation,
    Fact,
    File,
    Media,
    MediaKind,
    Message,
    Person,
    Upload,
)
from bridge.ports import Address, Links
from bridge.tiledesk.guard import neutralise
from bridge.tiledesk.words import beside, link, words

STAMP = "bridge"
"""the attribute that holds our key; also how we know our own messages when they come back"""

EMPTY = "[empty message]"
"""Tiledesk refuses an empty text on the first message"""

FIRST = "first message"
LATER = "message"
NOTE = "note"
PHONE = "phone"

UPLOADED = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".gif": "image/gif",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
}
"""what Tiledesk takes from guests as it is installed; it checks the content against the type"""

LARGEST_UPLOAD = 1_024_000
"""bytes, as it is installed"""


@dataclass(frozen=True, slots=True)
class Content:
    """What a message says at the desk."""

    text: str
    type: str = "text"
    metadata: dict[str, object] = field(default_factory=dict)
    attributes: dict[str, object] = field(default_factory=dict)
    facts: tuple[Fact, ...] = ()
    uploads: tuple[Upload, ...] = ()


@dataclass(frozen=True, slots=True)
class TiledeskPlanner:
    """Plans the calls for one channel's messages. `network` is the channel's kind as Tiledesk shall know it.

    `links` gives files addresses of ours; with `uploads` those that Tiledesk takes are stored there instead.
    """

    network: str
    department: str = ""
    links: Links | None = None
    uploads: bool = False

    def plan(self, message: Message, conversation: Conversation, key: str) -> Sequence[Call]:
        """One call a message, and one for a phone number. The first of a request opens it."""
        if message.private:
            return [note(message, conversation, key, self.network)]
        author, content = message.author, self.content(message)
        attributes: dict[str, object] = {
            STAMP: {"key": key},
            self.network: dict(message.origin),
            **content.attributes,
        }
        if content.metadata.get("button") is None:  # when a button was pressed, networks don't tell
            attributes["clienttimestamp"] = int(message.sent_at * 1000)
        if message.variables:
            attributes["payload"] = dict(message.variables)
        if message.aside:
            attributes["subtype"] = "info"
        body: dict[str, object] = {
            "text": content.text,
            "type": content.type,
            # Per message, and its default is another channel: without it the request's events would change their names.
            "channel": {"name": self.network},
            "senderFullname": neutralise(author.full_name),
            "attributes": attributes,
        }
        if content.metadata:
            body["metadata"] = content.metadata
        if author.language:
            body["language"] = author.language
        method = LATER
        if not conversation.confirmed:
            method = FIRST
            body |= {
                "sourcePage": f"{self.network}://{conversation.channel}",
                "userAgent": f"tiledesk-bridge/{__version__}",
            }
            if self.department:
                body["departmentid"] = self.department
        said = Call(method, conversation.request_id, body, author=author, uploads=content.uploads, facts=content.facts)
        if not message.phone:
            return [said]
        return [said, Call(PHONE, conversation.request_id, {"phone": message.phone}, author=author)]

    def content(self, message: Message) -> Content:
        """What the parts come to; a message has one file at most."""
        media = next((part for part in message.parts if isinstance(part, Media)), None)
        if media is not None and isinstance(media.source, File) and self.links is not None:
            return self.file(message, media, media.source, self.links.to(media, message.sent_at))
        text = "\n".join(filter(None, map(words, message.parts))) or EMPTY
        chosen = next((part for part in message.parts if isinstance(part, Chosen)), None)
        if chosen is None:
            return Content(text)
        action = chosen.button.target if chosen.button.kind is ButtonKind.ACTION else ""
        return Content(text, "text", {"button": True, "type": "button"}, {"action": action} if action else {})

    def file(self, message: Message, media: Media, file: File, address: Address) -> Content:
        """A message with a file behind a link."""
        lines = [beside(media) if part is media else words(part) for part in message.parts]
        lines.insert(0, link(media, address.name, address.url))
        metadata: dict[str, object] = {
            "src": address.url,
            "downloadURL": address.download_url,
            "name": address.name,
            "type": address.mime,
        }
        octets = octets_at(address, media.size)
        sizes = {"width": media.width, "height": media.height, "size": octets, "duration": media.duration}
        metadata |= {name: value for name, value in sizes.items() if value}
        is_image = media.kind in {MediaKind.IMAGE, MediaKind.STICKER} and address.mime.startswith("image/")
        return Content(
            "\n".join(filter(None, lines)) or address.name or EMPTY,
            "image" if is_image else "file",
            metadata,
            facts=address.facts,
            uploads=(Upload("file", file, address.name, address.mime, media.size),)
            if self.uploads and takes(media, address)
            else (),
        )


def octets_at(address: Address, size: int) -> int:
    """The size of what is at the address: the stored file's, or 0 where something is made of it and nobody knows yet."""
    stored = [fact.stored for fact in address.facts]
    return sum(one.size for one in stored if one.mime == address.mime) if stored else size


def takes(media: Media, address: Address) -> bool:
    """Whether Tiledesk, as it is installed, takes this file from a guest; not what we would have to make first."""
    extension = "." + address.name.lower().rpartition(".")[2]
    same = address.mime == media.mime and UPLOADED.get(extension) == address.mime
    return same and 0 < media.size <= LARGEST_UPLOAD


def note(message: Message, conversation: Conversation, key: str, network: str) -> Call:
    """A private note to the agents of a request.

    In the name of the system: no end user said it, and Tiledesk's bots are not told of what the system says, so none answers.
    """
    body: dict[str, object] = {
        "text": "\n".join(filter(None, map(words, message.parts))) or EMPTY,
        "type": "text",
        "channel": {"name": network},
        "sender": "system",
        "senderFullname": message.author.full_name,
        "attributes": {"subtype": "private", STAMP: {"key": key}},
    }
    return Call(NOTE, conversation.request_id, body, author=Person(conversation.person))
