from pathlib import Path

from bridge.media.probe import probe
from bridge.media.tools import Tools

ALL = Tools(pillow=True, rlottie=True, ffmpeg=True)


def test_a_folder_that_can_be_made_is_fine_and_is_not_made(tmp_path: Path) -> None:
    folder, tools = probe(tmp_path / "a" / "media", ALL)
    assert (folder.ok, tools.ok, tools.advice) == (True, True, "")
    assert not (tmp_path / "a").exists()


def test_a_folder_in_the_place_of_a_file_is_not(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("")
    [folder, _] = probe(tmp_path / "media", ALL)
    assert not folder.ok
    assert "media.folder" in folder.advice


def test_missing_tools_are_named_with_what_they_are_for(tmp_path: Path) -> None:
    [_, tools] = probe(tmp_path, Tools(pillow=True))
    assert tools.ok
    assert "ffmpeg" in tools.advice
    assert "rlottie-python" in tools.advice
    assert "pillow" not in tools.advice
