import base64
import json
from urllib.parse import quote

import pytest

from bridge.observe import Scrubber

PASSWORD = 'sés"ame\\ 4711/+'
TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJfaWQiOiI1In0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "text",
    [
        f"a password {PASSWORD} in the middle",
        f"https://host/?p={quote(PASSWORD, safe='')}",
        json.dumps({"password": PASSWORD}),
        json.dumps({"shown": repr(PASSWORD)}),
        repr({"password": PASSWORD}),
        base64.b64encode(PASSWORD.encode()).decode(),
    ],
)
def test_a_known_secret_is_masked_however_it_is_written(text: str) -> None:
    scrubbed = Scrubber([PASSWORD]).scrub(text)
    assert "***" in scrubbed
    assert "4711" not in scrubbed
    assert "NDcxMS" not in scrubbed


@pytest.mark.parametrize(
    ("text", "scrubbed"),
    [
        (f"POST https://api.telegram.org/bot{TOKEN}/sendMessage", "POST https://api.telegram.org/bot***/sendMessage"),
        ("http://127.0.0.1:8081/bot42:short/getMe", "http://127.0.0.1:8081/bot***/getMe"),
        (f"token={quote(TOKEN, safe='')}&a=1", "token=***&a=1"),
        (f"token {TOKEN}.", "token ***."),
        (f"Authorization: JWT {JWT}", "Authorization: JWT ***"),
        (f"{{'Authorization': 'Basic {base64.b64encode(b'me@x.org:pw').decode()}'}}", "{'Authorization': 'Basic ***'}"),
        ("authorization: basic YTpi", "authorization: basic ***"),
    ],
)
def test_what_has_the_form_of_a_secret_is_masked_unknown(text: str, scrubbed: str) -> None:
    assert Scrubber().scrub(text) == scrubbed


@pytest.mark.parametrize(
    "text",
    [
        "Basic rules apply, a basic understanding helps",
        "entry 17 at 12:30:59",
        "/bots/list",
        "12345:no token",
        "eyJust.a.word",
    ],
)
def test_ordinary_words_stay(text: str) -> None:
    assert Scrubber(["", "abc"]).scrub(text + " abc") == text + " abc"


def test_the_longer_of_two_secrets_leaves_no_rest() -> None:
    assert Scrubber(["secret", "secret-and-more"]).scrub("secret-and-more, secret") == "***, ***"


def test_secrets_can_be_learnt_later() -> None:
    scrubber = Scrubber()
    scrubber.add("hook-5a7e11")
    assert scrubber.scrub(f"POST /hooks/tiledesk/main/hook-5a7e11 {TOKEN}") == "POST /hooks/tiledesk/main/*** ***"


@pytest.mark.timeout(30)
def test_a_long_text_that_begins_like_a_token_again_and_again_is_read_quickly() -> None:
    text = "eyJaaaaaaaa-" * 40_000
    assert Scrubber().scrub(text) == text
