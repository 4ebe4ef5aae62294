from bridge.web.console.session import LIFE, MOST_ADDRESSES, MOST_SESSIONS, TRIES, WINDOW, Sessions

TOKEN = "a-token-that-is-long-enough"


def wrong(sessions: Sessions, times: int, address: str = "192.0.2.1", now: float = 0.0) -> None:
    for _ in range(times):
        assert sessions.log_in("wrong", address, now) is None


def test_wrong_tokens_are_forgiven_after_a_while() -> None:
    sessions = Sessions(TOKEN)
    wrong(sessions, TRIES)
    assert sessions.wait("192.0.2.1", 1.0) == WINDOW - 1.0
    assert sessions.log_in(TOKEN, "192.0.2.1", WINDOW - 0.1) is None
    assert sessions.log_in(TOKEN, "192.0.2.1", WINDOW) is not None


def test_strangers_lock_nobody_else_out() -> None:
    sessions = Sessions(TOKEN)
    for number in range(200):
        wrong(sessions, TRIES, f"192.0.2.{number}")
    assert sessions.log_in(TOKEN, "198.51.100.1", 1.0) is not None


def test_a_right_token_forgives_the_wrong_ones_of_its_address() -> None:
    sessions = Sessions(TOKEN)
    wrong(sessions, TRIES - 1)
    assert sessions.log_in(TOKEN, "192.0.2.1", 0.0)
    wrong(sessions, TRIES - 1)
    assert sessions.wait("192.0.2.1", 0.0) == 0.0


def test_a_session_lives_from_use_to_use() -> None:
    sessions = Sessions(TOKEN)
    cookie = sessions.log_in(TOKEN, "192.0.2.1", 0.0)
    assert cookie
    assert sessions.find(cookie, LIFE)
    assert sessions.find(cookie, 2 * LIFE)
    assert sessions.find(cookie, 2 * LIFE + 1, used=False)
    assert sessions.find(cookie, 3 * LIFE + 1) is None
    assert sessions.find("another", 0.0) is None


def test_memory_is_bounded() -> None:
    sessions = Sessions(TOKEN)
    first = sessions.log_in(TOKEN, "192.0.2.1", 0.0)
    assert first
    for number in range(MOST_SESSIONS):
        sessions.log_in(TOKEN, "192.0.2.1", 1.0 + number)
    assert len(sessions.open) == MOST_SESSIONS
    assert sessions.find(first, 2.0) is None
    for number in range(MOST_ADDRESSES + 10):
        wrong(sessions, 1, f"2001:db8::{number:x}", now=number * WINDOW)
    assert len(sessions.wrong) == MOST_ADDRESSES


def test_what_is_told_is_told_once_and_secrets_are_not_in_its_form() -> None:
    sessions = Sessions(TOKEN)
    cookie = sessions.log_in(TOKEN, "192.0.2.1", 0.0)
    assert cookie
    session = sessions.find(cookie, 0.0)
    assert session
    session.said = "done"
    assert (session.tell(), session.tell()) == ("done", "")
    assert TOKEN not in repr(sessions)
    assert cookie not in repr(sessions)
