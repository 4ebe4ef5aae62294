import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from bridge.wire import told

TOKEN = "123456:A-SECRET-TOKEN"


# ---------------------------------------------------------------- words

KEY = ConnectionKey("api.example.org", 443, True, True, None, None, None)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            aiohttp.ClientConnectorCertificateError(KEY, ssl.SSLCertVerificationError("self-signed")),
            "its TLS certificate is not trusted",
        ),
        (aiohttp.ClientConnectorSSLError(KEY, ssl.SSLError(1, "WRONG_VERSION")), "no TLS connection came about"),
        (aiohttp.ClientConnectorError(KEY, OSError(111, "Connection refused")), "Connection refused"),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), "Connection reset by peer"),
        (aiohttp.ServerDisconnectedError(), "it closed the connection"),
        (aiohttp.SocketTimeoutError(f"Timeout on reading data from socket /bot{TOKEN}"), "timed out"),
        (aiohttp.InvalidURL(f"http:///bot{TOKEN}"), "InvalidURL"),
        (aiohttp.ClientPayloadError(f"/bot{TOKEN}"), "ClientPayloadError"),
    ],
)  # fmt: skip
def test_what_went_wrong_is_said_in_words_of_ours_or_the_systems(error: Exception, words: str) -> None:
    assert told(error) == words
