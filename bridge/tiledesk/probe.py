"""Tries a desk: the way there, the sign-in, the project, departments, and the right to manage subscriptions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from bridge.observe import Commands, Finding
from bridge.observe.network import Reply, Silence, ask, place
from bridge.settings import Desk

CLOSE_EVENT = "request.close"

USUAL = Commands()

USUAL_UPLOADS = ".jpg,.jpeg,.png,.gif,.pdf,.txt"
"""what a project takes whose settings say nothing of it"""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known here of a desk's subscriptions: whether a daemon looks after them, and the ids that the journal remembers."""

    looked_after: bool = False
    ids: frozenset[str] = frozenset()


UNKNOWN = Kept()


async def probe(
    session: aiohttp.ClientSession,
    name: str,
    desk: Desk,
    public_url: str,
    departments: Mapping[str, str],
    commands: Commands = USUAL,
    kept: Kept = UNKNOWN,
) -> list[Finding]:
    """What Tiledesk says about desk `name`; `departments` are the ids that its channels name, by channel. Holds no secret."""
    way = await reach(session, name, desk)
    if not way.ok:
        return [way]
    authorization = desk.authorization or await sign_in(session, name, desk, commands)
    if isinstance(authorization, Finding):
        return [way, authorization]
    project, told = await see_project(session, name, desk, authorization, commands)
    if not project.ok:
        return [way, project]
    return [
        way,
        project,
        *uploads(name, desk, told),
        *await see_departments(session, desk, departments),
        *await see_subscriptions(session, name, desk, public_url, authorization, commands, kept),
    ]


async def reach(session: aiohttp.ClientSession, name: str, desk: Desk) -> Finding:
    """The server answers, whatever it says."""
    subject = f"desks.{name}: Tiledesk's API"
    match await ask(session, "GET", f"{desk.api_url}/"):
        case Silence(reason, refused):
            first = "is Tiledesk running there? then check" if refused else "check the network and"
            return Finding(ok=False, subject=subject, detail=reason, advice=f"{first} desks.{name}.api_url")
        case Reply(status) if status >= 500:
            detail = f"{place(desk.api_url)} answers {status}"
            return Finding(ok=False, subject=subject, detail=detail, advice="Tiledesk is in trouble, try again later")
        case Reply():
            return Finding(ok=True, subject=subject, detail=f"{place(desk.api_url)} answers")


async def sign_in(session: aiohttp.ClientSession, name: str, desk: Desk, commands: Commands = USUAL) -> str | Finding:
    """The Authorization header, or why there is none."""
    subject = f"desks.{name}: sign-in"
    body = {"email": desk.username, "password": desk.password.get_secret_value()}
    reply = await ask(session, "POST", f"{desk.api_url}/auth/signin", body=body)
    match reply:
        case Reply(200, json=Mapping() as answer) if isinstance(answer.get("token"), str):
            return f"JWT {str(answer['token']).removeprefix('JWT ')}"
        case Reply(401):
            detail = f"Tiledesk refuses {desk.username}: {words(reply)}"
            password = commands.renewed(f"desks.{name}.password")
            advice = (
                f"check desks.{name}.username and password; can you sign in to the dashboard with them? "
                f"The password belongs into {password}"
            )
            return Finding(ok=False, subject=subject, detail=detail, advice=advice)
        case _:
            return odd(
                subject, reply, f"is desks.{name}.api_url the address of the API (it often ends with /v3 or /api)?"
            )


async def see_project(
    session: aiohttp.ClientSession, name: str, desk: Desk, authorization: str, commands: Commands
) -> tuple[Finding, Mapping[str, object]]:
    """The project exists and the account belongs to it; and what Tiledesk tells of it."""
    reply = await get(session, f"{desk.api_url}/projects/{desk.project_id}", authorization)
    told = reply.json if isinstance(reply, Reply) and isinstance(reply.json, Mapping) else {}
    return seen(name, desk, reply, commands), told


def seen(name: str, desk: Desk, reply: Reply | Silence, commands: Commands) -> Finding:
    """What the answer to our look at the project means."""
    subject = f"desks.{name}: project"
    match reply:
        case Reply(200, json=Mapping() as project):
            return Finding(ok=True, subject=subject, detail=f"signed in, the project is {str(project.get('name'))!r}")
        case Reply(401):
            place = commands.renewed(f"desks.{name}.token")
            advice = f"use username and password, which don't expire, or copy a current token to {place}"
            return Finding(ok=False, subject=subject, detail="Tiledesk refuses the token (401)", advice=advice)
        case Reply(403):
            advice = "invite the account to the project, as an administrator"
            return Finding(ok=False, subject=subject, detail="the account does not belong to it (403)", advice=advice)
        case Reply(400 | 404):
            advice = f"check desks.{name}.project_id: it stands in the dashboard's address"
            return Finding(ok=False, subject=subject, detail=f"Tiledesk does not know {desk.project_id}", advice=advice)
        case _:
            return odd(subject, reply, "try again later")


def uploads(name: str, desk: Desk, project: Mapping[str, object]) -> list[Finding]:
    """Which of users' files can be stored in Tiledesk, if they are to be."""
    if desk.media != "upload":
        return []
    subject, widget = f"desks.{name}: uploads", project.get("widget")
    allowed = str(widget.get("allowedUploadExtentions") or "") if isinstance(widget, Mapping) else ""
    if "*/*" in allowed:
        return [Finding(ok=True, subject=subject, detail="Tiledesk takes files with any name")]
    detail = f"Tiledesk takes {allowed or USUAL_UPLOADS} alone, everything else becomes a link"
    advice = "allow more file types in the project's settings, if agents need them there"
    return [Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True)]


