"""The switches for trouble on the page, and what each does to the simulators."""

from enum import StrEnum

from bridge.sandbox.stage import Stage

RETRY_AFTER = 4.0
SLOWNESS = 1.2
LOSSES = 0.2


class Trouble(StrEnum):
    """What can be switched on."""

    DESK_DOWN = "desk_down"
    TELEGRAM_DOWN = "telegram_down"
    TOO_MANY = "too_many"
    SLOW = "slow"
    LOSSY = "lossy"


class Troubles:
    """The switches of one stage, all off at first."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.on: set[Trouble] = set()

    async def switch(self, trouble: Trouble, *, on: bool) -> None:
        """Make trouble, or end it."""
        if on == (trouble in self.on):
            return
        (self.on.add if on else self.on.discard)(trouble)
        telegram, tiledesk = self.stage.telegram, self.stage.tiledesk
        match trouble:
            case Trouble.DESK_DOWN:
                await (tiledesk.refuse if on else tiledesk.accept)()
            case Trouble.TELEGRAM_DOWN:
                await (telegram.refuse if on else telegram.accept)()
            case Trouble.TOO_MANY:
                telegram.faults.too_many = RETRY_AFTER if on else None
            case Trouble.SLOW:
                seconds = SLOWNESS if on else 0.0
                telegram.faults.latency = tiledesk.faults.latency = tiledesk.weather.delay = seconds
            case Trouble.LOSSY:
                # By default their dice are loaded, so that tests can be repeated; here nobody should foresee anything.
                telegram.faults.rng.seed()
                tiledesk.faults.rng.seed()
                telegram.faults.lose_answer = tiledesk.faults.lose_answer = LOSSES if on else 0.0

    def shown(self) -> dict[str, bool]:
        """Which are on."""
        return {trouble.value: trouble in self.on for trouble in Trouble}
