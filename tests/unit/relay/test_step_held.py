import asyncio
from dataclasses import replace

import structlog

from bridge.message import Closed, News, Skip
from bridge.outcome import Dead, Delivered, Done
from bridge.relay.decide import Policy
from bridge.relay.gate import Rate
from tests.edges import LinePlanner, PlainReader
from tests.unit.relay.bench import CHANNEL, DESK, FROM_TELEGRAM, PACED, TALK, Bench, inbound, outbound, talking

HELD = Dead("held back, it may have arrived: its holder died while it was being sent")


async def crashed(bench: Bench, call: int = 0) -> None:
    """Die while a call of a plan of two is being sent."""
    claim = await bench.claim(inbound(1, b"a\nb"))
    await bench.store.begin(claim, claim.entries[0].id, call)
    bench.store.restart()


async def test_what_was_in_flight_at_a_crash_is_held_back_if_the_operator_wants_that() -> None:
    bench = await talking(policy=Policy(suspect="hold"))
    await crashed(bench, 1)
    assert await bench.take(destination=DESK) == HELD
    assert bench.scripted.made == []


async def test_what_can_be_looked_up_is_not_held_back() -> None:
    bench = await talking(policy=Policy(suspect="hold"))
    route = bench.routes[FROM_TELEGRAM, "support"]
    bench.routes[FROM_TELEGRAM, "support"] = replace(route, looks_up=True)
    await crashed(bench)
    assert await bench.take(destination=DESK) == Done()
    assert [(made.text, made.suspect) for made in bench.scripted.made] == [("a", True), ("b", False)]


async def test_a_plan_whose_calls_are_all_delivered_is_not_held_back() -> None:
    bench = await talking(policy=Policy(suspect="hold"))
    await crashed(bench, 2)
    assert await bench.take(destination=DESK) == Done()


async def test_dying_in_the_wait_between_two_calls_repeats_neither() -> None:
    bench = await talking(planner=LinePlanner(PACED), rates={"bot": Rate(25, 5), "chat": Rate(1, 1)})
    claim = await bench.claim(outbound(1, b"a\nb"))
    holder = asyncio.create_task(bench.step.take(claim, claim.entries[0]))
    await asyncio.sleep(0.5)
    holder.cancel()
    bench.store.restart()
    await asyncio.sleep(1.0)
    assert await bench.take(destination=CHANNEL) == Done()
    assert bench.scripted.texts == ["a", "b"]


async def test_an_entrys_id_follows_it_through_the_logs() -> None:
    followed: list[object] = []

    class Sender:
        async def send(self, *_: object, **__: object) -> Delivered:
            followed.append(structlog.contextvars.get_contextvars().get("entry"))
            return Delivered()

    bench = await talking(sender=Sender())
    claim = await bench.claim(inbound(1), inbound(2))
    await bench.lanes().hold(claim)
    assert followed == [entry.id for entry in claim.entries]


async def test_news_are_never_too_late() -> None:
    reader = PlainReader(otherwise={b"1": News((Closed("request-0"),)), b"2": Skip("private note")})
    bench = await talking(reader=reader, policy=Policy(deadline=60.0), script=[Delivered()])
    await bench.store.accept([inbound(1), inbound(2)])
    await asyncio.sleep(60.0)
    assert await bench.take(destination=DESK) == Done("news")
    assert await bench.take(destination=DESK) == Done("private note")
    assert await bench.store.conversation("support", "4711", "") == replace(TALK, closed=True)
