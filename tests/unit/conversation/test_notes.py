import pytest

from bridge.conversation.notes import Audience, NoteReader, note, remarked, undelivered
from bridge.errors import Unreadable
from bridge.message import NOTES, Direction, Lane, Notice

LANE = Lane("support", "4711", "7", Direction.OUTBOUND)


def test_a_note_is_read_as_it_was_written() -> None:
    arrival = note(Audience("desk/main", LANE, "request-1"), "не доставлено", "tiledesk/p1/m1/0", 1000.5)
    message = NoteReader().read(arrival.raw)
    assert (message.parts, message.request_id, message.private) == ((Notice("не доставлено"),), "request-1", True)
    assert message.sent_at == 1000.5


def test_a_note_has_a_lane_of_its_own_towards_the_desk() -> None:
    arrival = note(Audience("desk/main", LANE, "request-1"), "words", "key", 1000.0)
    assert arrival.lane == Lane("support", "4711", NOTES, Direction.INBOUND)
    assert arrival.destination == "desk/main"


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"request_id": "r", "text": "t", "at": "soon"}', b"\xff"])
def test_what_is_no_note_is_unreadable(raw: bytes) -> None:
    with pytest.raises(Unreadable):
        NoteReader().read(raw)


def test_agents_read_which_part_of_several_is_missing() -> None:
    assert undelivered("too large", 2, 3) == "⚠️ Not delivered (part 2 of 3): too large"
    assert undelivered("too large", 1, 1) == "⚠️ Not delivered: too large"
    assert remarked("sent as a link").endswith(" sent as a link")
