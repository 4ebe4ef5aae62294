"""What an operator sees: logs without secrets, metrics, health, findings."""

from bridge.observe.clock import SteadyClock
from bridge.observe.commands import Commands
from bridge.observe.finding import Finding, Level
from bridge.observe.health import Health
from bridge.observe.lag import Lag
from bridge.observe.logs import configure, correlated, report_loop, set_level
from bridge.observe.metrics import Metrics
from bridge.observe.pulse import Pulse
from bridge.observe.recent import Latencies, Latency, Trouble, Troubles
from bridge.observe.scrub import Scrubber
from bridge.observe.watch import Watch

__all__ = [
    "Commands",
    "Finding",
    "Health",
    "Lag",
    "Latencies",
    "Latency",
    "Level",
    "Metrics",
    "Pulse",
    "Scrubber",
    "SteadyClock",
    "Trouble",
    "Troubles",
    "Watch",
    "configure",
    "correlated",
    "report_loop",
    "set_level",
]
