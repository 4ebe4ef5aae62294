import re
import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.media.links import DAY, SignedLinks
from bridge.media.tools import Tools
from bridge.message import Filed, Media, MediaKind, StoredFile
from bridge.ports import Links, Rendition, Ticket
from tests.unit.media.sources import ALL, NONE, file

SENT = 1_760_000_000.5
PHOTO = Media(MediaKind.IMAGE, file("AgACAgIAAx"), "", "", size=900)
URL_SAFE = string.ascii_letters + string.digits + "-_."


def links(key: str = "k" * 43, days: int = 0, tools: Tools = ALL) -> SignedLinks:
    return SignedLinks("https://bridge.example.org/", key, days, tools)


def signed_of(url: str) -> str:
    return url.removeprefix("https://bridge.example.org/media/")


def test_an_address_is_one_url_safe_segment_below_media() -> None:
    ours: Links = links()
    address = ours.to(PHOTO, SENT)
    assert re.fullmatch(r"https://bridge\.example\.org/media/[A-Za-z0-9._-]{40,80}", address.url)
    assert address.download_url == address.url + "?dl=1"
    assert (address.name, address.mime) == ("photo.jpg", "image/jpeg")


def test_the_same_file_of_the_same_message_has_the_same_address_at_every_attempt() -> None:
    assert links(days=3).to(PHOTO, SENT) == links(days=3).to(PHOTO, SENT)


def test_a_file_that_comes_again_later_has_another_address() -> None:
    assert links().to(PHOTO, SENT).url != links().to(PHOTO, SENT + 99).url


def test_an_address_tells_neither_the_file_nor_chat_nor_channel() -> None:
    url = links().to(PHOTO, SENT).url
    for told in ("AgACAgIAAx", "4711", "support"):
        assert told not in url


def test_ids_differ_by_channel_chat_file_and_key() -> None:
    source = file("f")
    others = [replace(source, channel="x"), replace(source, chat="x"), replace(source, id="x"), file("")]
    # Parts that run into each other are still other parts.
    others += [replace(source, channel="suppor", chat="t4711"), replace(source, chat="4711f", id="")]
    ids = {links().id(one, SENT) for one in [source, *others]} | {links(key="other").id(source, SENT)}
    assert len(ids) == len(others) + 2
    assert {len(one) for one in ids} == {16}


def test_what_was_filed_is_the_original_with_its_thumbnail() -> None:
    sticker = Media(MediaKind.STICKER, file("s"), "", "image/webp", size=7, thumbnail=file("t"))
    address = links().to(sticker, SENT)
    [fact] = address.facts
    expected = StoredFile(links().id(file("s"), SENT), file("s"), "sticker.webp", "image/webp", 7, file("t"), SENT)
    assert fact == Filed(expected)
    assert (address.name, address.mime) == ("sticker.png", "image/png")


def test_an_address_opens_what_it_was_made_for() -> None:
    voice = Media(MediaKind.VOICE, file("v"), "", "audio/ogg")
    address = links().to(voice, SENT)
    assert links().verify(signed_of(address.url), SENT) == Ticket(links().id(file("v"), SENT), Rendition.M4A, 0)
    plain = links(tools=NONE).to(voice, SENT)
    assert links().verify(signed_of(plain.url), SENT) == Ticket(links().id(file("v"), SENT), Rendition.ORIGINAL, 0)


def test_an_address_ends_so_many_days_after_its_message() -> None:
    address = links(days=2).to(PHOTO, SENT)
    signed, end = signed_of(address.url), 1_760_000_001 + 2 * DAY
    [fact] = address.facts
    assert isinstance(fact, Filed)
    assert fact.stored.expires == end, "it is kept no longer"
    ticket = links().verify(signed, end - 1)
    assert ticket is not None
    assert ticket.expires == end
    assert links().verify(signed, end) is None


def test_without_a_limit_an_address_never_ends() -> None:
    assert links().verify(signed_of(links().to(PHOTO, SENT).url), SENT + 1e12) is not None


def test_tampering_with_any_character_opens_nothing() -> None:
    signed = signed_of(links(days=2).to(PHOTO, SENT).url)
    for place, char in enumerate(signed):
        for other in URL_SAFE:
            if other != char:
                assert links().verify(signed[:place] + other + signed[place + 1 :], SENT) is None


def test_cut_lengthened_or_anothers_addresses_open_nothing() -> None:
    signed = signed_of(links().to(PHOTO, SENT).url)
    for cut in range(len(signed)):
        assert links().verify(signed[:cut], SENT) is None
        assert links().verify(signed[len(signed) - cut :], SENT) is None
    for longer in (signed + "A", signed + "=", "." + signed, signed + "/", signed + " ", signed + "." * 500):
        assert links().verify(longer, SENT) is None
    assert links(key="another").verify(signed, SENT) is None


def test_an_id_is_no_signature() -> None:
    ours = links()
    rest = f"{ours.id(file('f'), SENT)}.o.0"
    assert ours.verify(f"{rest}.{ours.id(file('f'), SENT)}", SENT) is None
    assert ours.naming != ours.signing


def test_an_address_of_a_version_that_knew_other_renditions_opens_nothing() -> None:
    ours = links()
    for rest in ("id.mp4.0", "id.o", "a.b.o.0", "id.o.!", ""):
        assert ours.verify(f"{rest}.{ours.signature(rest)}", SENT) is None


@given(st.text() | st.text(alphabet=URL_SAFE, max_size=80) | st.just("\udcff.\ud800"), st.floats(allow_nan=False))
def test_no_text_at_all_makes_verify_stumble(text: str, now: float) -> None:
    assert links().verify(text, now) is None


@given(st.text(alphabet=URL_SAFE.replace(".", ""), min_size=1), st.sampled_from(Rendition), st.integers(0, 1 << 40))
def test_every_ticket_comes_back_as_it_was(id_: str, rendition: Rendition, expires: int) -> None:
    ticket = Ticket(id_[:16], rendition, expires)
    assert links().verify(links().signed(ticket), -1.0) == ticket


def test_what_is_no_file_of_a_networks_gets_no_address() -> None:
    with pytest.raises(TypeError):
        links().to(Media(MediaKind.IMAGE, "https://elsewhere.example/x.png"), SENT)
