from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bridge.web.console.caller import Caller, caller_of


def called(peer: str, proxies: Sequence[str] = (), **headers: str) -> Caller:
    request = make_mocked_request("GET", "/", {name.replace("_", "-"): value for name, value in headers.items()})
    return caller_of(request.clone(remote=peer), [ip_network(one) for one in proxies])


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "::1", "::ffff:127.0.0.1", ""]
)  # "": through a socket in the file system
def test_a_proxy_on_this_machine_is_believed_what_it_adds(peer: str) -> None:
    told = {"X_Forwarded_For": "198.51.100.66, 203.0.113.9", "X_Forwarded_Proto": "https"}
    assert called(peer, **told) == Caller("203.0.113.9", secure=True)


def test_of_several_lines_the_last_is_the_proxys() -> None:
    """HAProxy adds a line of its own below the one that a caller made up."""
    made_up = [("X-Forwarded-For", "198.51.100.66"), ("X-Forwarded-Proto", "http")]
    added = [("X-Forwarded-For", "203.0.113.9"), ("X-Forwarded-Proto", "https")]
    request = make_mocked_request("GET", "/", CIMultiDict(made_up + added))
    assert caller_of(request.clone(remote="127.0.0.1")) == Caller("203.0.113.9", secure=True)


def test_a_proxy_elsewhere_is_believed_if_the_configuration_names_its_network() -> None:
    told = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}
    assert called("172.17.0.4", ["172.17.0.0/16"], **told) == Caller("203.0.113.9", secure=True)
    assert called("172.18.0.4", ["172.17.0.0/16"], **told) == Caller("172.18.0.4", secure=False)


@pytest.mark.parametrize(
    ("address", "household"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("192.0.2.7", "192.0.2.7"),
        ("unknown", "unknown"),
    ],
)
def test_who_has_a_whole_network_of_addresses_is_counted_once(address: str, household: str) -> None:
    assert Caller(address, secure=True).household == household


def test_others_are_not() -> None:
    told = {"X_Forwarded_For": "203.0.113.9", "X_Forwarded_Proto": "https"}
    assert called("198.51.100.1", **told) == Caller("198.51.100.1", secure=False)


@pytest.mark.parametrize("told", ["", "x", "127.0.0.1:80, <script>"])
def test_what_is_no_address_is_not_taken_for_one(told: str) -> None:
    assert called("127.0.0.1", X_Forwarded_For=told) == Caller("127.0.0.1", secure=False)
