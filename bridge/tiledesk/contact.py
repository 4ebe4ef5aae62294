"""Writes an end user's phone number into their contact at the desk; in the name of our subscription, which may."""

import orjson
import structlog

from bridge.outcome import Blame, Delivered, NotSent, Outcome
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.read import mapping
from bridge.tiledesk.transport import DeskApi, content, said
from bridge.wire import AnswerLost, Reply, Unsent

GATEWAY = frozenset({502, 503, 504})
"""statuses of a server before Tiledesk"""


async def keep_phone(api: DeskApi, keys: Keys, request_id: str, phone: object) -> Outcome:
    """Set the phone of the request's contact. Doing it twice does no harm, and the number stands in the conversation as well.

    So what the desk refuses is let go; only its silence is worth another attempt.
    """
    authorization = keys.authorization()
    if not authorization:
        return NotSent("our subscription, which may change contacts, is not made yet", Blame.DESTINATION)
    try:
        found = await api.get(api.request(request_id), authorization)
        lead = mapping(content(found).get("lead")).get("_id")
        if not isinstance(lead, str):
            return given_up(found)
        reply = await api.call("PUT", f"/{api.project_id}/leads/{lead}", orjson.dumps({"phone": phone}), authorization)
    except (Unsent, AnswerLost) as error:
        return NotSent(str(error), Blame.DESTINATION)
    return Delivered(lead) if reply.status == 200 else given_up(reply)


def given_up(reply: Reply) -> Outcome:
    """What a refusal comes to. A gateway speaks of a desk that is away; whatever the desk itself says, it will say again."""
    if reply.status in GATEWAY:
        return NotSent(f"Tiledesk: {said(reply)}", Blame.DESTINATION)
    structlog.get_logger().warning("the phone number is not written into the contact", reason=said(reply))
    return Delivered()
