"""Extras: packages that a setting needs and that an upgrade, which makes a new virtualenv, may have left behind."""

import sys

from bridge.observe import Finding
from bridge.settings import Traces

SUBJECT = "traces"

PACKAGES = ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")
"""the extra `otel`"""


def command() -> str:
    """What installs them beside this very program."""
    return f"{sys.executable} -m pip install {' '.join(PACKAGES)}"


def probe(wanted: Traces) -> list[Finding]:
    """Whether the traces that are wanted can be had; nothing if none are."""
    if not wanted.endpoint:
        return []
    try:
        import bridge.observe.traces  # noqa: F401, PLC0415 - most do without
    except ImportError:
        detail = "OpenTelemetry is not installed here, so that messages go without traces"
        advice = f"run `{command()}` and restart, or leave traces.endpoint empty"
        return [Finding(ok=True, subject=SUBJECT, detail=detail, advice=advice, warning=True)]
    return [Finding(ok=True, subject=SUBJECT, detail=f"OpenTelemetry is installed, spans go to {wanted.endpoint}")]
