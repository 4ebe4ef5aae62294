"""Commands, and /start with what a deep link says."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.message import Text
from bridge.telegram.commands import decoded
from tests.unit.telegram.contents import ORIGINS
from tests.unit.telegram.updates import ANN, edit, understood, update


def encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_start_with_a_payload_stays_as_typed_and_is_told_to_bots() -> None:
    said = understood(update(text="/start promo1"))
    assert said.parts == (Text("/start promo1"),)
    assert said.variables == {"telegram_start": "promo1", "telegram_username": "ann_lee"}
    assert (said.origin["command"], said.origin["start"]) == ("start", "promo1")
    assert "start_decoded" not in said.origin


def test_a_payload_that_encodes_a_text_is_decoded() -> None:
    said = understood(update(text=f"/start {encoded('заказ 17')}", **{"from": ANN | {"username": None}}))
    assert said.variables == {"telegram_start": "заказ 17"}
    assert (said.origin["start"], said.origin["start_decoded"]) == (encoded("заказ 17"), "заказ 17")


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("/help", "help"),
        ("/help@support_bot", "help"),
        ("/Help me please", "help"),
        ("/start", "start"),
        ("/start@support_bot\nhello", "start"),
    ],
)
def test_other_commands_are_text(text: str, command: str) -> None:
    said = understood(update(text=text))
    assert (said.parts, said.origin["command"]) == ((Text(text),), command)


@pytest.mark.parametrize(
    "text", ["/", "/usr/bin", " /help", "help /start", "/hé", "//start", "/start,x", "/" + "x" * 33]
)
def test_what_is_no_command_is_not_taken_for_one(text: str) -> None:
    assert "command" not in understood(update(text=text)).origin


@pytest.mark.parametrize("payload", ["", "two words", "ü", "x" * 65, "a=b", "a.b"])
def test_what_no_link_can_say_is_no_payload(payload: str) -> None:
    said = understood(update(text=f"/start {payload}"))
    assert said.variables == {}
    assert "start" not in said.origin


def test_a_command_that_somebody_else_typed_or_that_was_typed_over_commands_nothing() -> None:
    for told in (update(text="/start promo1", forward_origin=ORIGINS["user"]), edit(text="/start promo1")):
        said = understood(told)
        assert said.variables == {}
        assert not {"command", "start"} & said.origin.keys()


@pytest.mark.parametrize(
    "payload",
    ["promo1", "campaign", "SpringSale2026", "BlackFriday", "ref_AnnLee", "utm-FaceBook", "34567890", "b300dc6b", "XGA3TFY9",
     "A", "-", "____", "aGk", "WDxjL2RZ", "AAAA" * 16],
)  # fmt: skip
def test_a_plain_payload_is_left_alone(payload: str) -> None:
    assert decoded(payload) == payload


@pytest.mark.parametrize(
    "text", ["заказ 17", "order=17&src=ig", '{"ref":"a","n":2}', "hello", "Größe", "訂單17", "ref_17"]
)
def test_a_text_is_found_in_its_payload(text: str) -> None:
    assert decoded(encoded(text)) == text


@given(st.from_regex(r"[A-Za-z0-9_-]{1,64}", fullmatch=True))
def test_whatever_is_decoded_is_printable_and_encodes_to_the_payload(payload: str) -> None:
    text = decoded(payload)
    assert text.isprintable()
    assert text == payload or encoded(text) == payload
