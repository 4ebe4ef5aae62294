"""The process's own time."""

from bridge.observe import SteadyClock
from tests.clock import ManualClock


def test_a_clock_that_is_set_is_followed_when_we_say_so_and_no_earlier() -> None:
    machine = ManualClock(1000.0)
    clock = SteadyClock(machine.now, machine.tick)
    machine.move(5.0)
    machine.set(machine.now() + 3600)
    assert (clock.now(), clock.moved()) == (1005.0, 3600.0)
    clock.follow(3600.0)
    assert (clock.now(), clock.moved()) == (4605.0, 0.0)


def test_a_clock_that_is_set_forth_and_back_between_two_looks_was_never_set() -> None:
    machine = ManualClock(1000.0)
    clock = SteadyClock(machine.now, machine.tick)
    machine.set(0.0)
    machine.move(2.0)
    machine.set(1002.0)
    assert (clock.now(), clock.moved()) == (1002.0, 0.0)
