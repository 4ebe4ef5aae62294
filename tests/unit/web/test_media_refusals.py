import html
import re
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from bridge.web.media_page import STYLE, STYLE_HASH
from tests.unit.web.gallery import Gallery, Seen, gallery

CONTENT = bytes(range(256)) * 40

pytestmark = pytest.mark.usefixtures("no_token_in_logs")


# ---------------------------------------------------------------- what is not shown


def alike(seen: Seen) -> tuple[int, bytes, dict[str, str]]:
    return seen.status, seen.body, {name: value for name, value in seen.headers.items() if name != "date"}


async def test_wrong_cut_expired_and_revoked_addresses_get_one_and_the_same_bare_answer(tmp_path: Path) -> None:
    async with gallery(tmp_path, link_days=1) as here:
        url, old = here.shows(CONTENT), here.shows(b"old")
        revoked = here.shows(b"revoked")
        here.book.files.pop(revoked.removeprefix(here.url)[:16])
        here.clock.move(86399)
        assert (await here.ask(url)).status == 200
        later = here.shows(b"later")
        here.clock.move(1)
        wrong = [
            old,
            url,
            revoked,
            later[:-1],
            later + "A",
            later + "/",
            later + "/x",
            here.url + "x",
            here.url + "a/b",
        ]
        wrong += [
            here.url,
            here.url.rstrip("/"),
            here.url + "..%2f..%2fetc%2fpasswd",
            here.url + "%00",
            here.url + "%ff",
        ]
        answers = [alike(await here.ask(one)) for one in wrong]
        assert answers == [answers[0]] * len(wrong)
        status, body, headers = answers[0]
        assert (status, body, headers["cache-control"]) == (404, b"", "no-store")
        assert (await here.ask(later)).status == 200
        assert alike(await here.ask(wrong[0], "HEAD"))[0] == 404


async def test_an_address_that_is_not_ours_asks_nobody(here: Gallery) -> None:
    await here.ask(here.url + "made.up")
    assert (here.book.asked, here.downloads()) == (0, 0)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
async def test_a_window_is_only_looked_through(here: Gallery, method: str) -> None:
    for url in (here.shows(CONTENT), here.url):
        seen = await here.ask(url, method)
        assert (seen.status, seen.body, seen.headers["allow"]) == (405, b"", "GET, HEAD")
        assert seen.headers["x-content-type-options"] == "nosniff"


def reads_well(seen: Seen) -> str:
    """The page's words; it is a page that needs nothing from anywhere."""
    assert seen.headers["content-type"] == "text/html; charset=utf-8"
    assert seen.headers["cache-control"] == "no-store"
    assert seen.words.startswith("<!doctype html>")
    assert not re.search(r"<script|<link|<img|src=|href=|https?:", seen.words)
    assert "width=device-width" in seen.words
    assert STYLE in seen.words
    assert STYLE_HASH in seen.headers["content-security-policy"]
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", " ", seen.words, flags=re.DOTALL))


async def test_a_file_that_is_gone_has_a_page_of_its_own(here: Gallery) -> None:
    media = here.sends(CONTENT)
    here.account.files.gone.add(getattr(media.source, "id", ""))
    seen = await here.ask(here.filed(media).url)
    assert seen.status == 410
    assert "no longer there" in reads_well(seen)


async def test_a_file_that_is_too_large_says_how_large_it_may_be(here: Gallery) -> None:
    seen = await here.ask(here.filed(here.sends(b"x", size=(20 << 20) + 1)).url)
    assert seen.status == 403
    assert "up to 20 MB" in reads_well(seen)


async def test_while_telegram_is_away_one_is_told_to_come_back(
    here: Gallery, logs: list[MutableMapping[str, Any]]
) -> None:
    url = here.shows(CONTENT)
    here.telegram.faults.down = True
    seen = await here.ask(url)
    assert (seen.status, seen.headers["retry-after"]) == (503, "30")
    assert "try again" in reads_well(seen)
    assert "Telegram" not in seen.words, "the page names no internals"
    assert [line["reason"] for line in logs] == ["no answer from Telegram: it closed the connection"]
    here.telegram.faults.clear()
    assert (await here.ask(url)).body == CONTENT


async def test_what_is_on_our_disk_is_shown_while_telegram_is_away(here: Gallery) -> None:
    url = here.shows(CONTENT)
    await here.ask(url)
    here.telegram.faults.down = True
    assert (await here.ask(url)).body == CONTENT


async def test_while_the_journal_can_not_be_read_one_is_told_to_come_back(here: Gallery) -> None:
    url = here.shows(CONTENT)
    here.book.down = True
    seen = await here.ask(url)
    assert seen.status == 503
    assert "try again" in reads_well(seen)
