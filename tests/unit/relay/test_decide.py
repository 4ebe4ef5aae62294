import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.message import Blocked
from bridge.outcome import Again, Blame, Busy, Dead, Delivered, Done, NotSent, Outcome, Refused, Unknown, Verdict
from bridge.ports import Entry
from bridge.relay.decide import Policy, decide, expired, named, postponed, together
from bridge.relay.retry import SHORTEST, delay
from tests.unit.relay.bench import entry

NOW = 1e6 + 60
RESEND = Policy()
HOLD = Policy(suspect="hold")
MESSAGE, DESTINATION = Blame.MESSAGE, Blame.DESTINATION
HELD = Dead("held back, it may have arrived: cut", suspect=True)

FRESH = entry()
TRIED = entry(attempts=8)
LAST = entry(attempts=9)
GIVEN_UP = "given up after 10 attempts: "


@pytest.mark.parametrize("policy", [RESEND, HOLD], ids=["resend", "hold"])
@pytest.mark.parametrize("up", [True, False], ids=["up", "down"])
@pytest.mark.parametrize(
    ("known", "outcome", "verdict"),
    [
        (FRESH, Delivered("7"), Done()),
        (LAST, Delivered(), Done()),
        (FRESH, Refused("never", (Blocked("support", "1"),)), Dead("never")),
        (FRESH, Busy(30.0, "slow down"), Again(30.0, "slow down")),
        (FRESH, Busy(30.0, "slow down", DESTINATION), Again(30.0, "slow down")),
        (FRESH, Busy(0.0, "slow down"), Again(SHORTEST, "slow down")),
        (FRESH, Busy(-1.0, "slow down"), Again(SHORTEST, "slow down")),
        (LAST, Busy(30.0, "slow down"), Again(30.0, "slow down")),
        (FRESH, NotSent("refused", DESTINATION), Again(0.0, "refused")),
        (LAST, NotSent("refused", DESTINATION), Again(0.0, "refused")),
        (FRESH, NotSent("odd", MESSAGE), Again(delay(0, 0.5), "odd", spent=True)),
        (TRIED, NotSent("odd", MESSAGE), Again(delay(8, 0.5), "odd", spent=True)),
        (LAST, NotSent("odd", MESSAGE), Dead(GIVEN_UP + "odd")),
    ],
)  # fmt: skip
def test_what_surely_arrived_or_surely_did_not_is_decided_alike_by_every_policy(
    known: Entry, outcome: Outcome, verdict: Verdict, up: bool, policy: Policy
) -> None:
    assert decide(known, outcome, policy, NOW, up=up) == verdict


@pytest.mark.parametrize(
    ("known", "policy", "up", "verdict"),
    [
        (FRESH, RESEND, True, Again(delay(0, 0.5), "cut", spent=True, suspect=True)),
        (FRESH, RESEND, False, Again(delay(0, 0.5), "cut", spent=False, suspect=True)),
        (TRIED, RESEND, True, Again(delay(8, 0.5), "cut", spent=True, suspect=True)),
        (LAST, RESEND, False, Again(delay(9, 0.5), "cut", spent=False, suspect=True)),
        (LAST, RESEND, True, Dead(GIVEN_UP + "cut", suspect=True)),
        (entry(suspect=3), RESEND, False, Again(delay(3, 0.5), "cut", spent=False, suspect=True)),
        (entry(attempts=2, suspect=3), RESEND, True, Again(delay(5, 0.5), "cut", spent=True, suspect=True)),
        (FRESH, HOLD, True, HELD),
        (FRESH, HOLD, False, HELD),
        (LAST, HOLD, True, HELD),
    ],
)
def test_a_lost_answer_spends_an_attempt_only_if_the_destination_is_up(
    known: Entry, policy: Policy, up: bool, verdict: Verdict
) -> None:
    assert decide(known, Unknown("cut"), policy, NOW, up=up) == verdict


# ---------------------------------------------------------------- the deadline


@pytest.mark.parametrize(
    "outcome",
    [Busy(1.0, "why"), NotSent("why", MESSAGE), NotSent("why", DESTINATION), Unknown("why")],
)
def test_after_the_deadline_nothing_is_tried_again_and_the_last_reason_is_told(outcome: Outcome) -> None:
    verdict = decide(FRESH, outcome, RESEND, 1e6 + 24 * 3600)
    assert verdict == Dead("not delivered within 24 h; the last reason: why", suspect=isinstance(outcome, Unknown))


@pytest.mark.parametrize("outcome", [Delivered(), Refused("never")])
def test_an_end_is_an_end_even_after_the_deadline(outcome: Outcome) -> None:
    assert not isinstance(decide(FRESH, outcome, RESEND, 1e6 + 24 * 3600), Again)
    assert "not delivered" not in str(decide(FRESH, outcome, RESEND, 1e6 + 24 * 3600))


def test_an_entry_expires_at_its_deadline_and_not_before() -> None:
    policy = Policy(deadline=90.0)
    assert expired(FRESH, policy, 1e6 + 89.9) is None
    assert expired(FRESH, policy, 1e6 + 90.0) == Dead("not delivered within 0.025 h")


@pytest.mark.parametrize("asked", [7 * 86400.0, 1e300, math.inf])
def test_a_far_side_that_asks_for_more_than_the_deadline_gets_a_dead_letter_then_and_no_call(asked: float) -> None:
    again = decide(FRESH, Busy(asked, "slow down"), RESEND, NOW)
    assert isinstance(again, Again)
    assert expired(FRESH, RESEND, NOW + again.delay) is not None
    assert NOW + again.delay < 1e6 + 24 * 3600 + 1


@given(st.floats(0.0, 1e9), st.floats(0.0, 24 * 3600.0, exclude_max=True))
def test_a_wait_is_kept_in_full_or_ends_at_the_deadline(wait: float, age: float) -> None:
    now = 1e6 + age
    verdict = postponed(FRESH, Again(wait, "why"), RESEND, now)
    if isinstance(verdict, Again):
        assert verdict.delay == wait or expired(FRESH, RESEND, now + verdict.delay) is not None
        assert now + verdict.delay < 1e6 + 24 * 3600 + 1
    else:
        assert expired(FRESH, RESEND, now) is not None


def test_the_jitter_is_drawn_by_the_caller() -> None:
    assert decide(TRIED, NotSent("odd", MESSAGE), RESEND, NOW, draw=0.0) == Again(SHORTEST, "odd", spent=True)
    assert decide(TRIED, NotSent("odd", MESSAGE), RESEND, NOW, draw=0.25) == Again(15.0, "odd", spent=True)


def test_what_died_of_a_lost_answer_is_still_suspect_as_one_part_of_several() -> None:
    dead = decide(LAST, Unknown("cut"), RESEND, NOW)
    assert isinstance(dead, Dead)
    assert together(Dead("part 1: no"), named(dead, 1, 3)).suspect
    assert not together(Dead("part 1: no"), Dead("no")).suspect
