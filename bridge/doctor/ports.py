"""Where this machine really listens, whatever a configuration says."""

import ipaddress
import struct
from collections.abc import Iterator
from pathlib import Path

TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))

LISTENING = "0A"
"""the kernel's number of this state"""


def listening(port: int) -> list[str]:
    """The addresses at which somebody listens on this port, such as `127.0.0.1:8080` and `[::]:8080`; none if nobody can tell."""
    found: list[str] = []
    for table in TABLES:
        try:
            found += addresses(table.read_text(), port)
        except OSError:
            continue
    return list(dict.fromkeys(found))


def addresses(table: str, port: int) -> Iterator[str]:
    """The addresses of one of the kernel's tables."""
    for line in table.splitlines()[1:]:
        _, local, _, state, *_ = line.split()
        address, _, number = local.partition(":")
        if state == LISTENING and int(number, 16) == port:
            yield spelled(bytes.fromhex(address), port)


def spelled(raw: bytes, port: int) -> str:
    """An address as people write it; the kernel shows words of 32 bits in the machine's own order."""
    address = ipaddress.ip_address(b"".join(struct.pack("!I", word) for (word,) in struct.iter_unpack("=I", raw)))
    return f"[{address}]:{port}" if address.version == 6 else f"{address}:{port}"
