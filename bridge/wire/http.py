"""HTTP out: one request, and whether it left us; the distinction between "not sent" and "unknown" is made here.

aiohttp's exceptions and their texts may quote the URL, and with it a bot's token: none of them leaves this module.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

CONNECT_TIMEOUT = 10.0
"""seconds for a TCP connection and its TLS handshake"""


LONGEST_WAIT = 86400.0
"""seconds: who asks for more has made a mistake, and a destination would be out of reach for good"""


NOTHING_LEFT_US = (
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    aiohttp.NonHttpUrlClientError,
)


class Unsent(Exception):
    """The request surely did not reach the far side."""


class AnswerLost(Exception):
    """The request left, its answer did not come: the far side may have acted on it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What the far side answered."""

    status: int
    body: bytes
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Wire:
    """Sends requests to one far side, named `name` in the reasons."""

    session: aiohttp.ClientSession
    name: str

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | aiohttp.FormData | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
    ) -> Reply:
        """Send `body` (bytes are JSON) and return whatever status comes; `timeout` is the longest silence in seconds.

        Redirects are not followed: a POST would become a GET. Raises `Unsent` or `AnswerLost`.
        """
        limits = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT, sock_read=timeout)
        sent = dict(headers or {})
        if isinstance(body, bytes):
            sent["Content-Type"] = "application/json"
        try:
            async with self.session.request(
                method, url, data=body, headers=sent, timeout=limits, allow_redirects=False
            ) as answer:
                return Reply(answer.status, await answer.read(), seconds(answer.headers.get("Retry-After", "")))
        except NOTHING_LEFT_US as error:
            raise Unsent(f"no connection to {self.name}: {told(error)}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise AnswerLost(f"no answer from {self.name}: {told(error)}") from None


def told(error: BaseException) -> str:
    """Say what went wrong without quoting an address."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return "its TLS certificate is not trusted"
        case aiohttp.ClientSSLError():
            return "no TLS connection came about"
        case aiohttp.ClientConnectorDNSError():
            return "its name can't be resolved"
        case TimeoutError():
            return "timed out"
        case aiohttp.ClientOSError() if error.errno:
            return os.strerror(error.errno)
        case aiohttp.ServerDisconnectedError():
            return "it closed the connection"
        case _:
            return type(error).__name__


def seconds(header: str) -> float:
    """Read a `Retry-After` that counts seconds, up to a day; a date, or nonsense, is no wait."""
    return min(float(header), LONGEST_WAIT) if header.isdecimal() else 0.0
