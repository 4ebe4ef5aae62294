"""The ledger finds what is lost, overtaken or repeated without a reason, and blames nothing else."""

from bridge.message import Direction, Lane
from bridge.ports import EntryView, State
from bridge.sandbox.tally import Fate, Ledger

IN, OUT = Direction.INBOUND, Direction.OUTBOUND


def entry(number: int, key: str, state: State, *, way: Direction = IN, suspect: int = 0, reason: str = "") -> EntryView:
    settled = 2.0 if state in {State.DONE, State.DEAD} else None
    lane = Lane("support", "7", "", way)
    return EntryView(number, lane, "source", key, state, reason, 0, 0, suspect, 1.0, settled)


def looked(ledger: Ledger, *entries: EntryView, held: tuple[str, ...] = (), calling: bool = False) -> set[int]:
    ledger.before(held, calling=calling)
    return ledger.after(entries)


def test_a_users_message_goes_from_telegram_through_the_journal_to_the_desk() -> None:
    ledger = Ledger()
    letter = ledger.send(IN, "1", 7, [""])
    fates = []
    looked(ledger, held=("1",))
    fates.append(letter.fate)
    for state in (State.WAITING, State.SENDING):
        assert looked(ledger, entry(1, "1", state)) == {7}
        fates.append(letter.fate)
    ledger.stored("1")
    fates.append(letter.fate)
    assert fates == [Fate.HELD, Fate.KEPT, Fate.SENDING, Fate.THERE]
    assert (ledger.tally(IN).sent, ledger.tally(IN).arrived, ledger.tally(IN).under_way) == (1, 1, 0)


def test_a_message_that_is_nowhere_is_lost() -> None:
    ledger = Ledger()
    ledger.send(IN, "1", 7, [""])
    looked(ledger)
    assert ledger.tally(IN).lost == 1


def test_a_message_that_is_settled_without_having_arrived_is_lost() -> None:
    ledger = Ledger()
    ledger.send(IN, "1", 7, [""])
    looked(ledger, entry(1, "1", State.DONE))
    assert ledger.tally(IN).lost == 1
    ledger.stored("1")
    assert (ledger.tally(IN).lost, ledger.tally(IN).arrived) == (0, 1)


def test_a_message_sent_while_the_journal_is_read_is_not_judged_yet() -> None:
    ledger = Ledger()
    ledger.before((), calling=False)
    ledger.send(IN, "1", 7, [""])
    ledger.after(())
    assert ledger.tally(IN).lost == 0


def test_dead_letters_and_what_is_kept_back_are_told_apart() -> None:
    ledger = Ledger()
    for key in "ab":
        ledger.send(IN, key, 7, [""])
    looked(ledger, entry(1, "a", State.DEAD, reason="blocked"), entry(2, "b", State.DONE, reason="bot"))
    assert (ledger.tally(IN).dead, ledger.tally(IN).skipped, ledger.tally(IN).lost) == (1, 1, 0)
    assert ledger.letters[IN, "a"].reason == "blocked"


def test_a_reply_that_tiledesk_gave_up_calling_about_is_not_lost_but_untold() -> None:
    ledger = Ledger()
    letter = ledger.send(OUT, "m1", 7, ["hi"])
    looked(ledger, calling=True)
    assert letter.fate is Fate.HELD
    looked(ledger)
    assert (ledger.tally(OUT).untold, ledger.tally(OUT).lost) == (1, 0)


def test_a_reply_of_several_pieces_is_there_with_the_last_one() -> None:
    ledger = Ledger()
    ledger.send(OUT, "m1", 7, ["first\n", "second"])
    ledger.heard(7, "first")
    assert ledger.tally(OUT).arrived == 0
    ledger.heard(7, "second")
    assert ledger.tally(OUT).arrived == 1


