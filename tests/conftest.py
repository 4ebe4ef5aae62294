"""What all rooms' tests share."""

import signal
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.tiledesk_server import RealTiledesk, real_tiledesk, reason_to_skip

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what goes on in the background so, and the programs that tests interrupt would inherit it.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def real_server() -> Iterator[RealTiledesk]:
    """The real Tiledesk server, one for the whole run; skips, and says how to get one, where there is none."""
    reason = reason_to_skip()
    if reason is not None:
        pytest.skip(reason)
    with real_tiledesk() as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped and how to run it, once for each reason."""
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(str(report.longrepr[2]).removeprefix("Skipped: ") for report in skipped)
    for reason, count in reasons.most_common():
        terminalreporter.write_line(f"{count} skipped: {reason}")
    terminalreporter.write_line("the long campaigns: make proof")
