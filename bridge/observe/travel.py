"""What is measured of a message's journey (pure)."""

from bridge.message import Choice, Chosen, Media, Message, Notice, Part, Pause, Press, Spot, Text

KINDS: dict[type[Part], str] = {
    Text: "text",
    Spot: "spot",
    Press: "press",
    Chosen: "press",
    Choice: "choice",
    Notice: "notice",
}
"""kinds of messages by the first part that says what they are; a file is of its own kind, such as `voice`"""

NOTE, OTHER = "note", "other"
"""a private note of ours, and what has no part that says anything"""


def kind_of(message: Message) -> str:
    """The kind of a message as a label: one of some fifteen words."""
    if message.private:
        return NOTE
    part = next((one for one in message.parts if not isinstance(one, Pause)), None)
    if isinstance(part, Media):
        return part.kind.replace(" ", "_")
    return OTHER if part is None else KINDS[type(part)]


def journey(message: Message, now: float, age: float) -> float:
    """Seconds from the message's own time to `now`, and never less than its `age` in the journal.

    The source's clock may be ahead of ours, and it does not tell the time of a press of a button: then the age is what we know.
    """
    pressed = any(isinstance(part, Press | Chosen) for part in message.parts)
    return max(age, 0.0, 0.0 if pressed or message.sent_at <= 0 else now - message.sent_at)
