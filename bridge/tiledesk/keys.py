"""The secrets of one desk's subscriptions, shared by the subscriber that gets them and those that check or sign with them."""

import hmac
from dataclasses import dataclass, field

import jwt

from bridge.ports import Subscription


@dataclass(slots=True)
class Keys:
    """Our subscriptions at one desk, by event. `settled` says that they were compared with the desk's list."""

    subscriptions: dict[str, Subscription] = field(default_factory=dict)
    settled: bool = False

    @property
    def signing(self) -> Subscription | None:
        """The subscription whose secret signs end users' tokens."""
        return next(iter(self.subscriptions.values()), None)

    def authorization(self) -> str:
        """The header that speaks for our subscription, which may read and mend requests and contacts; "" if there is none yet."""
        ours = self.signing
        if ours is None:
            return ""
        audience = f"https://tiledesk.com/subscriptions/{ours.id}"
        claims = {"_id": ours.id, "sub": "subscription", "aud": audience, "iss": "https://tiledesk.com"}
        return "JWT " + jwt.encode(claims, ours.secret, algorithm="HS256")

    def know(self, secret: str) -> bool:
        """True if a webhook's `x-hook-secret` is one of ours; constant time for each."""
        given = secret.encode(errors="replace")
        return any(hmac.compare_digest(given, one.secret.encode()) for one in self.subscriptions.values())

    def vouch(self, hook_id: object, token: object) -> bool:
        """Check a webhook body's token where it can be relied on.

        A retry carries hook and token of the project's LAST subscription to the event, which may be somebody else's and signed
        with a secret we never saw. So a token that claims to be of our subscription must be signed with its secret; one that is
        of another says nothing. Its time of issue is not looked at: the desk's clock may be ahead of ours.
        """
        ours = next((one for one in self.subscriptions.values() if one.id == hook_id), None)
        if ours is None:
            return True
        try:
            audience = f"https://tiledesk.com/subscriptions/{ours.id}"
            jwt.decode(str(token), ours.secret, algorithms=["HS256"], audience=audience, options={"verify_iat": False})
        except jwt.InvalidTokenError:
            return False
        return True
