"""Simulators that refuse some sends by chance: nothing takes effect, and the answer says so."""

from bridge.sandbox.faults import Faults

NOT_TAKEN = b'{"success": false, "msg": "Error creating request"}'


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

    That, and the loss of answers, concerns messages alone.
    """

    refuse = 0.0
    refused = 0
    pending: int | None = None

    def __init__(self, seed: int) -> None:
        super().__init__(seed=seed, body=NOT_TAKEN, content_type="application/json", only=is_message)

    @property
    def status(self) -> int | None:
        """Drawn for each call; the middleware reads it twice."""
        if self.pending is not None:
            status, self.pending = self.pending, None
            return status
        if self.rng.random() < self.refuse * 0.8:
            self.refused += 1
            self.pending = 500
        return self.pending

    @status.setter
    def status(self, status: int | None) -> None:
        assert status is None

    def retry_after(self, destination: int | str, now: float) -> int | None:
        if self.rng.random() < self.refuse * 0.2:
            self.refused += 1
            return 1
        return super().retry_after(destination, now)


def is_message(path: str) -> bool:
    return path.endswith("/messages")
