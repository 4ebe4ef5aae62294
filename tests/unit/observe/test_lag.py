import asyncio

from bridge.observe.lag import EVERY, Lag
from tests.virtual_time import JumpingLoop


def test_a_loop_that_was_blocked_is_late_by_as_long_and_one_that_turns_is_not() -> None:
    loop = JumpingLoop()
    late: list[float] = []

    def note(seconds: float) -> None:
        late.append(seconds)
        if len(late) == 3:
            looking.cancel()

    def block() -> None:
        loop.jumping.jumped += 3.0

    async def look() -> None:
        loop.call_later(1.5 * EVERY, block)  # before the second look
        await Lag(note).run()

    looking = loop.create_task(look())
    try:
        loop.run_until_complete(asyncio.wait({looking}))
    finally:
        loop.close()
    assert [round(seconds, 6) for seconds in late] == [0.0, 3.0 - EVERY / 2, 0.0]
