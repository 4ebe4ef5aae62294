"""Every kind of content beside files, one by one."""

from typing import Any

import pytest
from aiogram import types as aio

from bridge.message import Notice, Part, Spot, Text
from bridge.telegram.kinds import COMMON, KINDS
from bridge.telegram.media import SORTS
from bridge.telegram.read import SERVICE
from tests.unit.telegram.contents import CONTENTS, LIVE, REAL, SPOT
from tests.unit.telegram.updates import NEWS, edit, understood, update


def parts(kind: str, **more: Any) -> tuple[Part, ...]:
    return understood(update(**CONTENTS[kind], **more)).parts


# ---------------------------------------------------------------- the samples themselves


@pytest.mark.parametrize("real", REAL, ids=lambda real: f"{real['update_id']} {list(real)[1]}")
def test_the_samples_are_what_the_bot_api_sends(real: dict[str, Any]) -> None:
    aio.Update.model_validate(real)


def test_every_field_that_a_message_can_have_is_known() -> None:
    fields = {field.alias or name for name, field in aio.Message.model_fields.items()}
    assert fields - COMMON - SERVICE - KINDS.keys() - SORTS.keys() == {"migrate_to_chat_id"}
    assert not COMMON & (SERVICE | KINDS.keys() | SORTS.keys())


# ---------------------------------------------------------------- places and people


def test_a_location_is_a_spot_and_coordinates_for_programs() -> None:
    said = understood(update(location=SPOT))
    assert said.parts == (Spot(45.4642, 9.19),)
    assert said.origin["location"] == SPOT


def test_a_live_location_moves_until_it_ends() -> None:
    assert parts("live location") == (Spot(45.4642, 9.19, live=True),)
    moved = understood(edit(location=LIVE | {"latitude": 45.5}))
    assert moved.parts == (Spot(45.5, 9.19, live=True),)
    assert moved.origin["edit_of"] == 7
    ended = understood(edit(location=SPOT))
    assert ended.parts == (Notice("📍 Live location ended"), Spot(45.4642, 9.19))
    assert ended.sent_at == 1_760_001_800.0


def test_a_venue_has_a_name_and_an_address() -> None:
    assert parts("venue") == (Spot(45.4642, 9.19, title="Duomo", address="Piazza del Duomo, Milano"),)
    assert understood(update(**CONTENTS["venue"])).origin["location"] == {"latitude": 45.4642, "longitude": 9.19}
    assert understood(update(venue={"title": "Bar"})).parts == (Notice("📍 Bar"),)
    assert understood(update(venue={"title": "Bar"}, location=SPOT)).parts == (Spot(45.4642, 9.19, title="Bar"),)


@pytest.mark.parametrize(
    "broken",
    [
        None, {}, {"latitude": 91, "longitude": 0}, {"latitude": 1e300, "longitude": 1}, {"latitude": True, "longitude": 1},
        {"latitude": "45", "longitude": "9"}, {"latitude": 1}, [1, 2],
    ],
)  # fmt: skip
def test_a_point_that_is_on_no_map_is_only_named(broken: Any) -> None:
    whole = update(text=None)
    whole["message"]["location"] = broken
    assert understood(whole).parts == (Notice("[location]"),)


def test_a_contact_is_a_name_and_a_number() -> None:
    said = understood(update(**CONTENTS["contact"]))
    assert said.parts == (Notice("👤 Bob Ross, +393331234567"),)
    assert said.phone == "", "it is somebody else's"


def test_one_s_own_number_becomes_the_author_s_phone() -> None:
    said = understood(update(**CONTENTS["own contact"]))
    assert said.parts == (Notice("👤 Ann, +39333000"),)
    assert said.phone == "+39333000"


@pytest.mark.parametrize(
    ("contact", "line"),
    [
        ({}, "👤 Contact"),
        ({"phone_number": "secret", "user_id": 4711}, "👤 secret"),
        ({"phone_number": 7, "first_name": "Ann\n\x00Lee", "user_id": 4711}, "👤 Ann Lee"),
        ({"phone_number": "1", "user_id": True}, "👤 +1"),
    ],
)
def test_an_odd_contact_is_no_phone_number(contact: dict[str, Any], line: str) -> None:
    said = understood(update(contact=contact))
    assert (said.parts, said.phone) == ((Notice(line),), "")


