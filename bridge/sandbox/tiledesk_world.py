"""What a simulated Tiledesk knows: projects, people, departments, leads and requests, as documents that look like its JSON."""

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

ROLES = ("guest", "user", "teammate", "agent", "supervisor", "admin", "owner")
"""From least to most: each may do what those before it may."""

REQUEST_TEMPORARY, REQUEST_UNASSIGNED, REQUEST_ASSIGNED, REQUEST_CLOSED = 50, 100, 200, 1000


def is_object_id(text: str) -> bool:
    """Whether Tiledesk takes this for a database id: 24 hex digits, or (a trap) any 12 characters."""
    return len(text) == 12 or (len(text) == 24 and all(digit in "0123456789abcdefABCDEF" for digit in text))


@dataclass(slots=True, eq=False)
class Account:
    """Someone who signs in with e-mail and password; `document` is what others get to see."""

    document: Document
    password: str

    @property
    def id(self) -> str:
        """24 hex digits."""
        return str(self.document["_id"])

    @property
    def fullname(self) -> str:
        """First and last name."""
        return f"{self.document['firstname']} {self.document['lastname']}"


@dataclass(slots=True, eq=False)
class Member:
    """The place of a person in a project: with an account (agents), or with just an id (end users)."""

    document: Document
    user_id: str
    account: Account | None = None

    def may(self, role: str) -> bool:
        """Whether this member's role is at least `role`."""
        return ROLES.index(self.document["role"]) >= ROLES.index(role)


@dataclass(slots=True, eq=False)
class StoredRequest:
    """A request and its messages, oldest first."""

    document: Document
    project_id: str
    requester_id: str
    messages: list[Document] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether its status is 1000."""
        return bool(self.document["status"] == REQUEST_CLOSED)


@dataclass(slots=True, eq=False)
class Project:
    """One project; `members` are keyed by account id or end user's id, `leads` by the end user's id."""

    document: Document
    jwt_secret: str
    members: dict[str, Member] = field(default_factory=dict)
    departments: dict[str, Document] = field(default_factory=dict)
    leads: dict[str, Document] = field(default_factory=dict)
    requests: list[StoredRequest] = field(default_factory=list)
    requests_of: dict[str, list[StoredRequest]] = field(default_factory=dict)
    banned: set[str] = field(default_factory=set)
    tickets: int = 0

    @property
    def id(self) -> str:
        """24 hex digits."""
        return str(self.document["_id"])

    def available(self) -> list[Member]:
        """Accounts that take requests now."""
        return [m for m in self.members.values() if m.account is not None and m.document["user_available"]]


class World:
    """Everything stored; `clock` gives seconds since the epoch, all random choices come from `rng`."""

    def __init__(self, rng: random.Random, clock: Callable[[], float] = time.time) -> None:
        self.rng = rng
        self.clock = clock
        self.projects: dict[str, Project] = {}
        self.accounts: dict[str, Account] = {}
        self.emails: dict[str, Account] = {}
        self.requests: dict[str, StoredRequest] = {}
        self.messages: dict[str, Document] = {}
        self._machine = f"{rng.getrandbits(40):010x}"
        self._count = rng.getrandbits(20)

    # ------------------------------------------------------------ ids and times

    def object_id(self) -> str:
        """A new id in the manner of MongoDB: seconds, machine, counter; it sorts by age."""
        self._count += 1
        return f"{int(self.clock()) & 0xFFFFFFFF:08x}{self._machine}{self._count & 0xFFFFFF:06x}"

    def uuid(self) -> str:
        """A new random UUID."""
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))

    def stamp(self, at: float | None = None) -> str:
        """An instant as Tiledesk writes it, e.g. `2026-11-23T08:44:51.879Z`; now unless `at` is given."""
        moment = datetime.fromtimestamp(self.clock() if at is None else at, UTC)
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def born(self) -> Document:
        """The fields that end every new document."""
        stamp = self.stamp()
        return {"createdAt": stamp, "updatedAt": stamp, "__v": 0}

    # ------------------------------------------------------------ people

    def add_account(self, email: str, password: str, firstname: str, lastname: str) -> Account:
        """Sign someone up."""
        names = {"email": email, "firstname": firstname, "lastname": lastname, "emailverified": False}
        account = Account({"status": 100, "_id": self.object_id(), **names, **self.born()}, password)
        self.accounts[account.id] = self.emails[email] = account
        return account

    def add_member(self, project: Project, user_id: str, role: str, *, account: Account | None = None) -> Member:
        """Take someone into a project; end users (no account) are `guest` or `user`."""
        identity = self.object_id()
        who: Document = {"uuid_user": user_id} if account is None else {"id_user": account.document}
        document = {
            "user_available": True,
            "number_assigned_requests": 0,
            "last_login_at": self.stamp(),
            "permissions": [],
            "status": "active",
            "trashed": False,
            "_id": identity,
            "id_project": project.id,
            **who,
            "role": role,
            "roleType": 2 if account is None else 1,
            "createdBy": user_id,
            "tags": [],
            **self.born(),
            "isAuthenticated": role != "guest",
            "id": identity,
        }
        member = project.members[user_id] = Member(document, user_id, account)
        return member

    # ------------------------------------------------------------ projects

    def add_project(self, name: str, owner: Account) -> Project:
        """A new project with one department, "Default Department", and its owner in it."""
        identity = self.object_id()
        document = {
            "status": 100,
            "ipFilterEnabled": False,
            "ipFilter": [],
            "ipFilterDenyEnabled": False,
            "ipFilterDeny": [],
            "_id": identity,
            "name": name,
            "activeOperatingHours": False,
            "createdBy": owner.id,
            "profile": {"trialDays": 14, "name": "Sandbox", "agents": 0, "type": "free"},
            "versions": 20115,
            "channels": [{"name": "chat21"}],
            "bannedUsers": [],
            **self.born(),
            "trialExpired": False,
            "trialDaysLeft": -14,
            "isActiveSubscription": False,
            "id": identity,
        }
        project = self.projects[identity] = Project(document, self.uuid())
        self.add_member(project, owner.id, "owner", account=owner)
        self.add_department(project, "Default Department", default=True)
        return project

    def add_department(self, project: Project, name: str, *, default: bool = False) -> str:
        """Add a department; returns its id."""
        identity = self.object_id()
        project.departments[identity] = {
            "routing": "assigned",
            "default": default,
            "status": 1,
            "_id": identity,
            "name": name,
            "id_project": project.id,
            "createdBy": project.document["createdBy"],
            "groups": [],
            "tags": [],
            **self.born(),
            "hasBot": False,
            "id": identity,
        }
        return identity

    # ------------------------------------------------------------ requests

    def request(self, project: Project, request_id: str) -> StoredRequest | None:
        """The request with this id, if it is this project's."""
        stored = self.requests.get(request_id)
        return stored if stored is not None and stored.project_id == project.id else None

    def keep_request(self, project: Project, stored: StoredRequest) -> None:
        """Store a new request under its id."""
        self.requests[stored.document["request_id"]] = stored
        project.requests.append(stored)
        project.requests_of.setdefault(stored.requester_id, []).append(stored)

    def forget_request(self, project: Project, stored: StoredRequest) -> None:
        """Delete a request; its messages stay, as in the real one."""
        del self.requests[stored.document["request_id"]]
        project.requests.remove(stored)
        project.requests_of[stored.requester_id].remove(stored)
