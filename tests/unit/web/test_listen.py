import socket

import pytest

from bridge.errors import CannotListen
from bridge.web.listen import address_of, listeners


async def test_a_free_port_takes_callers_before_anybody_serves() -> None:
    (sock,) = await listeners("127.0.0.1", 0)
    with sock, socket.create_connection(sock.getsockname()) as caller:
        assert not sock.getblocking()
        assert address_of(sock) == f"127.0.0.1:{caller.getpeername()[1]}"


async def test_a_copy_that_is_closed_refuses_nobody() -> None:
    (sock,) = await listeners("127.0.0.1", 0)
    with sock:
        sock.dup().close()
        with socket.create_connection(sock.getsockname()):
            pass


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1", "Address already in use"), ("host.invalid", "its name can't be resolved")],
)
async def test_an_address_that_is_not_to_be_had_is_named_with_what_to_do(host: str, reason: str) -> None:
    (taken,) = await listeners("127.0.0.1", 0)
    with taken, pytest.raises(CannotListen, match=rf"can't listen on {host}:\d+: {reason}. Set server.host"):
        await listeners(host, taken.getsockname()[1])
