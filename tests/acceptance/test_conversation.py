"""A person on Telegram and an agent in Tiledesk talk through the daemon, against the simulated and the real server."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.acceptance.world import World, until, world

INTAKES = ("polling", "webhook")
IDENTITIES = ("anonymous", "signed")
REAL = pytest.param("real", marks=[pytest.mark.real, pytest.mark.timeout(120)])


@pytest.fixture(params=["simulated", REAL])
async def between(request: pytest.FixtureRequest, tmp_path: Path, intake: str, identity: str) -> AsyncIterator[World]:
    real = request.getfixturevalue("real_server") if request.param == "real" else None
    async with world(tmp_path, real, intake, identity) as running:  # type: ignore[arg-type]  # two of the literals
        yield running


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("intake", INTAKES)
async def test_people_and_agents_talk_through_the_daemon(between: World) -> None:
    """One daemon for both stories: on two cores the real server is what takes the time."""
    await a_conversation_goes_both_ways_and_only_what_is_meant_for_the_user_reaches_them(between)
    await twenty_messages_at_once_by_a_new_user_arrive_in_one_request_in_order(between)


async def a_conversation_goes_both_ways_and_only_what_is_meant_for_the_user_reaches_them(between: World) -> None:
    gina = between.user("Gina")
    name = f"{gina.first_name} Guest"

    # The first message opens a request with name, language, department and channel.
    between.says(gina, "hello there", [{"type": "bold", "offset": 0, "length": 5}])
    [first] = await until(lambda: between.requests_of(name))
    request_id = first["request_id"]
    assert request_id.startswith(f"support-group-{between.desk.project.id}-")
    whole = await between.desk.request(request_id)
    assert whole["first_text"] == "**hello** there"
    assert whole["language"] == "it"
    assert whole["department"]["_id"] == between.desk.project.department_id
    assert whole["channel"] == {"name": "telegram"}
    if between.daemon.environment["BRIDGE_DESKS__MAIN__IDENTITY"] == "signed":
        assert whole["lead"]["lead_id"] == f"telegram-{gina.id}"

    # Of note, info message, echo and reply, the reply alone arrives.
    await between.agent(request_id, "he is a VIP", attributes={"subtype": "private"})
    await between.agent(request_id, "somebody joined", attributes={"subtype": "info"})
    await between.agent(request_id, "Hi **Gina**, read [this](https://example.org/a_b) or run `make`")
    [reply] = await between.gets(gina, 1)
    assert reply["text"] == "Hi Gina, read this or run make"
    assert [(one["type"], one["offset"], one["length"]) for one in reply["entities"]] == [
        ("bold", 3, 4),
        ("text_link", 14, 4),
        ("code", 26, 4),
    ]

    async def note_and_info_were_seen() -> bool:
        return (
            await between.metric("bridge_skipped_total", reason="private") == 1
            and await between.metric("bridge_skipped_total", reason="info") == 1
        )

    await until(note_and_info_were_seen)
    assert await until(lambda: between.metric("bridge_webhook_ignored_total", reason="echo"))
    assert len(between.received(gina)) == 1

    # After a close the next message opens a new request.
    await between.close(request_id)
    between.says(gina, "one more thing")

    async def second() -> str | None:
        found = await between.requests_of(name)
        return next((one["request_id"] for one in found if one["request_id"] != request_id), None)

    second_id = await until(second)
    assert second_id is not None
    await until(lambda: between.texts(second_id))
    await between.agent(second_id, "welcome back")
    assert [one["text"] for one in await between.gets(gina, 2)][1:] == ["welcome back"]


async def twenty_messages_at_once_by_a_new_user_arrive_in_one_request_in_order(between: World) -> None:
    rita = between.user("Rita")
    sent = [f"message {number}" for number in range(20)]
    for text in sent:
        between.says(rita, text)
    [request] = await until(lambda: between.requests_of(f"{rita.first_name} Guest"))

    async def all_there() -> bool:
        return len(await between.texts(request["request_id"])) >= len(sent)

    await until(all_there)
    assert await between.texts(request["request_id"]) == sent
    assert len(await between.requests_of(f"{rita.first_name} Guest")) == 1
