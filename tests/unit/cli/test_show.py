import pytest

from bridge.cli.show import table, width


@pytest.mark.parametrize(("columns", "wide"), [("80", 80), ("", 200), ("0", 200), ("wide", 200)])
def test_where_there_is_no_terminal_tables_are_as_wide_as_columns_says(
    columns: str, wide: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert width() == wide
    table(("reason",), [["word " * 100]])
    longest = max(len(line.rstrip()) for line in capsys.readouterr().out.splitlines())
    assert wide - 6 < longest <= wide
