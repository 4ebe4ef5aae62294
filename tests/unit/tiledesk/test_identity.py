import asyncio
from collections.abc import AsyncIterator
from typing import Any

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.message import Person
from bridge.telegram.people import person
from bridge.tiledesk import identity
from bridge.tiledesk.identity import Anonymous, NoKeyYet, Signed, SignInFailed
from tests.clock import ManualClock
from tests.scripted import Answer, answer, scripted
from tests.unit.tiledesk.desks import ANN, EVENT, Desk, desk

BOB = Person("telegram-004712", "Bob")
GUESTS = ("POST", "/auth/signinAnonymously")
JOINS = ("POST", "/auth/signinWithCustomToken")


@pytest.fixture
async def scene() -> AsyncIterator[Desk]:
    async with desk(clock=ManualClock(1_760_000_000.0)) as opened:
        yield opened


def claims_of(authorization: str) -> dict[str, Any]:
    assert authorization.startswith("JWT ")
    claims: dict[str, Any] = jwt.decode(authorization.removeprefix("JWT "), options={"verify_signature": False})
    return claims


async def writes(scene: Desk, authorization: str, text: str = "hello") -> int:
    call = scene.plan(text)
    return (await scene.api.post(scene.api.messages(call.to), call.body, authorization)).status


# ---------------------------------------------------------------- guests


async def test_many_calls_of_one_person_at_once_are_one_guest(scene: Desk) -> None:
    guests = scene.anonymous()
    tokens = await asyncio.gather(*(guests.authorization(ANN) for _ in range(20)))
    assert len(set(tokens)) == 1
    assert scene.calls(*GUESTS) == 1
    assert await writes(scene, tokens[0]) == 200


async def test_two_people_are_two_guests(scene: Desk) -> None:
    guests = scene.anonymous()
    assert await guests.authorization(ANN) != await guests.authorization(BOB)
    assert scene.calls(*GUESTS) == 2


async def test_a_guest_has_the_persons_name_as_text(scene: Desk) -> None:
    claims = claims_of(await scene.anonymous().authorization(ANN))
    assert (claims["firstname"], claims["lastname"]) == ("Ann", "Lee")
    odd = claims_of(await scene.anonymous().authorization(Person("telegram-004713", "\\close", "${A}")))
    assert "\\c" not in odd["firstname"]
    assert "${" not in odd["lastname"]
    nameless = claims_of(await scene.anonymous().authorization(Person("telegram-004714", username="x_y")))
    assert nameless["firstname"] == "@x_y"


async def test_a_guest_is_the_same_after_a_restart(scene: Desk) -> None:
    before = await scene.anonymous().authorization(ANN)
    assert await scene.anonymous().authorization(ANN) == before
    assert scene.calls(*GUESTS) == 1


async def test_a_rejected_guest_signs_in_anew_and_that_is_kept(scene: Desk) -> None:
    guests = scene.anonymous()
    before = await guests.authorization(ANN)
    await guests.reject(ANN)
    after = await guests.authorization(ANN)
    assert after != before
    assert await scene.anonymous().authorization(ANN) == after
    assert scene.calls(*GUESTS) == 2


async def test_a_failed_sign_in_is_not_kept_and_the_next_one_is_tried(scene: Desk) -> None:
    guests = scene.anonymous()
    scene.simulator.faults.status = 503
    with pytest.raises(SignInFailed) as caught:
        await asyncio.gather(*(guests.authorization(ANN) for _ in range(3)))
    assert caught.value.status == 503
    scene.simulator.faults.clear()
    assert await writes(scene, await guests.authorization(ANN)) == 200


@pytest.mark.parametrize(
    "told",
    [
        answer(b"<html>"), answer(b"[]"), answer({"token": "JWT x"}), answer({"token": 7, "user": {"_id": "x"}}),
        answer({"token": "JWT x", "user": None}), answer({"user": {"_id": "x"}}), answer({"token": "JWT x"}, 201),
        answer({"success": False, "msg": "no"}, 401),
    ],
)  # fmt: skip
async def test_an_answer_without_a_guest_is_a_failed_sign_in(scene: Desk, told: Answer) -> None:
    async with scripted(told) as server:
        api = type(scene.api)(scene.api.session, server.url, scene.project.id)
        with pytest.raises(SignInFailed):
            await Anonymous("main", api, scene.book).authorization(ANN)
    assert await scene.book.guest("main", ANN.id) is None


async def test_what_is_held_in_memory_is_bounded_and_the_rest_is_in_the_book(
    scene: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "MANY_GUESTS", 2)
    guests = scene.anonymous()
    people = [Person(f"telegram-{number:06d}", "P") for number in range(5)]
    tokens = [await guests.authorization(one) for one in people]
    assert [await guests.authorization(one) for one in people] == tokens
    assert len(guests.known) <= 2
    assert not len(guests.turns.locks)
    assert scene.calls(*GUESTS) == 5


async def test_whom_the_book_has_forgotten_comes_as_somebody_new(scene: Desk) -> None:
    guests = scene.anonymous()
    first = await guests.authorization(ANN)
    await scene.book.forget_guest("main", ANN.id)
    assert await guests.authorization(ANN) == first, "held in memory"
    guests.forget(ANN.id)
    assert await guests.authorization(ANN) != first


# ---------------------------------------------------------------- signed


@pytest.fixture
async def subscribed(scene: Desk) -> Desk:
    await scene.subscriber().ensure()
    return scene


