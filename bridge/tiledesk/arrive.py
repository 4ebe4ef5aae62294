"""A desk's events → arrivals (pure), the same whether a webhook brought them or the request's history."""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson

from bridge.message import Arrival, Lane
from bridge.tiledesk.read import CLOSE_EVENT, moment

TOO_DEEP = b"an event that is nested too deeply to be kept"
"""stands for it in the journal, and becomes a dead letter"""


def arrival(project_id: str, payload: Mapping[str, Any], lane: Lane, *, closing: bool = False) -> Arrival:
    """Wrap an event. Webhooks come in any order, so a lane's order is the time when it happened.

    A closed request was created long before its last messages.
    """
    happened = moment(payload, "closed_at", "updatedAt") if closing else moment(payload)
    order = int(happened * 1000)
    if closing:
        event, key = CLOSE_EVENT, f"close/{payload.get('request_id')}/{order}"
        payload = {name: payload[name] for name in ("id_project", "request_id", "closed_at") if name in payload}
    else:
        event, key = "message.create", str(payload.get("_id") or "")
    try:
        raw = orjson.dumps({"event": event, "payload": payload})
    except TypeError:  # it reads deeper nesting than it writes
        raw = TOO_DEEP
    # Words without an id are not repeats of each other.
    key = key or hashlib.sha256(raw).hexdigest()
    return Arrival(f"tiledesk/{project_id}", key, lane, order, raw, f"channel/{lane.channel}")
