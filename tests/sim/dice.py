"""Chance: three streams for each seed, so that a new draw in one does not reshuffle the others."""

import random
from dataclasses import dataclass


class Dice:
    """`world`: who writes what, and when; `faults`: what goes wrong; `schedule`: who comes first."""

    def __init__(self, seed: int) -> None:
        self.world = random.Random(f"world {seed}")
        self.faults = random.Random(f"faults {seed}")
        self.schedule = random.Random(f"schedule {seed}")
        self._draw = self.schedule.random

    def pause(self, longest: float) -> float:
        """A delay of up to so many seconds."""
        return self._draw() * longest


@dataclass(slots=True)
class Weather:
    """How often a call, a poll or a commit meets which fault, while `on`."""

    refuse: float = 0.015
    """it is turned away, and the message is to blame"""
    busy: float = 0.01
    """the far side asks to wait, in one chat"""
    storm: float = 0.003
    """the far side asks everybody to wait"""
    lose: float = 0.025
    """it arrives, and the answer does not"""
    hang: float = 0.06
    """it arrives, and the answer comes after the lease of the lane has run out; in the slow chat only"""
    unread: float = 0.05
    """a look-up, or a poll, is not answered"""
    disk: float = 0.01
    """a batch is not written"""
    on: bool = True

    def strikes(self, dice: Dice, chance: float) -> bool:
        """Whether that happens now."""
        return self.on and chance > 0 and dice.faults.random() < chance


SLOW = "1"
"""the chat in which answers may come late"""

CALM = Weather(refuse=0, busy=0, storm=0, lose=0, hang=0, unread=0, disk=0)
"""nothing goes wrong; to be copied"""
