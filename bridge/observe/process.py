"""What the process itself uses, also where /proc shows processes and nothing else."""

import time

from prometheus_client import ProcessCollector


class OwnProcess(ProcessCollector):
    """prometheus-client's numbers (memory, CPU, open files); without /proc/stat it would give none of them.

    The unit hides that file (`ProcSubset=pid`), so the time of boot is asked of the clocks.
    """

    def _boot_time(self) -> float:
        return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
