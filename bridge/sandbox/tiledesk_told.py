"""What the simulated Tiledesk tells tests and pages: its people and projects, and what happens in it."""

from dataclasses import dataclass
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Person:
    """An account: what it takes to sign in, and a `token` ("JWT …") that needs no signing in."""

    id: str
    email: str
    password: str
    fullname: str
    token: str


@dataclass(frozen=True, slots=True)
class SimulatedProject:
    """What `add_project` made; the owner is available, the agent is a member who isn't."""

    id: str
    department_id: str
    jwt_secret: str
    owner: Person
    agent: Person


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call: `path` is the route's template; `status` is 0 if the client got no answer."""

    method: str
    path: str
    status: int
    at: float


@dataclass(frozen=True, slots=True)
class Happening:
    """Something a page may want to show; `what` is a stored document, a `Call` or a `WebhookCall`."""

    kind: Literal["message", "request", "lead", "call", "webhook"]
    what: Any