def test_two_replies_of_the_same_words_are_two() -> None:
    ledger = Ledger()
    for key in ("m1", "m2"):
        ledger.send(OUT, key, 7, ["ok"])
    ledger.heard(7, "ok")
    ledger.heard(7, "ok")
    looked(ledger)
    assert (ledger.tally(OUT).arrived, ledger.tally(OUT).doubles) == (2, 0)


def test_a_repeat_is_explained_by_a_suspect_only() -> None:
    ledger = Ledger()
    ledger.send(IN, "1", 7, [""])
    ledger.stored("1")
    ledger.stored("1")
    looked(ledger, entry(1, "1", State.SENDING))
    assert (ledger.tally(IN).doubles, ledger.tally(IN).unexplained, ledger.tally(IN).suspects) == (1, 1, 0)
    looked(ledger, entry(1, "1", State.DONE, suspect=1))
    assert (ledger.tally(IN).doubles, ledger.tally(IN).unexplained, ledger.tally(IN).suspects) == (1, 0, 1)


def test_overtaking_counts_against_the_order_of_acceptance() -> None:
    ledger = Ledger()
    for key in ("1", "2"):
        ledger.send(IN, key, 7, [""])
    ledger.stored("2")
    ledger.stored("1")
    looked(ledger, entry(1, "1", State.DONE), entry(2, "2", State.DONE))
    assert ledger.tally(IN).disorder == 1


def test_what_was_accepted_later_may_arrive_later() -> None:
    ledger = Ledger()
    for key in ("m1", "m2"):
        ledger.send(OUT, key, 7, [key])
    ledger.heard(7, "m2")
    ledger.heard(7, "m1")
    looked(ledger, entry(1, "m2", State.DONE, way=OUT), entry(2, "m1", State.DONE, way=OUT))
    assert ledger.tally(OUT).disorder == 0


def test_a_repeat_is_not_taken_for_a_later_message_of_the_same_words() -> None:
    ledger = Ledger()
    for key, words in (("m1", "ok"), ("m2", "well"), ("m3", "ok")):
        ledger.send(OUT, key, 7, [words])
    for words in ("ok", "ok", "well", "ok"):
        ledger.heard(7, words)
    done = [entry(n, f"m{n}", State.DONE, way=OUT, suspect=int(n == 1)) for n in (1, 2, 3)]
    looked(ledger, *done)
    tally = ledger.tally(OUT)
    assert (tally.arrived, tally.disorder, tally.doubles, tally.unexplained) == (3, 0, 1, 0)


def test_whose_repeat_it_was_does_not_matter_among_messages_of_the_same_words() -> None:
    ledger = Ledger()
    for key in ("m1", "m2"):
        ledger.send(OUT, key, 7, ["ok"])
    for _ in range(3):
        ledger.heard(7, "ok")
    looked(ledger, entry(1, "m1", State.DONE, way=OUT, suspect=1), entry(2, "m2", State.DONE, way=OUT))
    assert (ledger.tally(OUT).doubles, ledger.tally(OUT).unexplained) == (1, 0)


def test_what_was_taken_for_a_repeat_is_given_to_the_message_that_arrived() -> None:
    """Tiledesk calls in any order: the third message was accepted, and sent, before the second."""
    ledger = Ledger()
    for key, words in (("m1", "ok"), ("m2", "well"), ("m3", "ok")):
        ledger.send(OUT, key, 7, [words])
    for words in ("ok", "ok", "well"):
        ledger.heard(7, words)
    order = [("m1", 1), ("m3", 2), ("m2", 3)]
    looked(ledger, *(entry(number, key, State.DONE, way=OUT) for key, number in order))
    tally = ledger.tally(OUT)
    assert (tally.arrived, tally.lost, tally.disorder, tally.doubles, tally.unexplained) == (3, 0, 0, 0, 0)


def test_a_piece_counts_as_seen_by_any_of_its_marks() -> None:
    ledger = Ledger()
    ledger.send(OUT, "m1", 7, [frozenset({"photo", "link"})])
    ledger.heard(7, "link")
    assert ledger.tally(OUT).arrived == 1
