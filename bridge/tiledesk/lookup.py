"""Has a suspect arrived? Tiledesk keeps our key in the message's attributes, so it can be asked."""

from bridge.tiledesk.plan import STAMP
from bridge.tiledesk.read import mapping
from bridge.tiledesk.transport import DeskApi, parsed
from bridge.wire import Reply


async def find(api: DeskApi, request_id: str, key: object, authorization: str) -> str | Reply:
    """The id of the message in this request that carries our key, "" if there is none; the desk's answer if it says neither.

    Tiledesk has no query for it: the request's whole history comes. Raises what the wire raises.
    """
    reply = await api.get(api.messages(request_id), authorization)
    try:
        messages = parsed(reply.body)
    except ValueError:
        return reply
    if reply.status != 200 or not isinstance(messages, list):
        return reply
    for message in map(mapping, messages):
        stamp = mapping(mapping(message.get("attributes")).get(STAMP))
        if stamp and stamp.get("key") == key:
            return str(message.get("_id"))
    return ""
