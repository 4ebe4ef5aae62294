"""Real-looking JSON with something wrong in it, the same for the same seed."""

import copy
import random
from collections.abc import Iterator
from typing import Any

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 7, 2**31, 2**53, 2**63 - 1, 2**64 - 1, 1.5, -0.0, 1e300, "", " ", "\x00", "x" * 5000, "🙂",
    "nan", "inf", "2026-01-01", "0001-01-01T00:00:00", "9999-12-31T23:59:59.999999-23:59", "-1", "a.b", "$x",
    [], [None], [[]], [1, "a"], {}, {"": None}, {"id": "x"}, {"type": {}}, {"text": []}, {"a": {"b": {"c": [{}]}}},
)  # fmt: skip


def mutants(seeds: list[Any], count: int, seed: int = 1) -> Iterator[Any]:
    """Yield `count` copies of the seeds with one to four places replaced, removed, doubled or moved."""
    dice = random.Random(seed)
    for _ in range(count):
        whole = [copy.deepcopy(dice.choice(seeds))]
        for _ in range(dice.randint(1, 4)):
            change(whole, dice)
        yield whole[0]


def change(whole: list[Any], dice: random.Random) -> None:
    """Spoil one place."""
    holder, key = dice.choice(list(places(whole)))
    match dice.randrange(5):
        case 0 if isinstance(holder, dict):
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[dice.choice(["text", "id", "type", "from", "chat", "message", "x.y"])] = holder.pop(key)
        case 2:
            inner, there = dice.choice(list(places(whole)))
            holder[key] = copy.deepcopy(inner[there])
        case _:
            holder[key] = copy.deepcopy(dice.choice(ODD))


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every (container, key) within."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield value, key
        yield from places(inner)
