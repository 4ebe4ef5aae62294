"""Updates that carry no message of their own: who may write to whom, and reactions (pure)."""

from bridge.message import Blocked, News, Reachable
from bridge.telegram.fields import Json, inner, integer, line, mapping, one_line, rows

GONE = frozenset({"kicked", "left"})

UNREACHABLE = "🚫 The user has blocked the bot: replies can't reach them until they unblock it."
REACHABLE = "✅ The user has unblocked the bot: replies reach them again."
REMOVED = "🚫 The bot was removed from the {kind}: replies can't reach it until the bot is added again."
ADDED = "✅ The bot was added to the {kind} again: replies reach it again."


def membership(channel: str, change: Json) -> News:
    """A person blocked or unblocked the bot, or a group removed or added it; told to agents if it is a change."""
    where = mapping(change["chat"])
    chat, private = str(integer(where["id"])), where.get("type", "private") == "private"
    kind = "channel" if where.get("type") == "channel" else "group"
    before, after = inner(change, "old_chat_member"), mapping(change["new_chat_member"])
    was, is_now = present(before), present(after)
    if not is_now:
        note = (UNREACHABLE if private else REMOVED.format(kind=kind)) if was else ""
        return News((Blocked(channel, chat),), note)
    # Who comes for the first time had "left" before: only a bot that was thrown out is back.
    back = before.get("status") == "kicked"
    note = (REACHABLE if private else ADDED.format(kind=kind)) if back else ""
    return News((Reachable(channel, chat),), note)


def present(member: Json) -> bool:
    """Whether a ChatMember is in the chat; somebody restricted may be or not."""
    status = member.get("status")
    if not isinstance(status, str):
        return False
    return status not in GONE and not (status == "restricted" and member.get("is_member") is False)


def reaction_words(change: Json) -> str:
    """What a MessageReactionUpdated says: what is new, or else what is gone."""
    before = [sign(one) for one in rows(change, "old_reaction")]
    after = [sign(one) for one in rows(change, "new_reaction")]
    added = [one for one in after if one not in before]
    removed = [one for one in before if one not in after]
    if added:
        return one_line(f"{' '.join(added)} reacted")
    return one_line(f"{' '.join(removed)} reaction removed") or "reaction"


def sign(reaction: Json) -> str:
    """One reaction, as text."""
    if reaction.get("type") == "paid":
        return "⭐"
    return line(reaction, "emoji", 16) or "[custom emoji]"
