"""Who calls: the tokens a simulated Tiledesk signs and the ones it accepts."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import jwt
from jwt.types import Options

from bridge.sandbox.tiledesk_rules import Refused
from bridge.sandbox.tiledesk_world import Account, Document, World

ISSUER = "https://tiledesk.com"
UNAUTHORIZED = Refused(401, "Unauthorized")
END_USERS = ("guest", "userexternal")

# Claims are checked by hand: the real server looks at signature and expiry alone, and time here is the simulator's.
UNCHECKED: Options = {
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
    "verify_aud": False,
    "verify_sub": False,
    "verify_jti": False,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever a token or password speaks for; `claims` are the token's own (empty for a password)."""

    id: str
    fullname: str | None
    claims: Document
    email: str | None = None
    attributes: Any = None
    phone: str | None = None
    account: Account | None = None
    is_subscription: bool = False


def sign(claims: Document, secret: str) -> str:
    """A JWT (HS256) without scheme."""
    return jwt.encode(claims, secret, "HS256")


class Tokens:
    """Signs with the server's own secret and verifies against whichever secret a token's audience names."""

    def __init__(self, world: World, subscription_secrets: dict[str, str]) -> None:
        self._world = world
        self._subscription_secrets = subscription_secrets
        self._secret = world.uuid()
        self._verified: dict[str, tuple[str, Document]] = {}

    def for_person(self, claims: Document, subject: str) -> str:
        """A token of the server's own, ready for the Authorization header; it never expires."""
        standard = {"iat": int(self._world.clock()), "aud": ISSUER, "iss": ISSUER, "sub": subject}
        return "JWT " + sign({**claims, **standard, "jti": self._world.uuid()}, self._secret)

    def for_account(self, account: Account) -> str:
        """The token that signing in with a password gives."""
        names = ("_id", "email", "firstname", "lastname", "emailverified")
        return self.for_person({name: account.document[name] for name in names}, "user")

    def caller(self, header: str | None) -> Caller | Refused:
        """Who an Authorization header speaks for."""
        if header is None:
            return UNAUTHORIZED
        scheme, _, credentials = header.strip().partition(" ")
        if not credentials:
            return Refused(400, "Bad Request")
        match scheme.lower():
            case "jwt":
                claims = self.claims(credentials)
                return UNAUTHORIZED if claims is None else self._who(claims)
            case "basic":
                return self._by_password(credentials)
            case _:
                return UNAUTHORIZED

    def claims(self, token: str) -> Document | None:
        """The claims of a token with a good signature, an id and time left, else None."""
        secret, claims = self._verified.get(token, ("", None))
        if claims is None or self._secret_for(claims) != secret:
            claims = self._verify(token)
        if claims is None:
            return None
        expired = "exp" in claims and claims["exp"] <= self._world.clock()
        return None if expired or "_id" not in claims else claims

    def _verify(self, token: str) -> Document | None:
        try:
            secret = self._secret_for(jwt.decode(token, options={"verify_signature": False}))
            claims = jwt.decode(token, secret, ["HS256"], options=UNCHECKED) if secret is not None else None
        except (jwt.PyJWTError, ValueError):
            return None
        if len(self._verified) > 10_000:
            self._verified.clear()
        if secret is not None and claims is not None:
            self._verified[token] = secret, claims
        return claims

    def _secret_for(self, claims: Document) -> str | None:
        audience = claims.get("aud")
        match urlsplit(audience).path.split("/") if isinstance(audience, str) else []:
            case ["", "projects", identity, *_]:
                project = self._world.projects.get(identity)
                return project.jwt_secret if project else None
            case ["", "subscriptions", identity, *_]:
                return self._subscription_secrets.get(identity)
            case _:
                return self._secret

    def _who(self, claims: Document) -> Caller | Refused:
        identity = str(claims["_id"])
        subject = claims.get("sub")
        if subject in END_USERS:
            fullname = f"{claims.get('firstname') or ''} {claims.get('lastname') or ''}"
            email, attributes, phone = (claims.get(name) for name in ("email", "attributes", "phone"))
            return Caller(identity, fullname, claims, email, attributes, phone)
        if subject == "subscription":
            alive = identity in self._subscription_secrets
            return Caller(identity, None, claims, is_subscription=True) if alive else UNAUTHORIZED
        account = self._world.accounts.get(identity)
        return UNAUTHORIZED if account is None else self._of(account, claims)

    def _by_password(self, credentials: str) -> Caller | Refused:
        try:
            email, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return Refused(400, "Bad Request")
        account = self._world.emails.get(email)
        return self._of(account, {}) if account is not None and account.password == password else UNAUTHORIZED

    @staticmethod
    def _of(account: Account, claims: Document) -> Caller:
        return Caller(account.id, account.fullname, claims, email=account.document["email"], account=account)
