import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.doctor.hosts import (
    DAY,
    Way,
    advice_for,
    agreed,
    between,
    certificate,
    lasting,
    merged,
    once,
    probe,
    set_clock,
    ways,
)
from bridge.observe import Finding

FAR = Way("https://api.example.org/v3", ("desks.main.api_url",))
OURS = Way("https://bridge.example.org", ("server.public_url",), ours=True)


def test_each_host_is_tried_once_and_named_by_all_keys() -> None:
    found = ways(
        [
            ("server.public_url", "https://bridge.example.org"),
            ("channels.a.api_url", "https://api.telegram.org"),
            ("channels.b.api_url", "https://api.telegram.org"),
            ("desks.main.api_url", "http://api.telegram.org"),
        ],
        "https://bridge.example.org",
    )
    assert [(way.keys, way.ours) for way in found] == [
        (("server.public_url",), True),
        (("channels.a.api_url", "channels.b.api_url"), False),
        (("desks.main.api_url",), False),
    ]


@pytest.mark.parametrize(("days", "level"), [(60, "ok"), (13, "warning"), (1, "warning")])
def test_a_certificate_that_ends_soon_is_a_warning(days: int, level: str) -> None:
    finding = lasting(OURS, 1000.0 + days * DAY + 1, 1000.0)
    assert finding.level == level
    assert f"{days} days" in finding.detail
    assert ("certbot renew" in finding.advice) == (level == "warning")


@pytest.mark.parametrize(
    ("way", "reason", "words"),
    [
        (OURS, "its certificate is not trusted: unable to get local issuer certificate", "fullchain.pem"),
        (OURS, "its certificate is not trusted: self-signed certificate", "fullchain.pem"),
        (OURS, "its certificate is not trusted: certificate has expired", "certbot renew"),
        (OURS, "no connection: connection refused", "systemctl status nginx"),
        (OURS, "its certificate is for another name (other.example.org)", "certbot --nginx -d bridge.example.org"),
        (FAR, "its certificate is for another name (other.example.org)", "is the name in desks.main.api_url right?"),
        (FAR, "its certificate is not trusted: unable to get local issuer certificate", "ca-certificates"),
        (FAR, "its certificate is not trusted: certificate has expired", "timedatectl"),
        (FAR, "no connection: connection refused", "desks.main.api_url"),
    ],
)
def test_every_trouble_with_tls_comes_with_what_mends_it(way: Way, reason: str, words: str) -> None:
    finding = lasting(way, reason, 0.0)
    assert not finding.ok
    assert words in finding.advice == advice_for(way, reason)


@pytest.mark.parametrize(
    ("theirs", "ahead"),
    [(100.0, 0.0), (101.0, 0.0), (99.0, 0.0), (160.0, 58.8), (40.0, -59.5)],
)
def test_clocks_are_compared_within_what_a_date_of_whole_seconds_can_tell(theirs: float, ahead: float) -> None:
    # asked at 100.5, answered at 101.2
    assert between(theirs, 100.5, 101.2) == pytest.approx(ahead, abs=0.51)


@pytest.mark.parametrize(("ahead", "level"), [(0.5, "ok"), (-4.0, "ok"), (30.0, "warning"), (-400.0, "error")])
def test_clocks_that_differ_are_told_with_the_side(ahead: float, level: str) -> None:
    finding = agreed(FAR, ahead)
    assert finding.level == level
    assert ("timedatectl set-ntp true" in finding.advice) == (level != "ok")
    if level != "ok":
        assert ("behind" in finding.detail) == (ahead > 0)


def test_what_is_fine_is_one_line() -> None:
    fine = [Finding(ok=True, subject="x", detail=detail) for detail in ("a", "b")]
    wrong = Finding(ok=False, subject="x", detail="c")
    assert [one.detail for one in merged([fine[0], wrong, fine[1]])] == ["a, b", "c"]
    assert merged([wrong]) == [wrong]


