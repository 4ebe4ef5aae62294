import time
from pathlib import Path

from prometheus_client import CollectorRegistry

from bridge.observe.process import OwnProcess


def test_where_proc_shows_processes_alone_the_process_is_measured_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "self").symlink_to("/proc/self")
    registry = CollectorRegistry()
    OwnProcess(proc=str(tmp_path), registry=registry)
    memory = registry.get_sample_value("process_resident_memory_bytes")
    started = registry.get_sample_value("process_start_time_seconds")
    assert memory is not None
    assert memory > 1_000_000
    assert started is not None
    assert time.time() - 86_400 < started <= time.time() + 2
