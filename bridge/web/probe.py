"""Tries the public address: whether its name resolves and leads to this daemon."""

import asyncio
import socket
from urllib.parse import urlsplit

import aiohttp

from bridge.observe import Finding
from bridge.observe.network import Reply, Silence, ask
from bridge.settings import is_loopback

SUBJECT = "server.public_url"


async def probe(session: aiohttp.ClientSession, public_url: str) -> list[Finding]:
    """What comes back when we call ourselves the way others do."""
    host = urlsplit(public_url).hostname or ""
    found = await resolved(host)
    if not found:
        advice = "create its DNS record, or correct server.public_url"
        return [Finding(ok=False, subject=SUBJECT, detail=f"the host name {host} is not known", advice=advice)]
    return [
        Finding(ok=True, subject=SUBJECT, detail=f"{host} is at {', '.join(found)}"),
        judged(public_url, await ask(session, "GET", f"{public_url}/livez")),
    ]


async def resolved(host: str) -> list[str]:
    """The addresses of a host; none if its name is not known."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})


def judged(public_url: str, answer: Reply | Silence) -> Finding:
    """What the answer to our own call means."""
    subject = f"{SUBJECT}/livez"
    match answer:
        case Reply(200):
            return Finding(ok=True, subject=subject, detail="the daemon answers")
        case Silence(reason, refused=True) if is_loopback(public_url):
            return Finding(ok=True, subject=subject, detail=reason, advice="start the daemon, then check again")
        case Silence(reason, refused=True):
            advice = "start the daemon and the proxy in front of it; is the port open in the firewall?"
            return Finding(ok=False, subject=subject, detail=reason, advice=advice)
        case Silence(reason):
            advice = (
                "look at the proxy, its certificate and the firewall; some networks can't call their own public address"
            )
            return Finding(ok=False, subject=subject, detail=reason, advice=advice)
        case Reply(502 | 503 | 504 as status):
            advice = "start the daemon; does the proxy lead to server.host and server.port?"
            return Finding(
                ok=False, subject=subject, detail=f"a proxy answers {status} in the daemon's stead", advice=advice
            )
        case Reply(status) if 300 <= status < 400:
            advice = "put the address that it redirects to into server.public_url: webhooks don't follow redirects"
            return Finding(ok=False, subject=subject, detail=f"answers with a redirect ({status})", advice=advice)
        case Reply(status):
            advice = "let the proxy hand this path to the daemon, without any sign-in of its own"
            return Finding(ok=False, subject=subject, detail=f"something else answers ({status})", advice=advice)
