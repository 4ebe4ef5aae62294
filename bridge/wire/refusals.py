"""Why a file was not fetched, in words for agents that name no address.

FetchError
├── Forbidden   it must not be fetched
├── TooLarge    it is larger than what was allowed
├── Missing     its server will not hand it out, now or later
└── Failed      it may be tried again
"""

import aiohttp

from bridge.wire.guard import NotPublic
from bridge.wire.http import told

MALFORMED = "the address is malformed"


class FetchError(Exception):
    """The file could not be fetched."""


class Forbidden(FetchError):
    """It must not be fetched: where it is, or how its address is written, is not allowed."""


class TooLarge(FetchError):
    """It is larger than what was allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"larger than {amount(limit)}")


class Missing(FetchError):
    """Its server will not hand it out, now or later."""


class Failed(FetchError):
    """It can't be had now and may be tried again."""


def amount(size: int) -> str:
    """A number of bytes in a unit that fits."""
    for unit, name in ((1 << 20, "MB"), (1_000_000, "MB"), (1 << 10, "kB"), (1_000, "kB")):
        if size >= unit and size % unit == 0:
            return f"{size // unit} {name}"
    return f"{size} bytes"


def answered(status: int) -> FetchError:
    """What a status other than success means."""
    transient = status in {408, 425, 429} or status >= 500
    return (Failed if transient else Missing)(f"its server answers {status}")


def broken(error: Exception) -> FetchError:
    """What an exception of aiohttp's means."""
    match error:
        case aiohttp.ClientConnectorCertificateError():
            return Missing("its server's TLS certificate is not trusted")
        case aiohttp.ClientConnectorError(os_error=NotPublic()):
            return Forbidden("the address is not public")
        case aiohttp.InvalidURL():
            return Forbidden(MALFORMED)
        case aiohttp.ClientConnectorDNSError():
            return Failed("its server's name can't be resolved")
        case aiohttp.ClientConnectorError(errno=int()) | aiohttp.ConnectionTimeoutError() | aiohttp.ClientSSLError():
            return Failed(f"its server can't be reached: {told(error)}")
        case aiohttp.ClientConnectorError():
            return Failed("its server can't be reached")
        case TimeoutError():
            return Failed("its server is too slow")
        case aiohttp.ClientPayloadError() | aiohttp.ServerDisconnectedError() | OSError():
            return Failed("the connection to its server broke off")
        case _:
            return Failed("its server's answer makes no sense")