async def see_departments(session: aiohttp.ClientSession, desk: Desk, departments: Mapping[str, str]) -> list[Finding]:
    """The departments that channels name exist: with an unknown one, Tiledesk refuses every first message."""
    if not departments:
        return []
    reply = await ask(session, "GET", f"{desk.api_url}/{desk.project_id}/departments")
    names = {str(one.get("_id")): str(one.get("name")) for one in objects(reply)}
    found = []
    for channel, department in departments.items():
        subject = f"channels.{channel}: department"
        if department in names:
            found.append(Finding(ok=True, subject=subject, detail=f"{names[department]!r}"))
        elif names:
            advice = f"use one of {', '.join(f'{id_} ({name})' for id_, name in names.items())}"
            found.append(Finding(ok=False, subject=subject, detail="the project has no such department", advice=advice))
        else:
            found.append(odd(subject, reply, "try again later"))
    return found


async def see_subscriptions(
    session: aiohttp.ClientSession,
    name: str,
    desk: Desk,
    public_url: str,
    authorization: str,
    commands: Commands,
    kept: Kept,
) -> list[Finding]:
    """The account may manage subscriptions, and ours lead here. Their targets end with a secret: only the host is told."""
    subject = f"desks.{name}: subscriptions"
    reply = await get(session, f"{desk.api_url}/{desk.project_id}/subscriptions", authorization)
    if isinstance(reply, Reply) and reply.status == 403:
        advice = "give it the role of an administrator in the dashboard's teammates, or use another account"
        return [Finding(ok=False, subject=subject, detail="the account may not manage them (403)", advice=advice)]
    if not isinstance(reply, Reply) or not isinstance(reply.json, list):
        return [odd(subject, reply, "try again later")]
    path = f"/hooks/tiledesk/{name}/"
    ours = set[str]()
    before, strange = dict[str, str](), list[str]()
    for one in objects(reply):
        event, target = str(one.get("event")), str(one.get("target"))
        if target.startswith(public_url + path):
            ours.add(event)
        elif str(one.get("_id")) in kept.ids:
            before[event] = host_of(target)
        elif path in target:
            strange.append(f"{event} to {host_of(target)}")
    return subscribed(subject, (desk.event, CLOSE_EVENT), public_url, ours, before, strange, commands, kept)


def subscribed(
    subject: str,
    wanted: tuple[str, ...],
    public_url: str,
    ours: Collection[str],
    before: Mapping[str, str],
    strange: Sequence[str],
    commands: Commands,
    kept: Kept,
) -> list[Finding]:
    """What the desk's list of subscriptions means.

    `ours` are the events that lead here, `before` those that the daemon had led elsewhere, with the host, `strange` those that
    somebody else did.
    """
    present = [event for event in wanted if event in ours]
    missing = [event for event in wanted if event not in ours and event not in before]
    found = []
    if present:
        found.append(Finding(ok=True, subject=subject, detail=f"{' and '.join(present)} lead to {public_url}"))
    if missing and kept.looked_after:
        detail = f"none for {' and '.join(missing)}: nothing of that comes here"
        advice = f"the daemon makes them at once with: {commands.reload}; by itself it looks every quarter of an hour"
        found.append(Finding(ok=False, subject=subject, detail=detail, advice=advice))
    elif missing:
        detail, advice = f"none yet for {' and '.join(missing)}", "the daemon makes them when it starts"
        found.append(Finding(ok=True, subject=subject, detail=detail, advice=advice))
    if before:
        detail = f"{' and '.join(before)} still lead to {', '.join(dict.fromkeys(before.values()))}, an older server.public_url"
        advice = f"the daemon moves them: {commands.reload if kept.looked_after else commands.start}"
        found.append(Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True))
    if strange:
        detail = f"a desk of the same name gets its messages elsewhere: {', '.join(strange)}"
        advice = (
            "if server.public_url is right and no other bridge serves this project, delete these in Tiledesk; if one does, "
            "give the desk of one of the two another name ([desks.NAME]) while nothing waits"
        )
        found.append(Finding(ok=False, subject=subject, detail=detail, advice=advice))
    return found


def host_of(target: str) -> str:
    """Where a subscription leads, without the secret."""
    return place(target) if urlsplit(target).hostname else "a broken address"


# ---------------------------------------------------------------- small things


async def get(session: aiohttp.ClientSession, url: str, authorization: str) -> Reply | Silence:
    """GET as the account."""
    return await ask(session, "GET", url, headers={"Authorization": authorization})


def objects(reply: Reply | Silence) -> list[Mapping[str, object]]:
    """The JSON objects of a list; none if the answer is no list."""
    content = reply.json if isinstance(reply, Reply) else None
    return [one for one in content if isinstance(one, Mapping)] if isinstance(content, list) else []


def words(reply: Reply) -> str:
    """What the server says in words."""
    content = reply.json
    told = content.get("msg") or content.get("error") or content.get("err") if isinstance(content, Mapping) else None
    return str(told)[:200] if told else f"status {reply.status}"


def odd(subject: str, reply: Reply | Silence, advice: str) -> Finding:
    """An answer that nobody expects."""
    if isinstance(reply, Silence):
        return Finding(ok=False, subject=subject, detail=reply.reason, advice="check the network, try again later")
    return Finding(ok=False, subject=subject, detail=f"Tiledesk answers {reply.status}: {words(reply)}", advice=advice)
