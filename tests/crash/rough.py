"""Simulators that refuse some sends by chance: nothing takes effect, and the answer says so."""

from contextvars import ContextVar

from aiohttp import web

from bridge.sandbox.faults import Faults

NOT_TAKEN = '{"success": false, "msg": "Error creating request"}'

storing: ContextVar[bool] = ContextVar("storing", default=False)
"""whether the call in hand stores a message"""


class RoughTelegram(Faults):
    """Refuses with a 429 for the chat, with probability `refuse`."""

    refuse = 0.0
    refused = 0

    def retry_after(self, destination: int | str, now: float) -> int | None:
        told = super().retry_after(destination, now)
        if told is None and self.rng.random() < self.refuse:
            self.refused += 1
            return 1
        return told


class RoughDesk(Faults):
    """Refuses, with probability `refuse`: says that nothing was stored (500), and every fifth time asks everybody to wait (429).

    That, and the loss of answers, concerns messages alone that are stored: what is only read can't be doubled.
    """

    refuse = 0.0
    refused = 0

    def retry_after(self, destination: int | str, now: float) -> int | None:
        """Asked for each message, before it is stored."""
        if self.rng.random() >= self.refuse:
            storing.set(True)
            return super().retry_after(destination, now)
        self.refused += 1
        if self.rng.random() < 0.2:
            return 1
        raise web.HTTPInternalServerError(text=NOT_TAKEN, content_type="application/json")

    def loses_answer(self) -> bool:
        stored = storing.get()
        storing.set(False)  # a connection's calls share a context
        return stored and super().loses_answer()
