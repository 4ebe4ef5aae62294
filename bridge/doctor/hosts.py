"""The ways to hosts: the name, the certificate and how long it lasts, and whether their clock and ours agree."""

import asyncio
import os
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from bridge.observe import Finding
from bridge.observe.network import Reply, ask, place, resolved

PATIENCE = 10.0

DAY = 86400.0

SOON = 14 * DAY
"""seconds before its end when a certificate should have been renewed: those of 90 days are, at 30"""

OTHER_NAME = frozenset({62, 63, 64})
"""OpenSSL's codes for a certificate whose names, e-mail addresses or IP addresses are not the one that was called"""

TIMEKEEPERS = ("systemd/systemd-timesyncd", "systemd-timesyncd", "chronyd", "ntpd")
"""programs that set a clock, below /usr/lib and /usr/sbin"""

UNREACHED = (
    "the TLS certificate of {}",
    "no TLS with {}:",
    "the host name of {} ",
    "connection refused by {}",
    "no connection to {}:",
)
"""how every call begins to say that it did not get there"""

APART, FAR_APART = 5.0, 300.0
"""seconds between two clocks: tokens that we sign bear an hour, people who compare logs bear less"""


@dataclass(frozen=True, slots=True)
class Way:
    """Where calls go: an address of the configuration and the keys that name it; `ours` if it leads to ourselves."""

    url: str
    keys: tuple[str, ...]
    ours: bool = False

    @property
    def subject(self) -> str:
        """How findings call it."""
        return f"{self.keys[0]}: host"


def ways(addresses: Iterable[tuple[str, str]], public_url: str) -> list[Way]:
    """The hosts of (key, address) pairs, each once."""
    found: dict[str, tuple[str, list[str]]] = {}
    for key, url in addresses:
        found.setdefault(f"{urlsplit(url).scheme}://{place(url)}", (url, []))[1].append(key)
    return [Way(url, tuple(keys), ours=url == public_url) for url, keys in found.values()]


async def probe(session: aiohttp.ClientSession, way: Way) -> list[Finding]:
    """What there is to say about one host; what is fine is said in one line."""
    parts = urlsplit(way.url)
    host = parts.hostname or ""
    addresses = await resolved(host)
    if not addresses:
        advice = (
            "create its DNS record" if way.ours else f"check {way.keys[0]} and this machine's DNS: getent hosts {host}"
        )
        return [Finding(ok=False, subject=way.subject, detail=f"the host name {host} is not known", advice=advice)]
    found = [Finding(ok=True, subject=way.subject, detail=f"{host} is at {', '.join(addresses[:3])}")]
    if parts.scheme == "https":
        found.append(lasting(way, await certificate(host, parts.port or 443), time.time()))
    if not way.ours:
        found += await clock(session, way)
    return merged(found)


async def certificate(host: str, port: int) -> float | str:
    """When the certificate of a server that is trusted ends, in seconds since the epoch; a reason if there is none."""
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in OTHER_NAME:
            return (
                f"its certificate is for another name ({', '.join(await names_at(host, port)) or 'none that we know'})"
            )
        return f"its certificate is not trusted: {error.verify_message}"
    except ssl.SSLError:
        return "there is no TLS: is it a plain http address?"
    except TimeoutError:
        return f"no TLS connection within {PATIENCE:g} seconds"
    except OSError as error:
        told = os.strerror(error.errno) if error.errno else type(error).__name__
        return f"no connection: {told.lower()}"
    try:
        shown = writer.get_extra_info("peercert") or {}
        return ssl.cert_time_to_seconds(str(shown.get("notAfter")))
    finally:
        writer.transport.abort()


async def names_at(host: str, port: int) -> list[str]:
    """The names that a certificate is for, which is trusted but not `host`'s."""
    context = ssl.create_default_context()
    context.check_hostname = False
    try:
        async with asyncio.timeout(PATIENCE):
            _, writer = await asyncio.open_connection(host, port, ssl=context)
    except (OSError, TimeoutError):
        return []
    try:
        shown = writer.get_extra_info("peercert") or {}
        return [str(value) for _, value in shown.get("subjectAltName", ())]
    finally:
        writer.transport.abort()


