from pathlib import Path

import pytest

from bridge.errors import JournalUnavailable
from tests.unit.web.console.operator import TOKEN, Operator, operator

PAGES = (
    "",
    "live",
    "conversations",
    "conversation?chat=1",
    "entry/1",
    "find?id=1",
    "dead",
    "lanes",
    "settings",
    "audit",
)


@pytest.mark.parametrize("page", PAGES)
async def test_who_is_not_logged_in_is_sent_to_the_login_page(visitor: Operator, page: str) -> None:
    async with visitor.client.get(f"{visitor.address}/console/{page}", allow_redirects=False) as answer:
        assert (answer.status, await answer.text()) == (303, "")
        assert answer.headers["Location"].partition("?")[0] == "/console/login"


async def test_the_cookie_is_kept_from_scripts_and_from_other_sites(visitor: Operator) -> None:
    answer = await visitor.logs_in()
    cookie = answer.headers["Set-Cookie"]
    assert (answer.status, answer.headers["Location"]) == (303, "/console/")
    assert all(word in cookie for word in ("HttpOnly", "SameSite=Strict", "Path=/console")), cookie
    assert "Secure" not in cookie, "a browser on http would not send it back"
    assert TOKEN not in cookie


async def test_behind_a_proxy_that_speaks_https_the_cookie_is_secure(visitor: Operator) -> None:
    answer = await visitor.logs_in(**{"X-Forwarded-Proto": "https"})
    assert "Secure" in answer.headers["Set-Cookie"]


async def test_where_the_public_address_is_https_the_cookie_is_secure_whatever_the_proxy_tells(tmp_path: Path) -> None:
    async with operator(tmp_path, public_url="https://bridge.example.org") as visitor:
        asked = {"": False, "bridge.example.org": True, "BRIDGE.example.org:443": True, "evil.example.org": False}
        asked |= {"bridge.example.org:8090": False, "bridge.example.org:x": False}  # no browser comes there by https
        for host, secure in asked.items():
            answer = await visitor.logs_in(**({"Host": host} if host else {}))
            assert ("Secure" in answer.headers["Set-Cookie"]) is secure, host


async def test_two_bridges_on_one_machine_do_not_log_operators_out_of_each_other(visitor: Operator) -> None:
    """Browsers keep cookies by host, not by port."""
    names = [
        (await visitor.logs_in(Host=host)).headers["Set-Cookie"].partition("=")[0]
        for host in ("localhost:8080", "localhost:8081", "bridge.example.org", "[::1]")
    ]
    assert names == ["tiledesk-bridge-8080", "tiledesk-bridge-8081", "tiledesk-bridge", "tiledesk-bridge"]


async def test_a_wrong_token_is_told_and_does_not_let_in(visitor: Operator) -> None:
    answer = await visitor.logs_in("wrong")
    assert (answer.status, "Set-Cookie" in answer.headers) == (401, False)
    assert (await visitor.gets("/console/"))[0] == 303


@pytest.mark.parametrize("token", ["", "é" * 10, "\udcff", TOKEN + "x", TOKEN[:-1]])
async def test_what_is_only_like_the_token_does_not_let_in(visitor: Operator, token: str) -> None:
    answer = await visitor.posts(
        "/console/login",
        b"token=" + token.encode(errors="surrogateescape"),
        **{"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert answer.status in {400, 401}
    assert "Set-Cookie" not in answer.headers


async def test_after_five_wrong_tokens_the_right_one_waits_too_but_not_from_elsewhere(visitor: Operator) -> None:
    for _ in range(5):
        assert (await visitor.logs_in("wrong")).status == 401
    answer = await visitor.logs_in()
    assert answer.status == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 301
    assert (await visitor.logs_in(**{"X-Forwarded-For": "203.0.113.9"})).status == 303


async def test_logging_out_ends_the_session(inside: Operator) -> None:
    assert (await inside.gets("/console/"))[0] == 200
    cookie = next(iter(inside.client.cookie_jar))
    assert (await inside.posts("/console/logout", {"csrf": await inside.csrf()})).status == 303
    inside.headers["Cookie"] = f"{cookie.key}={cookie.value}"
    assert (await inside.gets("/console/"))[0] == 303


async def test_logins_stand_in_the_audit(inside: Operator) -> None:
    assert "from 127.0.0.1" in (await inside.gets("/console/audit"))[1]


async def test_while_the_journal_takes_no_write_an_operator_gets_in_all_the_same(
    visitor: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(by: str, what: str, subject: str) -> None:
        raise JournalUnavailable("the disk is full")

    monkeypatch.setattr(visitor.office, "note_deed", full)
    assert (await visitor.logs_in()).status == 303
    assert (await visitor.gets("/console/"))[0] == 200


async def test_after_the_login_the_page_is_shown_that_was_asked_for(visitor: Operator) -> None:
    async with visitor.client.get(
        f"{visitor.address}/console/dead?reason=a%20b&skip=50", allow_redirects=False
    ) as sent:
        assert sent.headers["Location"] == "/console/login?to=/console/dead%3Freason%3Da%2520b%26skip%3D50"
        _, page = await visitor.gets(sent.headers["Location"])
    assert 'name="to" value="/console/dead?reason=a%20b&amp;skip=50"' in page
    answer = await visitor.posts("/console/login", {"token": TOKEN, "to": "/console/dead?reason=a%20b&skip=50"})
    assert (answer.status, answer.headers["Location"]) == (303, "/console/dead?reason=a%20b&skip=50")


@pytest.mark.parametrize(
    "to",
    [
        "", "//evil.example/console/", "https://evil.example", "/console/\\evil.example", "/console/\r\nX: y", "/hooks",
        "/console/" + "a" * 2000,
    ],
)  # fmt: skip
async def test_no_other_site_is_gone_to_after_the_login(visitor: Operator, to: str) -> None:
    answer = await visitor.posts("/console/login", {"token": TOKEN, "to": to})
    assert (answer.status, answer.headers["Location"]) == (303, "/console/")
