"""The house rules that a machine can check."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "bridge").rglob("*.py"))
LONGEST = 400
BANNED_NAMES = re.compile(r"(^|_)(utils?|helpers?|managers?|handlers?|processors?|jobs?|tasks?|events?|items?)(_|$)")


@pytest.mark.timeout(180)
def test_the_rooms_see_only_the_floors_below_them() -> None:
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False, timeout=50
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: str(source.relative_to(ROOT)))
def test_a_file_is_short_and_named_for_what_it_is(source: Path) -> None:
    assert len(source.read_text().splitlines()) <= LONGEST
    assert not BANNED_NAMES.search(source.stem)


def test_nothing_imports_the_framework_that_confirms_updates_too_early() -> None:
    found = [
        str(source)
        for source in SOURCES
        if re.search(r"^\s*(from|import) telegram\.ext", source.read_text(), re.MULTILINE)
    ]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_file_holds_names_versions_and_hashes_and_no_addresses(lock: str) -> None:
    lines = (ROOT / lock).read_text().splitlines()
    assert len(lines) > 100
    strange = [
        line
        for line in lines
        if not re.fullmatch(r"[a-z0-9._-]+==\S+( ; [^:]+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ]
    assert strange == []


def test_every_file_the_program_reads_at_run_time_is_in_the_package() -> None:
    data = {path.suffix for path in (ROOT / "bridge").rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert data <= {".py", ".sql", ".html", ".css", ".js", ".svg", ".typed"}
