"""Addresses as an operator writes them; a `ValueError` says what is wrong and what to write."""

import ipaddress
import re
from pathlib import PurePosixPath
from urllib.parse import urlsplit


def base_url(value: str) -> str:
    """An http(s) URL that paths can be appended to: no query, no fragment, no credentials, no slash at the end."""
    if any(character.isspace() for character in value):
        raise ValueError("must not contain spaces")
    try:
        url = urlsplit(value)
        host, _ = url.hostname, url.port
    except ValueError:
        raise ValueError("is not a URL; write it like https://host.example or http://127.0.0.1:8080") from None
    if url.scheme not in {"http", "https"} or not host:
        raise ValueError("must start with https:// or http:// and name a host")
    if "@" in url.netloc:
        raise ValueError("must not hold a user name or password")
    if "?" in value or "#" in value:
        raise ValueError("must end with the path; remove what follows ? or #")
    return value.rstrip("/")


def base_url_or_none(value: str) -> str:
    """A `base_url`, or nothing."""
    return base_url(value) if value else ""


def own_host(value: str) -> str:
    """A name or an IP address to listen on; empty is every address of this machine."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        labels = value.rstrip(".").split(".")
        if value and not all(re.fullmatch(r"[A-Za-z0-9_-]{1,63}", label) for label in labels):
            raise ValueError(
                "is no host name and no IP address; write 127.0.0.1, ::1 or a name of this machine"
            ) from None
    return value


def network(value: str) -> str:
    """A network such as `172.17.0.0/16`, or one address."""
    try:
        return str(ipaddress.ip_network(value))
    except ValueError:
        raise ValueError("is no network; write it like 172.17.0.0/16 or fd00::/8") from None


def plain_path(value: str) -> str:
    """A path that an operating system can have."""
    if "\0" in value:
        raise ValueError("must not contain a NUL character")
    return value


def is_loopback(url: str) -> bool:
    """Whether the URL's host can only be this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def sqlite_path(url: str) -> str:
    """The file behind `sqlite:///absolute/path` or `sqlite:relative.db`."""
    scheme, colon, rest = url.partition(":")
    if scheme.startswith("postgres"):
        raise ValueError(
            "PostgreSQL is not in this version; use sqlite:///var/lib/tiledesk-bridge/bridge.db or another file"
        )
    if scheme != "sqlite" or not colon:
        raise ValueError("must be sqlite:///absolute/path or sqlite:relative.db")
    if rest.startswith("//") and not rest.startswith("///"):
        raise ValueError("names a host; an absolute path has three slashes: sqlite:///path/bridge.db")
    plain_path(rest)
    path = "/" + rest.lstrip("/") if rest.startswith("/") else rest
    if "?" in path or "#" in path or ":memory:" in path:
        raise ValueError("must be the plain path of a file: no options, no :memory: (messages must survive a restart)")
    if not path.strip("/") or path.endswith("/") or PurePosixPath(path).name in {".", ".."}:
        raise ValueError("must name a file, such as sqlite:///var/lib/tiledesk-bridge/bridge.db")
    return path
