import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.web.console.guard import LARGEST_FORM
from tests.patience import PATIENCE
from tests.unit.web.console.operator import BOT_TOKEN, TOKEN, Operator, operator


async def test_a_form_of_another_site_does_nothing(inside: Operator) -> None:
    number, csrf = await inside.dies("a"), await inside.csrf()
    fields = {"csrf": csrf, "what": "retry", "id": str(number)}
    for site in ("cross-site", "same-site"):
        assert (await inside.posts("/console/dead", fields, **{"Sec-Fetch-Site": site})).status == 403
    for wrong in ("", "x", csrf[:-1], "é"):
        assert (await inside.posts("/console/dead", fields | {"csrf": wrong})).status == 403
    assert (await inside.posts("/console/dead", {"what": "retry", "id": str(number)})).status == 403
    assert await inside.states(number) == ["dead"]
    assert (await inside.posts("/console/dead", fields, **{"Sec-Fetch-Site": "same-origin"})).status == 303


async def test_another_site_can_not_log_somebody_in(visitor: Operator) -> None:
    assert (await visitor.logs_in(**{"Sec-Fetch-Site": "cross-site"})).status == 403


@pytest.mark.parametrize("path", ["/console/login", "/console/dead"])
async def test_a_form_that_is_too_large_is_refused_whatever_its_head_says(inside: Operator, path: str) -> None:
    large = b"csrf=" + b"x" * LARGEST_FORM

    async def chunks() -> AsyncIterator[bytes]:
        yield large

    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for body in (large, chunks()):
        assert (await inside.posts(path, body, **form)).status == 413


@pytest.mark.parametrize("body", [b"{}", b"\xff\xfe", b""])
async def test_bodies_that_are_no_form_are_refused(inside: Operator, body: bytes) -> None:
    answer = await inside.posts("/console/dead", body, **{"Content-Type": "application/json"})
    assert answer.status == 415
    answer = await inside.posts("/console/dead", body, **{"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status in {400, 403}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("charset", ["idna", "punycode", "foo", "utf-16", "utf-7"])
async def test_a_charset_that_is_none_of_ours_is_not_even_tried(visitor: Operator, charset: str) -> None:
    form = {"Content-Type": f"application/x-www-form-urlencoded; charset={charset}"}
    answer = await visitor.posts("/console/login", b"token=xn--" + b"9a" * 30_000, **form)
    assert (answer.status, "Content-Security-Policy" in answer.headers) == (415, True)
    form = {"Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    assert (await visitor.posts("/console/login", f"token={TOKEN}", **form)).status == 303


async def test_a_form_for_a_page_that_is_not_there_is_answered_like_the_page(inside: Operator) -> None:
    answer = await inside.posts("/console/nothing", {"csrf": await inside.csrf()})
    assert (answer.status, "Content-Security-Policy" in answer.headers) == (404, True)


@pytest.mark.parametrize(
    "path",
    [
        "/console/../metrics.html",
        "/console/..%2f..%2fetc/passwd",
        "/console/static/../guard.py",
        "/console/templates/base.html",
        "/console/%00",
        "/console/entry/99999999999999999999",
        "/console/entry/-1",
        "/console/entry/1/../../dead/x",
        "/console/console.css/",
    ],
)
async def test_path_tricks_find_nothing(inside: Operator, path: str) -> None:
    async with inside.client.get(inside.address + path, allow_redirects=False) as answer:
        assert answer.status == 404


@pytest.mark.parametrize("path", ["/console/", "/console/login", "/console/nothing", "/console/console.js"])
async def test_no_answer_lets_another_page_in(inside: Operator, path: str) -> None:
    async with inside.client.get(inside.address + path) as answer:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    ["/console/conversations?q=%00%27%22&before=nan", "/console/conversations?before=-1", "/console/audit?before=1e400",
     "/console/audit?before=x", "/console/conversation?channel=a&chat=b&before=9e99", "/console/dead?before=inf"],
)  # fmt: skip
async def test_odd_addresses_are_answered(inside: Operator, path: str) -> None:
    assert (await inside.gets(path))[0] in {200, 404}


async def test_no_page_shows_a_secret(inside: Operator) -> None:
    number = await inside.dies(f"{BOT_TOKEN} {TOKEN}", f"refused with {BOT_TOKEN}")
    for page in ("", "conversations", "dead", "lanes", "settings", "audit", f"entry/{number}", f"find?id={number}"):
        _, text = await inside.gets(f"/console/{page}")
        assert BOT_TOKEN not in text
        assert TOKEN not in text
    assert "(set)" in (await inside.gets("/console/settings"))[1]


async def test_links_to_anything_but_web_pages_are_not_made(inside: Operator) -> None:
    inside.links[:] = ["javascript:alert(1)", "data:text/html,x", "https://files.example.org/a.png"]
    number = await inside.dies("a")
    _, text = await inside.gets(f"/console/entry/{number}")
    assert 'href="https://files.example.org/a.png"' in text
    assert "javascript:" not in text
    assert "data:text" not in text


async def test_the_stream_brings_numbers_and_ends_when_the_session_does(inside: Operator) -> None:
    csrf = await inside.csrf()
    async with asyncio.timeout(PATIENCE), inside.client.get(f"{inside.address}/console/live") as answer:
        assert answer.content_type == "text/event-stream"
        first = await answer.content.readline()
        assert b'"ready": "Everything works"' in first
        await inside.posts("/console/logout", {"csrf": csrf})
        while await answer.content.readline():
            continue


@pytest.mark.parametrize("secret", ["p&ss'w<rd-of-a-desk", "password", "main", "form"])
async def test_secrets_are_masked_whatever_they_look_like_in_html_and_pages_stay_whole(
    tmp_path: Path, secret: str
) -> None:
    async with operator(tmp_path, secret) as inside:
        _, login = await inside.gets("/console/login")
        assert 'type="password"' in login
        assert "<form" in login
        await inside.logs_in()
        number = await inside.dies("words", f"refused: {secret}!")
        for page in ("dead", f"entry/{number}"):
            _, text = await inside.gets(f"/console/{page}")
            assert "refused: ***!" in text
            assert '<main id="main"' in text


async def test_stored_content_with_half_a_character_is_shown(inside: Operator) -> None:
    number = await inside.dies('{"text": "\\ud83d"}')
    assert (await inside.gets(f"/console/entry/{number}"))[0] == 200
