import pytest

from bridge.errors import JournalUnavailable
from bridge.relay.intake import Intake
from tests.unit.relay.bench import CHANNEL, DESK, Bench, chat, inbound, outbound


async def test_what_was_accepted_is_in_the_journal_and_counted_as_new() -> None:
    bench = Bench()
    assert await Intake(bench.journal, bench.metrics).accept([inbound(1), inbound(2)]) == 2
    [census] = await bench.store.census()
    assert census.waiting == 2
    assert bench.value("accepted_total", source_kind="telegram", direction="in") == 2
    assert bench.value("repeats_total") == 0


async def test_repeats_are_absorbed_and_counted_as_such() -> None:
    bench = Bench()
    intake = Intake(bench.journal, bench.metrics)
    await intake.accept([inbound(1), inbound(2)])
    assert await intake.accept([inbound(2), inbound(3), inbound(3)]) == 1
    assert bench.value("accepted_total", source_kind="telegram", direction="in") == 3
    assert bench.value("repeats_total") == 2


async def test_what_a_history_has_and_we_know_is_no_repeat_of_anybodys() -> None:
    bench = Bench()
    intake = Intake(bench.journal, bench.metrics)
    await intake.accept([inbound(1)])
    for _ in range(3):
        await intake.read_back([inbound(1), inbound(2)])
    assert bench.value("accepted_total", source_kind="telegram", direction="in") == 2
    assert bench.value("repeats_total") == 0


async def test_many_arrivals_are_one_commit() -> None:
    bench = Bench()
    await Intake(bench.journal, bench.metrics).accept([inbound(1, lane=chat(str(n))) for n in range(100)])
    assert bench.journal.asked["accept"] == 1


async def test_an_empty_batch_does_not_ask_the_journal() -> None:
    bench = Bench()
    bench.journal.down = {"accept"}
    assert await Intake(bench.journal, bench.metrics).accept([]) == 0
    assert not bench.journal.asked


async def test_only_the_destination_that_has_work_is_woken() -> None:
    bench = Bench()
    await Intake(bench.journal, bench.metrics).accept([outbound(1)])
    assert bench.journal.wake(CHANNEL).is_set()
    assert not bench.journal.wake(DESK).is_set()


async def test_what_the_journal_does_not_take_is_neither_counted_nor_said_to_be_ours() -> None:
    bench = Bench()
    bench.journal.down = {"accept"}
    with pytest.raises(JournalUnavailable):
        await Intake(bench.journal, bench.metrics).accept([inbound(1)])
    assert bench.value("accepted_total", source_kind="telegram", direction="in") == 0