async def test_a_signed_person_has_a_stable_id_a_name_and_an_end(subscribed: Desk) -> None:
    claims = claims_of(await subscribed.signed().authorization(ANN))
    assert (claims["_id"], claims["sub"]) == ("telegram-004711", "userexternal")
    assert (claims["firstname"], claims["lastname"]) == ("Ann", "Lee")
    assert claims["aud"] == f"https://tiledesk.com/subscriptions/{subscribed.keys.subscriptions[EVENT].id}"
    now = subscribed.clock.now()
    assert claims["iat"] < now < claims["exp"] <= now + 2 * 3600
    assert "email" not in claims, "an invented address would overwrite the lead's"


async def test_a_signed_person_is_a_member_and_may_write(subscribed: Desk) -> None:
    assert await writes(subscribed, await subscribed.signed().authorization(ANN)) == 200
    [message] = subscribed.simulator.messages(subscribed.request_id)
    assert message["sender"] == "telegram-004711"


async def test_the_membership_is_made_once_also_over_restarts(subscribed: Desk) -> None:
    for _ in range(3):
        await subscribed.signed().authorization(ANN)
    people = subscribed.signed()
    await people.authorization(ANN)
    await people.authorization(BOB)
    assert subscribed.calls(*JOINS) == 2


async def test_a_token_is_made_anew_long_before_its_end_and_when_the_clock_went_back(subscribed: Desk) -> None:
    people, clock = subscribed.signed(), subscribed.clock
    assert isinstance(clock, ManualClock)
    first = await people.authorization(ANN)
    clock.move(1799)
    assert await people.authorization(ANN) == first
    clock.move(2)
    second = await people.authorization(ANN)
    assert second != first
    assert await writes(subscribed, second) == 200
    clock.move(-100_000)
    assert claims_of(await people.authorization(ANN))["exp"] < claims_of(second)["exp"]


async def test_a_token_survives_clocks_that_differ_by_minutes(subscribed: Desk) -> None:
    clock = subscribed.clock
    assert isinstance(clock, ManualClock)
    token = await subscribed.signed().authorization(ANN)
    for minutes in (25, -50):
        clock.move(minutes * 60)
        assert await writes(subscribed, token) == 200


async def test_without_a_subscription_there_is_no_key_yet(scene: Desk) -> None:
    with pytest.raises(NoKeyYet):
        await scene.signed().authorization(ANN)
    assert scene.calls(*JOINS) == 0


async def test_a_refused_signature_is_a_failed_sign_in_and_not_a_member(subscribed: Desk) -> None:
    for one in subscribed.subscriptions():
        subscribed.simulator._webhooks.remove(one["_id"])
    with pytest.raises(SignInFailed) as caught:
        await subscribed.signed().authorization(ANN)
    assert caught.value.status == 401
    assert await subscribed.book.guest("main", ANN.id) is None


async def test_a_rejected_signature_is_made_with_the_new_secret_for_the_same_person(subscribed: Desk) -> None:
    people = subscribed.signed()
    old = await people.authorization(ANN)
    assert await writes(subscribed, old) == 200
    for one in subscribed.subscriptions():
        subscribed.simulator._webhooks.remove(one["_id"])
    await subscribed.simulator.refuse()
    await subscribed.simulator.accept()  # a restarted server makes other secrets
    await subscribed.subscriber().ensure()
    assert await writes(subscribed, old) == 401
    await people.reject(ANN)
    assert await writes(subscribed, await people.authorization(ANN), "again") == 200
    assert {one["sender"] for one in subscribed.simulator.messages(subscribed.request_id)} == {"telegram-004711"}


async def test_the_two_kinds_of_identity_can_follow_each_other(subscribed: Desk) -> None:
    await subscribed.anonymous().authorization(ANN)
    signed: Signed = subscribed.signed()
    if await writes(subscribed, await signed.authorization(ANN)) == 403:
        await signed.reject(ANN)
    assert await writes(subscribed, await signed.authorization(ANN)) == 200
    guests = subscribed.anonymous()
    if await writes(subscribed, await guests.authorization(ANN)) == 401:
        await guests.reject(ANN)
    assert await writes(subscribed, await guests.authorization(ANN)) == 200


@given(st.integers(min_value=1, max_value=2**52 - 1))
def test_no_id_can_be_taken_for_an_accounts(number: int) -> None:
    """Of 12 characters, or of 24 hex digits, an id is an ObjectId to Tiledesk."""
    signed = person({"id": number}).id
    assert len(signed) != 12
    assert not all(letter in "0123456789abcdef" for letter in signed)


async def test_a_signed_person_whom_the_book_has_forgotten_joins_again(subscribed: Desk) -> None:
    people = subscribed.signed()
    await people.authorization(ANN)
    await subscribed.book.forget_guest("main", ANN.id)
    people.forget(ANN.id)
    await people.authorization(ANN)
    assert subscribed.calls("POST", "/auth/signinWithCustomToken") == 2


@pytest.mark.parametrize("kind", ["anonymous", "signed"])
async def test_whoever_is_forgotten_while_they_sign_in_leaves_nothing_of_it(subscribed: Desk, kind: str) -> None:
    ways: Anonymous | Signed = subscribed.anonymous() if kind == "anonymous" else subscribed.signed()
    many = [asyncio.ensure_future(ways.authorization(ANN)) for _ in range(2)]
    many.append(asyncio.ensure_future(ways.authorization(BOB)))
    await asyncio.sleep(0)  # each begins, and waits for the desk's answer
    ways.forget(ANN.id)
    await asyncio.gather(*many)
    held = ways.known if isinstance(ways, Anonymous) else ways.made
    assert list(held) == [BOB.id]
    assert await subscribed.book.guest("main", ANN.id) is None
    assert await subscribed.book.guest("main", BOB.id) is not None
    await ways.authorization(ANN)
    assert set(held) == {ANN.id, BOB.id}, "they come as somebody new"
