"""TDLib's functions that need no network, by Telegram itself; it logs nothing."""

import json
from collections.abc import Mapping
from typing import Any

import tdjson

tdjson.td_execute(b'{"@type": "setLogVerbosityLevel", "new_verbosity_level": 0}')


def tdlib(request: Mapping[str, object]) -> dict[str, Any]:
    """What TDLib answers."""
    answer: dict[str, Any] = json.loads(tdjson.td_execute(json.dumps(request).encode()) or b"{}")
    return answer
