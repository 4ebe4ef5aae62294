"""A row of the catalogue, and how rows are made of functions."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import ModuleType

from tests.acceptance.messages.talk import Talk

Play = Callable[[Talk], Awaitable[None]]
NOTHING = "nothing"


@dataclass(frozen=True)
class Row:
    """One kind of message in one direction; the three texts are Markdown for the page, `play` acts and looks."""

    name: str
    sent: str
    arrives: str
    lost: str
    play: Play


def row(name: str, sent: str, arrives: str, lost: str = NOTHING) -> Callable[[Play], Row]:
    """Make a function the proof of a row."""
    return lambda play: Row(name, sent, arrives, lost, play)


def rows_of(*modules: ModuleType) -> tuple[Row, ...]:
    """The rows of some modules, in the order in which they are written."""
    return tuple(one for module in modules for one in vars(module).values() if isinstance(one, Row))
