"""Parts that several sending methods share: formatted text, replies, topics."""

from bridge.sandbox.telegram_answers import Asked, Json, bad_request
from bridge.sandbox.telegram_markdown import PARSERS
from bridge.sandbox.telegram_people import Chat
from bridge.sandbox.telegram_text import fixed, units
from bridge.sandbox.telegram_users import without_reply

LONGEST_TEXT = 4096  # UTF-16 code units, after parsing and trimming
LONGEST_CAPTION = 1024


def formatted(asked: Asked, name: str) -> tuple[str, list[Json]]:
    """Read a text parameter with its entities or ``parse_mode``; 400 for what Telegram cannot parse."""
    source = asked.text(name)
    mode = asked.text("parse_mode").lower()
    if mode and mode != "none":
        if mode not in PARSERS:
            raise bad_request("Unsupported parse_mode")
        return fixed(*PARSERS[mode](source))
    entities = asked.array("entities" if name == "text" else f"{name}_entities")
    return fixed(source, entities)


def text_fields(asked: Asked) -> Json:
    """Make the fields of a text message; 400 for an empty or too long text."""
    text, entities = formatted(asked, "text")
    if not text:
        raise bad_request("Message text is empty")
    if len(text) * 2 > LONGEST_TEXT and units(text) > LONGEST_TEXT:
        raise bad_request("Message is too long")
    fields: Json = {"text": text}
    if entities:
        fields["entities"] = entities
    if asked.params.get("link_preview_options"):
        fields["link_preview_options"] = asked.mapping("link_preview_options")
    return fields


def caption_fields(asked: Asked) -> Json:
    """Make the caption's fields of a media message; 400 for a too long one."""
    if not asked.params.get("caption"):
        return {}
    text, entities = formatted(asked, "caption")
    if units(text) > LONGEST_CAPTION:
        raise bad_request("Message caption is too long")
    fields: Json = {"caption": text} if text else {}
    return fields | ({"caption_entities": entities} if entities else {})


def reply_fields(asked: Asked, chat: Chat) -> Json:
    """Make the fields of a reply, and of a topic; 400 where the message or the topic is not there."""
    fields: Json = {}
    thread = asked.integer("message_thread_id")
    if thread:
        if thread not in chat.threads:
            raise bad_request("Message thread not found")
        fields = {"message_thread_id": thread, "is_topic_message": True}
    reply = asked.mapping("reply_parameters")
    number = reply.get("message_id") or asked.integer("reply_to_message_id")
    if number:
        replied = chat.messages.get(int(number))
        if replied is not None:
            fields["reply_to_message"] = without_reply(replied)
        elif not (reply.get("allow_sending_without_reply") or asked.flag("allow_sending_without_reply")):
            raise bad_request("Message to be replied not found")
    return fields