def test_one_fault_on_the_way_is_told_once_with_one_cure() -> None:
    way = Finding(ok=False, subject=OURS.subject, detail="its certificate is not trusted: it has expired", advice="a")
    fine = Finding(ok=True, subject=FAR.subject, detail="fine")
    anew = Finding(ok=False, subject="server.public_url", detail="the TLS certificate of bridge.example.org:443 is not")
    other = Finding(ok=False, subject="desks.main", detail="connection refused by api.example.org:443")
    assert once([way, fine, anew, other], [OURS, FAR]) == [way, fine, other]
    assert once([fine, anew], [OURS, FAR]) == [fine, anew]


def test_where_no_program_sets_the_clock_one_is_installed_first() -> None:
    assert set_clock(keeper=True) == "timedatectl set-ntp true"
    assert set_clock(keeper=False).startswith("apt install systemd-timesyncd && ")


# ---------------------------------------------------------------- over the network of this machine


@asynccontextmanager
async def serving(offset: float = 0.0, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def hello(_: web.Request) -> web.Response:
        return web.Response(text="hello", headers={"Date": formatdate(time.time() + offset, usegmt=True)})

    app = web.Application()
    app.router.add_get("/", hello)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


async def tried(url: str, *, ours: bool = False) -> list[Finding]:
    async with aiohttp.ClientSession() as session:
        return await probe(session, Way(url, ("desks.main.api_url",), ours))


async def test_a_host_of_this_machine_passes_and_its_wrong_clock_is_told() -> None:
    async with serving() as port, serving(offset=-900.0) as late:
        (fine,) = await tried(f"http://127.0.0.1:{port}")
        way, wrong = await tried(f"http://127.0.0.1:{late}")
    assert fine.detail == "127.0.0.1 is at 127.0.0.1, its clock agrees with ours"
    assert way.ok
    assert (wrong.ok, "ahead of" in wrong.detail) == (False, True)


async def test_an_unknown_name_is_one_finding() -> None:
    (finding,) = await tried("https://bridge.invalid")
    assert (finding.ok, finding.detail) == (False, "the host name bridge.invalid is not known")


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """A certificate for this machine that nobody vouches for."""
    key, chain = tmp_path / "key.pem", tmp_path / "cert.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", key, "-out", chain, "-days", "30", "-subj", "/CN=sample",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        capture_output=True, check=False, timeout=20,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("a certificate to try is made with openssl: install it")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain, key)
    return tls


async def test_a_certificate_that_nobody_vouches_for_is_a_failure(own_certificate: ssl.SSLContext) -> None:
    async with serving(tls=own_certificate) as port:
        _, wrong = await tried(f"https://127.0.0.1:{port}", ours=True)
    assert not wrong.ok
    assert "self-signed certificate" in wrong.detail
    assert "fullchain.pem" in wrong.advice


def can_resolve(name: str) -> bool:
    """Whether this machine knows the name's address."""
    try:
        return bool(socket.getaddrinfo(name, None))
    except socket.gaierror:
        return False


async def test_a_trusted_certificate_for_another_name_names_those_that_it_is_for(
    own_certificate: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not can_resolve("localhost"):
        pytest.skip("localhost has no address on this machine: it is missing in /etc/hosts")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))  # OpenSSL's own way to trust an authority
    async with serving(tls=own_certificate) as port:
        _, wrong = await tried(f"https://localhost:{port}", ours=True)
    assert wrong.detail == f"localhost:{port}: its certificate is for another name (127.0.0.1)"
    assert "certbot --nginx -d localhost" in wrong.advice


async def test_plain_http_is_no_tls_and_a_shut_port_no_connection() -> None:
    async with serving() as port:
        assert await certificate("127.0.0.1", port) == "there is no TLS: is it a plain http address?"
    assert await certificate("127.0.0.1", port) == "no connection: connection refused"
