"""What an account of Tiledesk's may choose from: its projects and their departments; for questions before there are settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp

from bridge.observe.network import Reply, Silence, ask
from bridge.tiledesk.probe import get, objects, words

MANAGERS = ("owner", "admin")
"""roles that may manage subscriptions"""


class AccountError(Exception):
    """What was asked for can't be had; the message says why. `refused` if another password would help, no repetition."""

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        super().__init__(reason)
        self.refused = refused


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who has signed in."""

    api_url: str
    name: str
    id: str
    authorization: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Project:
    """A project that the account belongs to, with its role there."""

    id: str
    name: str
    role: str

    @property
    def manageable(self) -> bool:
        """Whether the account may manage subscriptions there."""
        return self.role in MANAGERS


@dataclass(frozen=True, slots=True)
class Department:
    """Where new requests can go."""

    id: str
    name: str
    default: bool


async def sign_in(session: aiohttp.ClientSession, api_url: str, username: str, password: str) -> Account:
    """Sign in with a password. Raises `AccountError`."""
    reply = await ask(session, "POST", f"{api_url}/auth/signin", body={"email": username, "password": password})
    match reply:
        case Reply(200, json=Mapping() as answer) if isinstance(answer.get("token"), str):
            user = answer.get("user")
            told = user if isinstance(user, Mapping) else {}
            name = f"{told.get('firstname') or ''} {told.get('lastname') or ''}".strip() or username
            token = str(answer["token"]).removeprefix("JWT ")
            return Account(api_url, name, str(told.get("_id") or ""), f"JWT {token}")
        case Reply(401):
            raise AccountError(f"Tiledesk refuses {username}: {words(reply)}", refused=True)
        case _:
            raise AccountError(unexpected(reply))


async def projects(session: aiohttp.ClientSession, account: Account) -> list[Project]:
    """The account's projects. Raises `AccountError`."""
    reply = await get(session, f"{account.api_url}/projects", account.authorization)
    if not (isinstance(reply, Reply) and reply.status == 200 and isinstance(reply.json, list)):
        raise AccountError(unexpected(reply))
    found = []
    for member in objects(reply):
        project = member.get("id_project")
        if isinstance(project, Mapping) and project.get("_id") and project.get("status", 100) == 100:
            found.append(Project(str(project["_id"]), str(project.get("name") or "?"), str(member.get("role") or "?")))
    return found


async def departments(session: aiohttp.ClientSession, account: Account, project: str) -> list[Department]:
    """The project's departments. Raises `AccountError`."""
    reply = await get(session, f"{account.api_url}/{project}/departments", account.authorization)
    if not (isinstance(reply, Reply) and reply.status == 200 and isinstance(reply.json, list)):
        raise AccountError(unexpected(reply))
    return [
        Department(str(one["_id"]), str(one.get("name") or "?"), bool(one.get("default")))
        for one in objects(reply)
        if one.get("_id")
    ]


def unexpected(reply: Reply | Silence) -> str:
    """An answer that is not the API's, or none."""
    if isinstance(reply, Silence):
        return reply.reason
    if reply.status >= 500:
        return f"Tiledesk is in trouble: {words(reply)}"
    return f"this is not Tiledesk's API ({words(reply)}); its address often ends with /v3 or /api"