# ---------------------------------------------------------------- lines


LINES = [
    ("poll", ["📊 Tea or coffee?", "○ Tea", "○ Coffee"]),
    ("dice", ["🎯 5"]),
    ("game", ["[game] Chess"]),
    ("story", ["[story] from News (@news)"]),
    ("paid media", ["[paid media] for 5 Telegram Stars"]),
    ("checklist", ["📋 Moving out", "☑ Keys", "☐ Windows"]),
    ("unique gift", ["[gift] Plush Bear"]),
    ("giveaway", ["[giveaway]"]),
    ("invoice", ["[invoice] Lamp"]),
    ("payment", ["[payment]"]),
    ("refund", ["[refunded payment]"]),
    ("passport data", ["[passport data]"]),
    ("shared users", ["[shared users] Bob"]),
    ("shared chat", ["[shared chat] Club"]),
    ("web app data", ['[web app data] Order, {"n":1}']),
]


@pytest.mark.parametrize(("kind", "lines"), LINES, ids=[kind for kind, _ in LINES])
def test_what_can_not_be_carried_is_told_in_lines(kind: str, lines: list[str]) -> None:
    assert parts(kind) == tuple(map(Notice, lines))


def test_a_gift_comes_with_its_words() -> None:
    assert parts("gift") == (Notice("[gift]"), Text("for **your** help"))


def test_the_words_of_a_rich_message_are_kept() -> None:
    assert parts("rich message") == (
        Notice("[rich message]"),
        Text("Menu\nSee here (→ https://example.org/).\n1. Soup\n2. Fish\nPrices\nSoup | 5\nOur chef Bob\nx^2"),
    )
    assert understood(update(rich_message={"blocks": []})).parts == (Notice("[rich message]"),)
    assert understood(update(rich_message={"blocks": [{"type": "map"}, 7, [[]]]})).parts == (Notice("[rich message]"),)


def test_a_caption_of_paid_media_comes_behind_its_name() -> None:
    assert parts("paid media", caption="only for you") == (
        Notice("[paid media] for 5 Telegram Stars"),
        Text("only for you"),
    )


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"hologram_video": {"file_id": "x"}}, "[hologram video]"),
        ({"is_holographic": True, "future_thing": {}}, "[future thing]"),
        ({"is_holographic": True}, "[is holographic]"),
        ({"a\r\nb\u202e": {}}, "[a b]"),
        ({"text": ""}, "[empty message]"),
        ({"text": " \u3164\u200b"}, "[empty message]"),
        ({" ": {}, "caption": " "}, "[message of an unknown kind]"),
        ({}, "[message of an unknown kind]"),
    ],
)
def test_a_kind_of_a_later_bot_api_is_named_by_its_field(fields: dict[str, Any], line: str) -> None:
    assert understood(update(**fields)).parts == (Notice(line),)


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, [{}], {"": None}])
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_without_its_fields_is_still_named(kind: str, odd: Any) -> None:
    whole = update()
    whole["message"][kind] = odd
    [line] = understood(whole).parts
    assert isinstance(line, Notice)
    assert len(line.text) > 2


def test_what_others_wrote_stays_one_short_line() -> None:
    nasty = "a\nb\u2028c\x00d\x85e\u202e" + "x" * 500
    said: list[dict[str, Any]] = [
        {"poll": {"question": nasty, "options": [{"text": nasty}]}},
        {"checklist": {"title": nasty, "tasks": [{"text": nasty}]}},
        {"contact": {"first_name": nasty, "phone_number": nasty}},
        {"story": {"chat": NEWS | {"title": nasty}}},
        {"game": {"title": nasty}},
        {"users_shared": {"users": [{"first_name": nasty}] * 9}},
        {"dice": {"emoji": nasty, "value": 1}},
        {nasty: {}},
    ]
    for fields in said:
        for part in understood(update(**fields)).parts:
            assert isinstance(part, Notice)
            assert part.text.isprintable()
            assert len(part.text) < 450


def test_an_endless_poll_has_an_end() -> None:
    told = understood(update(poll={"question": "?", "options": [{"text": str(n)} for n in range(1000)]})).parts
    assert len(told) == 40
    assert told[-1] == Notice("… and 962 more")
