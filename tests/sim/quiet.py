"""Logs and metrics cost more than the histories they would tell of."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import structlog

from bridge.observe import Metrics
from bridge.relay import lanes


class Mute:
    """A log, or a set of metrics, that nobody reads."""

    def bind(self, **_: object) -> "Mute":
        """Itself."""
        return self

    def __getattr__(self, name: str) -> Any:
        return ignore


def ignore(*_: object, **__: object) -> None:
    """Take anything, do nothing."""


MUTE = Mute()
for _name in ("debug", "info", "warning", "error", "exception", *(one for one in vars(Metrics) if one[0] != "_")):
    setattr(Mute, _name, staticmethod(ignore))  # found at once, without `__getattr__`

METRICS = cast(Metrics, MUTE)


def mute(*_: object, **__: object) -> Any:
    """What `structlog.get_logger` is meanwhile."""
    return MUTE


class Unbound:
    """A context that changes nothing."""

    def __enter__(self) -> None:
        """Enter."""

    def __exit__(self, *_: object) -> None:
        """Leave."""


UNBOUND = Unbound()


def uncorrelated(**_: object) -> Any:
    """What `bridge.observe.correlated` is meanwhile: nobody reads the log whose lines it would bind together."""
    return UNBOUND


@contextmanager
def quiet() -> Iterator[None]:
    """Log nothing for the time of a `with`."""
    patched: Any = lanes
    before = structlog.get_logger, patched.correlated
    structlog.get_logger, patched.correlated = mute, uncorrelated
    try:
        yield
    finally:
        structlog.get_logger, patched.correlated = before
