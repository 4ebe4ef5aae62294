"""One short HTTP call for a probe: an answer, or a reason in an operator's words. No reason quotes a URL: it may hold a token."""

import asyncio
import io
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp
import orjson

PATIENCE = 10.0
"""seconds for a whole call"""

INSTANCE_HEADER = "X-Tiledesk-Bridge-Instance"


@dataclass(frozen=True, slots=True)
class Reply:
    """The far side answered."""

    status: int
    body: bytes = field(default=b"", repr=False)
    date: str = ""
    """its clock, as HTTP writes it"""
    instance: str = ""
    """which daemon of ours answered, if one did: every life of a daemon has a name of its own"""

    @property
    def json(self) -> object:
        """The body as JSON; None if it is none."""
        try:
            value: object = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None
        return value


@dataclass(frozen=True, slots=True)
class Silence:
    """There was no answer; `refused` says that nobody listens there."""

    reason: str
    refused: bool = False


async def ask(
    session: aiohttp.ClientSession,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    body: object = None,
    raw: bytes | None = None,
    patience: float = PATIENCE,
) -> Reply | Silence:
    """Make the call with `body` as JSON, or `raw` as it is.

    Redirects are not followed, since webhooks and sign-ins don't follow them either.
    """
    data = orjson.dumps(body) if body is not None else io.BytesIO(raw) if raw is not None else None
    sent = {**(headers or {}), **({"Content-Type": "application/json"} if body is not None else {})}
    limit = aiohttp.ClientTimeout(total=patience)
    try:
        async with session.request(
            method, url, data=data, headers=sent, timeout=limit, allow_redirects=False
        ) as answer:
            told = answer.headers
            return Reply(answer.status, await answer.read(), told.get("Date", ""), told.get(INSTANCE_HEADER, ""))
    except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
        return silence(error, place(url), patience)


def silence(error: Exception, where: str, patience: float) -> Silence:
    """The reason behind an exception."""
    cause = getattr(error, "os_error", error)
    match error, cause:
        case aiohttp.ClientConnectorCertificateError(), _:
            verdict = getattr(error.certificate_error, "verify_message", "") or "it can't be verified"
            return Silence(f"the TLS certificate of {where} is not trusted: {verdict}")
        case aiohttp.ClientSSLError(), _:
            return Silence(f"no TLS with {where}: is it a plain http address?")
        case (aiohttp.ClientConnectorDNSError(), _) | (_, socket.gaierror()):
            return Silence(f"the host name of {where} is not known")
        case TimeoutError(), _:
            return Silence(f"no answer from {where} within {patience:g} seconds")
        case aiohttp.InvalidURL(), _:
            return Silence(f"the address of {where} is not valid")
        case _, ConnectionRefusedError():
            return Silence(f"connection refused by {where}", refused=True)
        case _, ssl.SSLError():
            return Silence(f"no TLS with {where}: is it a plain http address?")
        case aiohttp.ServerDisconnectedError(), _:
            return Silence(f"{where} closed the connection without an answer")
        case _, OSError(strerror=str(text)) if text:
            return Silence(f"no connection to {where}: {text.lower()}")
        case _:
            return Silence(f"no proper answer from {where} ({type(error).__name__})")


def place(url: str) -> str:
    """`host:port` of a URL."""
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return f"{parts.hostname}:{port}"


async def resolved(host: str) -> list[str]:
    """The addresses of a host; none if its name is not known."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return sorted({str(address[0]) for *_, address in found})
