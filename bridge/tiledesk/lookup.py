"""Has a suspect arrived? Tiledesk keeps our key in the message's attributes, so it can be asked."""

from collections.abc import Mapping

import orjson

from bridge.tiledesk.plan import STAMP
from bridge.tiledesk.transport import DeskApi


async def find(api: DeskApi, request_id: str, key: object, authorization: str) -> str | None:
    """The id of the message in this request that carries our key, "" if there is none, None if the desk did not say.

    Tiledesk has no query for it: the request's whole history comes. Raises what the wire raises.
    """
    reply = await api.get(api.messages(request_id), authorization)
    if reply.status != 200:
        return None
    try:
        messages = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        return None
    for message in messages if isinstance(messages, list) else []:
        attributes = message.get("attributes")
        stamp = attributes.get(STAMP) if isinstance(attributes, Mapping) else None
        if isinstance(stamp, Mapping) and stamp.get("key") == key:
            return str(message.get("_id"))
    return ""
