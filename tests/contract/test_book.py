"""What every `Book` promises; facts reach it through the journal, in the commit of a verdict."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from bridge.conversation import rules
from bridge.message import (
    Blocked,
    Button,
    ButtonKind,
    Closed,
    Confirmed,
    Conversation,
    Fact,
    File,
    Filed,
    Moved,
    Offer,
    Offered,
    Opened,
    Reachable,
    StoredFile,
    Used,
)
from bridge.outcome import Done
from bridge.ports import Changes, Guest, Subscription
from tests.clock import ManualClock
from tests.contract.stores import Shelf, Store, arrival, only

ANN = Conversation("support", "1", "", "main", "request-1", "telegram-1")


async def learn(store: Store, *facts: Fact, key: str = "a") -> None:
    await store.accept([arrival(key)])
    claim = await only(store)
    assert await store.settle(claim, claim.entries[0].id, Done(), Changes(facts))
    await store.release(claim)


async def test_an_unknown_chat_has_no_conversation(store: Store) -> None:
    await learn(store, Confirmed("request-1"), Closed("request-1"), Blocked("support", "1"))
    assert await store.conversation("support", "1", "") is None
    assert await store.by_request("request-1") is None


async def test_a_request_that_was_opened_is_found_both_ways(store: Store) -> None:
    await learn(store, Opened(ANN))
    assert await store.conversation("support", "1", "") == ANN
    assert await store.by_request("request-1") == ANN
    assert await store.conversation("support", "1", "topic") is None
    assert await store.conversation("other", "1", "") is None


async def test_an_earlier_request_leads_to_the_chats_conversation_of_today(store: Store) -> None:
    today = replace(ANN, request_id="request-2")
    await learn(store, Opened(ANN), Closed("request-1"), Opened(today))
    assert await store.conversation("support", "1", "") == today
    assert await store.by_request("request-1") == today
    assert await store.by_request("request-2") == today


OTHERS: Sequence[Fact] = [
    Confirmed("request-0"),
    Closed("request-0"),
    Blocked("support", "2"),
    Blocked("other", "1"),
    Reachable("support", "2"),
    Moved("support", "2", "3"),
    Moved("other", "1", "3"),
    Moved("support", "1", "1"),
]


@pytest.mark.parametrize("fact", OTHERS, ids=repr)
async def test_facts_about_others_leave_a_conversation_as_it_is(store: Store, fact: Fact) -> None:
    await learn(store, Opened(ANN), fact)
    assert await store.conversation("support", "1", "") == ANN
    assert await store.by_request("request-1") == ANN


@pytest.mark.parametrize("fact", [Confirmed("request-1"), Closed("request-1"), Blocked("support", "1")], ids=repr)
async def test_a_fact_changes_what_the_rules_say(store: Store, fact: Fact) -> None:
    await learn(store, Opened(ANN), fact)
    assert await store.conversation("support", "1", "") == rules.learn(ANN, fact) != ANN


async def test_a_fact_about_an_earlier_request_does_not_touch_the_present_one(store: Store) -> None:
    today = replace(ANN, request_id="request-2")
    await learn(store, Opened(ANN), Opened(today), Closed("request-1"), Confirmed("request-1"))
    assert await store.by_request("request-1") == today


async def test_a_chat_is_blocked_and_reachable_with_all_its_topics(store: Store) -> None:
    topic = replace(ANN, topic="7", request_id="request-7")
    await learn(store, Opened(ANN), Opened(topic), Blocked("support", "1"))
    assert [c and c.blocked for c in (await store.by_request("request-1"), await store.by_request("request-7"))] == [
        True
    ] * 2
    await learn(store, Reachable("support", "1"), key="b")
    assert await store.conversation("support", "1", "") == ANN
    assert await store.conversation("support", "1", "7") == topic


async def test_a_chat_that_moved_is_found_at_its_new_id_with_all_its_requests(store: Store) -> None:
    today = replace(ANN, request_id="request-2", confirmed=True)
    topic = replace(ANN, topic="7", request_id="request-7")
    await learn(store, Opened(ANN), Opened(today), Opened(topic), Moved("support", "1", "-100"))
    assert await store.conversation("support", "1", "") is None
    assert await store.conversation("support", "-100", "") == replace(today, chat="-100")
    assert await store.conversation("support", "-100", "7") == replace(topic, chat="-100")
    for request in ("request-1", "request-2"):
        assert await store.by_request(request) == replace(today, chat="-100")


async def test_a_move_onto_a_chat_that_has_a_conversation_keeps_the_younger_one(store: Store) -> None:
    younger = replace(ANN, chat="-100", request_id="request-2")
    await learn(store, Opened(ANN), Opened(younger), Moved("support", "1", "-100"))
    assert await store.conversation("support", "1", "") is None
    assert await store.conversation("support", "-100", "") == younger
    assert await store.by_request("request-1") == younger


async def test_reads_see_every_finished_commit(store: Store) -> None:
    for n in range(20):
        await learn(store, Opened(replace(ANN, request_id=f"request-{n}")), key=str(n))
        known = await store.by_request(f"request-{n}")
        assert known is not None
        assert known.request_id == f"request-{n}"


async def test_a_sign_in_is_kept_replaced_and_forgotten(shelf: Shelf) -> None:
    store = shelf.store
    assert await store.guest("main", "telegram-1") is None
    first = Guest("main", "telegram-1", "user", "token")
    await store.keep_guest(first)
    await store.keep_guest(Guest("other", "telegram-1", "user", "other token"))
    second = Guest("main", "telegram-1", "user 2", "token 2")
    assert await store.guest("main", "telegram-1") == first
    await store.keep_guest(second)
    store = await shelf.restart()
    assert await store.guest("main", "telegram-1") == second
    await store.forget_guest("main", "telegram-1")
    await store.forget_guest("main", "telegram-1")
    assert await store.guest("main", "telegram-1") is None
    assert await store.guest("other", "telegram-1") is not None


async def test_there_is_one_subscription_for_each_desk_and_event(store: Store) -> None:
    create = Subscription("main", "message.create", "1", "target", "secret")
    close = Subscription("main", "request.close", "2", "target", "secret")
    for subscription in (close, create, replace(create, id="3"), replace(create, desk="other")):
        await store.keep_subscription(subscription)
    assert await store.subscriptions("main") == [replace(create, id="3"), close]
    assert await store.subscriptions("nobody") == []


async def test_a_secret_is_made_once_and_kept(shelf: Shelf) -> None:
    made = await shelf.store.secret("hook")
    assert len(made) >= 32
    assert made.replace("-", "").replace("_", "").isalnum()
    assert await shelf.store.secret("media") != made
    assert await (await shelf.restart()).secret("hook") == made


async def test_secrets_do_not_show_in_reprs(store: Store) -> None:
    await store.keep_guest(Guest("main", "telegram-1", "user", "hush"))
    assert "hush" not in repr(await store.guest("main", "telegram-1"))


# ---------------------------------------------------------------- files and buttons

PRICES = (Button(ButtonKind.TEXT, "Prices"), Button(ButtonKind.ACTION, "Рассказать", '#block{"a":1}', echo=False))
OFFER = Offer("offer-1", "support", "1", PRICES, at=1000.0)
PHOTO = StoredFile(
    "file-1", File("support", "1", "AgAC-1"), "фото.jpg", "image/jpeg", 1234, File("support", "1", "AgAC-s"), 1000.0
)


async def test_an_offer_is_found_with_its_buttons_and_the_first_press_uses_it_up(store: Store) -> None:
    await learn(store, Offered(OFFER))
    assert await store.offer("offer-1") == OFFER
    await learn(store, Used("offer-1", "press-1"), Used("offer-1", "press-2"), key="b")
    assert await store.offer("offer-1") == replace(OFFER, chosen_by="press-1")


async def test_an_offer_that_is_sent_again_stays_used(store: Store) -> None:
    await learn(store, Offered(OFFER), Used("offer-1", "press-1"), Offered(OFFER))
    assert await store.offer("offer-1") == replace(OFFER, chosen_by="press-1")


async def test_an_offer_moves_with_its_chat(store: Store) -> None:
    await learn(store, Offered(OFFER), Moved("support", "1", "-100"))
    assert await store.offer("offer-1") == replace(OFFER, chat="-100")


async def test_an_unknown_offer_or_file_is_nothing(store: Store) -> None:
    await learn(store, Used("offer-9", "press-1"))
    assert await store.offer("offer-9") is None
    assert await store.stored_file("file-9") is None


async def test_a_file_is_found_by_its_address_also_after_a_restart(shelf: Shelf) -> None:
    bare = StoredFile("file-2", File("support", "1", "AgAC-2"), "", "")
    await learn(shelf.store, Filed(PHOTO), Filed(bare))
    store = await shelf.restart()
    assert await store.stored_file("file-1") == PHOTO
    assert await store.stored_file("file-2") == bare


async def test_a_file_is_forgotten_when_its_addresses_ended_before_that_time(store: Store) -> None:
    ends = replace(PHOTO, expires=5000.0)
    lasts, later = replace(PHOTO, id="file-2"), replace(PHOTO, id="file-3", expires=6000.0)
    await learn(store, Filed(ends), Filed(lasts), Filed(later))
    assert await store.stored_file("file-1") == ends
    await store.prune(5000.0)
    assert await store.stored_file("file-1") == ends
    await store.prune(5001.0)
    assert await store.stored_file("file-1") is None
    assert await store.stored_file("file-2") == lasts
    assert await store.stored_file("file-3") == later


@pytest.mark.parametrize(
    ("first", "then", "kept"), [(10.0, 20.0, 20.0), (20.0, 10.0, 20.0), (0.0, 9.0, 0.0), (9.0, 0.0, 0.0)]
)
async def test_a_file_lasts_as_long_as_the_last_of_its_addresses(
    store: Store, first: float, then: float, kept: float
) -> None:
    await learn(store, Filed(replace(PHOTO, expires=first)), Filed(replace(PHOTO, expires=then)))
    assert await store.stored_file("file-1") == replace(PHOTO, expires=kept)


# ---------------------------------------------------------------- which conversations are open


async def test_open_conversations_are_those_whose_request_is_stored_and_not_closed(store: Store) -> None:
    stored = replace(ANN, confirmed=True)
    others = [
        replace(stored, chat="2", request_id="r2", closed=True),
        replace(stored, chat="3", request_id="r3", confirmed=False),
        replace(stored, chat="4", request_id="r4", desk="other"),
    ]
    await learn(store, *(Opened(one) for one in (stored, *others)))
    assert await store.open_conversations("main", 0.0) == [stored]
    assert await store.open_conversations("other", 0.0) == [others[2]]


async def test_active_conversations_had_an_arrival_lately(store: Store, clock: ManualClock) -> None:
    stored = replace(ANN, confirmed=True)
    quiet = replace(stored, chat="2", request_id="r2")
    await learn(store, Opened(stored), Opened(quiet))
    assert await store.open_conversations("main", clock.now() - 60) == [stored]
    clock.move(120)
    assert await store.open_conversations("main", clock.now() - 60) == []
    await store.accept([arrival("x", chat="2")])
    assert await store.open_conversations("main", clock.now() - 60) == [quiet]
