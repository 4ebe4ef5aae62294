from bridge.observe import Health, Scrubber

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz_012"


def test_it_is_ready_when_there_are_parts_and_all_are_well() -> None:
    health = Health(Scrubber().scrub)
    before = health.ready
    health.set("journal", ok=True)
    assert (before, health.ready) == (False, True)
    health.set("intake support", ok=False, reason=f"401 for /bot{TOKEN}/getUpdates")
    assert health.report() == {
        "ready": False,
        "parts": {
            "intake support": {"ok": False, "reason": "401 for /bot***/getUpdates"},
            "journal": {"ok": True, "reason": ""},
        },
    }
    health.forget("intake support")
    assert health.report()["ready"]
    health.begins("intake support", "not polled yet")
    assert not health.ready
