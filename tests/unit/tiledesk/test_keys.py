import time

import pytest

from bridge.tiledesk.keys import Keys
from tests.unit.tiledesk.desks import OTHERS, OURS, token

CLOSES = type(OURS)(
    "main", "request.close", "6b02d5624ea1fc505b5ef350", OURS.target, "a-secret-of-36-letters-or-even-more-3"
)


@pytest.fixture
def keys() -> Keys:
    return Keys({one.event: one for one in (OURS, CLOSES)}, settled=True)


def test_the_secret_of_any_of_our_subscriptions_is_known(keys: Keys) -> None:
    assert keys.know(OURS.secret)
    assert keys.know(CLOSES.secret)


@pytest.mark.parametrize("given", ["", "x", OURS.secret[:-1], OURS.secret + " ", OTHERS.secret, "ünïcode", "\udcff"])
def test_no_other_secret_is(keys: Keys, given: str) -> None:
    assert not keys.know(given)


def test_without_subscriptions_nothing_is_known() -> None:
    assert not Keys().know("")
    assert Keys().signing is None


def test_the_first_subscription_signs(keys: Keys) -> None:
    assert keys.signing == OURS


def test_a_token_of_ours_vouches(keys: Keys) -> None:
    assert keys.vouch(OURS.id, token(OURS))
    assert keys.vouch(CLOSES.id, token(CLOSES))


@pytest.mark.parametrize(
    "given",
    [
        None, "", "x", 7, "a.b.c", token(OURS)[:-4], token(OTHERS), token(CLOSES),
        token(OURS, aud=f"https://tiledesk.com/subscriptions/{CLOSES.id}"), token(OURS, aud=None),
    ],
)  # fmt: skip
def test_a_token_that_claims_to_be_ours_must_be_signed_by_us(keys: Keys, given: object) -> None:
    assert not keys.vouch(OURS.id, given)


def test_a_token_without_signature_does_not_vouch(keys: Keys) -> None:
    head, body, _ = token(OURS).split(".")
    assert not keys.vouch(OURS.id, f"{head}.{body}.")
    none = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    assert not keys.vouch(OURS.id, f"{none}.{body}.")


@pytest.mark.parametrize("hook_id", [OTHERS.id, None, "", 7, [OURS.id], {}])
def test_a_retry_with_another_subscriptions_token_says_nothing(keys: Keys, hook_id: object) -> None:
    """A retry carries hook and token of the project's last subscription to the event (a quirk of the server)."""
    assert keys.vouch(hook_id, token(OTHERS))
    assert keys.vouch(hook_id, None)


@pytest.mark.parametrize("ahead", [-86_400, 5, 86_400])
def test_the_desks_clock_may_be_another(keys: Keys, ahead: int) -> None:
    assert keys.vouch(OURS.id, token(OURS, iat=int(time.time()) + ahead))