def lasting(way: Way, ends: float | str, now: float) -> Finding:
    """What it means that the certificate lasts until then."""
    renew = "renew it and reload the proxy: certbot renew && systemctl reload nginx" if way.ours else ""
    if isinstance(ends, str):
        return Finding(ok=False, subject=way.subject, detail=f"{place(way.url)}: {ends}", advice=advice_for(way, ends))
    days = int((ends - now) // DAY)
    detail = f"certificate good for {days} days"
    if ends - now < SOON:
        advice = renew or "tell those who run it that it was not renewed"
        return Finding(ok=True, subject=way.subject, detail=f"{place(way.url)}: {detail}", advice=advice, warning=True)
    return Finding(ok=True, subject=way.subject, detail=detail)


def advice_for(way: Way, reason: str) -> str:
    """What mends a TLS that does not come about."""
    host = urlsplit(way.url).hostname or ""
    if "another name" in reason:
        if way.ours:
            return (
                f"let the proxy show a certificate for {host}: certbot --nginx -d {host}; or is the name in "
                "server.public_url wrong?"
            )
        return f"is the name in {way.keys[0]} right? otherwise those who run it must mend their certificate"
    if "issuer" in reason or "self-signed" in reason or "self signed" in reason:
        if way.ours:
            return (
                "let the proxy send the whole chain (fullchain.pem, not cert.pem) of a public authority's certificate"
            )
        return "bring this machine's authorities up to date: apt-get install --reinstall ca-certificates"
    if "expired" in reason and way.ours:
        return "renew it and reload the proxy: certbot renew && systemctl reload nginx"
    if "expired" in reason:
        return "is this machine's clock right? timedatectl; otherwise those who run it must renew it"
    if way.ours:
        return "is the proxy running, with TLS for this name, and the port open in the firewall? systemctl status nginx"
    if "refused" in reason:
        return f"does the server run there? is {way.keys[0]} right? curl -sv {way.url} -o /dev/null"
    return f"check {way.keys[0]} and the network: curl -sv {way.url} -o /dev/null"


async def clock(session: aiohttp.ClientSession, way: Way) -> list[Finding]:
    """How far the host's clock is from ours, by the date of its answer, which counts whole seconds."""
    before = time.time()
    reply = await ask(session, "GET", f"{way.url}/")
    if not isinstance(reply, Reply) or not reply.date:
        return []
    try:
        theirs = parsedate_to_datetime(reply.date).timestamp()
    except ValueError:
        return []
    return [agreed(way, between(theirs, before, time.time()))]


def between(theirs: float, before: float, after: float) -> float:
    """Seconds by which their clock (whole seconds, read between two moments of ours) is surely ahead (or behind: below 0)."""
    if theirs > after:
        return theirs - after
    return min(0.0, theirs + 1.0 - before)


def agreed(way: Way, ahead: float) -> Finding:
    """What it means that their clock is so many seconds ahead of ours."""
    if abs(ahead) < APART:
        return Finding(ok=True, subject=way.subject, detail="its clock agrees with ours")
    detail = f"our clock is {abs(ahead):.0f} seconds {'behind' if ahead > 0 else 'ahead of'} that of {place(way.url)}"
    advice = f"let this machine set its clock: {set_clock(keeper=keeps_time())}"
    return Finding(ok=abs(ahead) < FAR_APART, subject=way.subject, detail=detail, advice=advice, warning=True)


def keeps_time() -> bool:
    """Whether a program is installed that can set this machine's clock."""
    return any((folder / name).exists() for name in TIMEKEEPERS for folder in (Path("/usr/lib"), Path("/usr/sbin")))


def set_clock(*, keeper: bool) -> str:
    """The command that has the clock set; a small Debian has no program for that."""
    return "timedatectl set-ntp true" if keeper else "apt install systemd-timesyncd && timedatectl set-ntp true"


def merged(found: list[Finding]) -> list[Finding]:
    """One line for all that is fine, one for each that is not."""
    fine = [one for one in found if one.ok and not one.warning]
    rest = [one for one in found if not one.ok or one.warning]
    if not fine:
        return rest
    return [Finding(ok=True, subject=fine[0].subject, detail=", ".join(one.detail for one in fine)), *rest]


def once(found: list[Finding], ways: Iterable[Way]) -> list[Finding]:
    """The findings without those that tell anew, with another cure, what is told already: that a host can't be reached."""
    lost = {place(way.url) for way in ways if any(not one.ok and one.subject == way.subject for one in found)}
    anew = tuple(start.format(where) for where in lost for start in UNREACHED)
    return [one for one in found if one.ok or not one.detail.startswith(anew)]
