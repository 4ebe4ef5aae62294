"""Agents are told once of a reply that is late, and once when it got through after all."""

from dataclasses import replace

import orjson

from bridge.errors import Unreadable
from bridge.message import NOTES, Message, Reading, Skip, Text
from bridge.outcome import Blame, Dead, Delivered, Done, NotSent, Refused
from bridge.relay.tardy import Tardy
from tests.edges import ANN, PlainReader
from tests.unit.relay.bench import CHANNEL, DESK, FROM_TILEDESK, Bench, outbound, talking


async def tardy(bench: Bench) -> Tardy:
    """The look-out of a bench whose replies have agents who are told."""
    key = (FROM_TILEDESK, "support")
    bench.routes[key] = replace(bench.routes[key], notes=DESK, tells_late=True)
    return Tardy(bench.routes, bench.gates, bench.journal, bench.clock, bench.metrics, 60.0)


async def told(bench: Bench) -> list[str]:
    """The notes that wait for the desk, which are taken."""
    texts = []
    for claim in await bench.store.claim(DESK, 9, 30.0, depth=99):
        if claim.lane.topic == NOTES:
            texts += [orjson.loads(entry.raw)["text"] for entry in claim.entries]
            for entry in claim.entries:
                await bench.store.settle(claim, entry.id, Done())
        await bench.store.release(claim)
    return texts


async def test_a_late_reply_is_told_of_once_with_the_gates_reason() -> None:
    bench = await talking()
    look_out = await tardy(bench)
    await bench.store.accept([outbound(1, b"Your parcel is in Turin")])
    bench.gates[CHANNEL].failed("no connection to Telegram", 0.0, 0.5, began=0.0)
    await bench.clock.sleep(59)
    assert await look_out.look(CHANNEL) == 0
    await bench.clock.sleep(61)
    assert await look_out.look(CHANNEL) == 1
    assert await look_out.look(CHANNEL) == 0
    assert await told(bench) == [
        "⏳ Still trying to deliver “Your parcel is in Turin”, for 2 min now: no connection to Telegram"
    ]


async def test_its_own_reason_is_better_and_the_rest_is_told_when_it_got_through() -> None:
    bench = await talking(script=[NotSent("the file can't be fetched", Blame.MESSAGE), Delivered()])
    look_out = await tardy(bench)
    await bench.take(outbound(1, b"see this"))
    await bench.clock.sleep(100)
    await look_out.look(CHANNEL)
    assert await bench.take(destination=CHANNEL) == Done()
    assert await told(bench) == [
        "⏳ Still trying to deliver “see this”, for 100 s now: the file can't be fetched",
        "✅ Delivered after all “see this”",
    ]


async def test_a_reply_that_becomes_late_while_it_is_in_hand_is_told_of_when_it_got_through() -> None:
    bench = await talking()
    look_out = await tardy(bench)
    claim = await bench.claim(outbound(1, b"a large file"))
    await bench.clock.sleep(100)
    await look_out.look(CHANNEL)
    assert not claim.entries[0].late, "its holder has not seen it"
    assert await bench.step.take(claim, claim.entries[0]) == Done()
    assert [text[0] for text in await told(bench)] == ["⏳", "✅"]


async def test_a_late_reply_that_fails_in_the_end_is_told_as_undelivered() -> None:
    bench = await talking(script=[NotSent("later", Blame.MESSAGE), Refused("never")])
    look_out = await tardy(bench)
    await bench.take(outbound(1, b"see this"))
    await bench.clock.sleep(100)
    await look_out.look(CHANNEL)
    assert await bench.take(destination=CHANNEL) == Dead("never")
    assert (await told(bench))[1:] == ["⚠️ Not delivered: never"]


async def test_a_reply_in_time_is_told_of_by_nobody() -> None:
    bench = await talking()
    look_out = await tardy(bench)
    assert await bench.take(outbound(1)) == Done()
    await bench.clock.sleep(100)
    assert await look_out.look(CHANNEL) == 0
    assert await told(bench) == []


async def test_what_no_agent_said_is_marked_and_not_told_of() -> None:
    readings: dict[bytes, Reading | Exception] = {
        b"1": Skip("private"),
        b"2": Unreadable("odd"),
        b"3": Message(ANN, (Text("x"),), 1e6),
    }
    bench = await talking()
    look_out = await tardy(bench)
    key = (FROM_TILEDESK, "support")
    bench.routes[key] = replace(bench.routes[key], reader=PlainReader(otherwise=readings))
    await bench.store.accept([outbound(number) for number in (1, 2, 3)])
    await bench.clock.sleep(100)
    assert await look_out.look(CHANNEL) == 3
    assert await look_out.look(CHANNEL) == 0
    assert await told(bench) == []


async def test_a_long_reply_is_quoted_by_its_beginning() -> None:
    bench = await talking()
    look_out = await tardy(bench)
    await bench.store.accept([outbound(1, b"word " * 100)])
    await bench.clock.sleep(100)
    await look_out.look(CHANNEL)
    [note] = await told(bench)
    assert note.startswith("⏳ Still trying to deliver “word word word word word word word word…”")
