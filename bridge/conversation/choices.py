"""Which press of a button counts (pure): the first one of an offer, in the chat that it was made in."""

from dataclasses import replace

from bridge.message import ButtonKind, Chosen, Lane, Message, Offer, Press, Used


def pressed(message: Message) -> Press | None:
    """The press that a message is, if it is one."""
    return next((part for part in message.parts if isinstance(part, Press)), None)


def choose(message: Message, press: Press, offer: Offer | None, lane: Lane, by: str) -> tuple[Message, Used] | None:
    """The message with its press made out, and the fact that it uses the offer up; None if it does not count.

    `by` is the press's key: when it is taken up again after a crash, its own earlier use does not stand in its way.
    """
    if offer is None or (offer.channel, offer.chat) != (lane.channel, lane.chat) or offer.chosen_by not in {"", by}:
        return None
    if not 0 <= press.index < len(offer.buttons) or offer.buttons[press.index].kind is ButtonKind.URL:
        return None
    others = tuple(button for number, button in enumerate(offer.buttons) if number != press.index)
    chosen = Chosen(offer.buttons[press.index], others)
    parts = tuple(chosen if part is press else part for part in message.parts)
    aside = message.aside or not chosen.button.echo
    return replace(message, parts=parts, aside=aside), Used(offer.id, by)
