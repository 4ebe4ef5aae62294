"""Who is who in Telegram's JSON: writers, chats, and whom a forward comes from (pure)."""

from bridge.message import Person
from bridge.telegram.fields import Json, inner, integer, line

NOBODY = "somebody"


def person(writer: Json) -> Person:
    """The writer, with whatever names they have."""
    number = integer(writer["id"])
    return Person(
        id=f"telegram-{number:06d}",  # Tiledesk takes an id of exactly 12 characters for an account's: pad the tiny ones
        first_name=line(writer, "first_name") or line(writer, "title"),
        last_name=line(writer, "last_name"),
        username=line(writer, "username"),
        language=line(writer, "language_code"),
    )


def called(whom: Json) -> str:
    """How a person or a chat is called, with their @username; "" if they have no name at all."""
    full = f"{line(whom, 'first_name')} {line(whom, 'last_name')}".strip() or line(whom, "title")
    handle = line(whom, "username")
    if not handle:
        return full
    return f"{full} (@{handle})" if full else f"@{handle}"


def forwarded_from(message: Json) -> str:
    """Whom a forwarded message comes from, in words; "" if it is no forward."""
    came = inner(message, "forward_origin")
    if came:
        return origin_of(came)
    hidden, signature = line(message, "forward_sender_name"), line(message, "forward_signature")
    name = called(inner(message, "forward_from")) or signed(called(inner(message, "forward_from_chat")), signature)
    return name or hidden or (NOBODY if is_forward(message) else "")


def origin_of(came: Json) -> str:
    """The words for a MessageOrigin of any kind."""
    name = (
        called(inner(came, "sender_user"))
        or line(came, "sender_user_name")
        or signed(called(inner(came, "sender_chat")) or called(inner(came, "chat")), line(came, "author_signature"))
    )
    return name or NOBODY


def signed(name: str, signature: str) -> str:
    """A chat's name with the signature of the one who wrote there."""
    return f"{name}, signed {signature}" if name and signature else name or signature


def is_forward(message: Json) -> bool:
    """Somebody else wrote this first, and the sender may not know what it does."""
    return any(name in message for name in ("forward_origin", "forward_date", "forward_from", "forward_from_chat"))
