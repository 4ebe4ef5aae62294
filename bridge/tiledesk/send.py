"""Stores one message at the desk and says what came of it."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from bridge.errors import JournalUnavailable
from bridge.fault import point
from bridge.message import Call, Closed, Confirmed, Fact, Person
from bridge.outcome import Blame, Busy, Delivered, NotSent, Outcome, Refused, Unknown
from bridge.ports import Blobs
from bridge.tiledesk.contact import keep_phone
from bridge.tiledesk.deposit import deposit
from bridge.tiledesk.identity import Identity, NoKeyYet, SignInFailed
from bridge.tiledesk.keys import Keys
from bridge.tiledesk.lookup import find
from bridge.tiledesk.plan import FIRST, NOTE, PHONE, STAMP
from bridge.tiledesk.transport import DeskApi, content, said
from bridge.wire import AnswerLost, Reply, Unsent

CLOSED = 1000
"""a closed request's status"""

ELSEWHERE = frozenset({*range(300, 400), 404, 405, 408})
"""what Tiledesk never answers to a message, but a gateway before it, or another server"""


class TiledeskSender:
    """Sends for one desk; never raises for what Tiledesk or the network does."""

    def __init__(self, api: DeskApi, identity: Identity, keys: Keys, blobs: Blobs) -> None:
        self.api = api
        self.identity = identity
        self.keys = keys
        self.blobs = blobs

    async def send(self, call: Call, *, suspect: bool) -> Outcome:
        """Store the message. A suspect is looked for first, and not stored again if it is there."""
        if call.method == PHONE:
            return await keep_phone(self.api, self.keys, call.to, call.body["phone"])
        author = call.author or Person("bridge")
        try:
            authorization = await self.identity.authorization(author)
            found = await find(self.api, call.to, key(call), authorization) if suspect else ""
        except SignInFailed as error:
            blame = Blame.MESSAGE if error.status in {400, 422} else Blame.DESTINATION
            return NotSent(str(error), blame)
        except NoKeyYet:
            return NotSent("our subscription, whose secret signs the identities, is not made yet", Blame.DESTINATION)
        except (Unsent, AnswerLost, JournalUnavailable) as error:
            return NotSent(str(error), Blame.DESTINATION)  # a sign-in or a look, not the message
        if isinstance(found, Reply):
            return await self.heed(author, found.status, untold(call, found))
        if found:
            return Delivered(found, confirmation(call))
        try:
            call = await deposit(self.api, self.blobs, call, authorization)
            point("deposited")
            point("sending")
            reply = await self.api.post(self.api.messages(call.to), call.body, authorization)
        except Unsent as error:
            return NotSent(str(error), Blame.DESTINATION)
        except AnswerLost as error:
            return Unknown(str(error))
        return await self.heed(author, reply.status, outcome(call, reply))

    async def heed(self, author: Person, status: int, result: Outcome) -> Outcome:
        """Forget a sign-in that the desk no longer honours.

        Not for a ban or a quota: the next sign-in makes a new guest, who would not be banned.
        """
        if status in {401, 403} and isinstance(result, NotSent) and result.blame is Blame.MESSAGE:
            with suppress(JournalUnavailable):
                await self.identity.reject(author)
        return result


def key(call: Call) -> object:
    """Our key, as the planner stamped it."""
    attributes = cast(Mapping[str, Any], call.body.get("attributes", {}))
    return attributes.get(STAMP, {}).get("key")


def confirmation(call: Call) -> tuple[Fact, ...]:
    """What is known once a call is stored."""
    return (Confirmed(call.to),) if call.method == FIRST else ()


def untold(call: Call, reply: Reply) -> Outcome:
    """Read an answer that does not say whether a suspect is there: about the sign-in if it speaks of that (pure)."""
    if reply.status in {401, 403}:
        return outcome(call, reply)
    return NotSent(f"the desk does not say whether it arrived: {said(reply)}", Blame.DESTINATION)


def taken(call: Call, told: Mapping[str, Any]) -> Outcome:
    """Read the answer of a success (pure)."""
    if not told.get("_id"):
        return Unknown("the answer is not Tiledesk's: is api_url right?")
    request = told.get("request")
    if isinstance(request, Mapping) and request.get("status") == CLOSED and call.method != NOTE:
        # It is stored, but in a request that nobody looks at any more: it goes into a new one as well.
        return NotSent("the request was closed meanwhile", Blame.MESSAGE, (Closed(call.to),))
    return Delivered(str(told["_id"]), confirmation(call))


def outcome(call: Call, reply: Reply) -> Outcome:
    """Read Tiledesk's answer (pure). Statuses and bodies as measured on 2.19."""
    told = content(reply)
    reason = f"Tiledesk: {said(reply)}"
    match reply.status:
        case status if 200 <= status < 300:
            return taken(call, told)
        case 401 if "ban" in str(told.get("err", "")).lower():
            return Refused("Tiledesk: the user is banned in this project")
        case 403 if "quota" in reason.lower():
            return NotSent(reason, Blame.DESTINATION)
        case 401 | 403:
            return NotSent(reason, Blame.MESSAGE)  # the sign-in is made anew for the next attempt
        case 400 if "project" in reason.lower():
            return NotSent(reason, Blame.DESTINATION)
        case status if status in ELSEWHERE:
            return NotSent(f"{reason}: is api_url right?", Blame.DESTINATION)
        case 429:
            return Busy(reply.retry_after or 1.0, reason, Blame.DESTINATION)
        case 500 if told.get("success") is False and "creating request" in reason:
            return NotSent(reason, Blame.MESSAGE)  # nothing is stored; a race for a new id passes at the next attempt
        case status if status >= 500:
            return Unknown(reason)
        case _:
            return Refused(reason)
