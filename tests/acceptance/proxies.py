"""The proxies of `config/`, run as they stand there, but for names, ports, certificates and folders."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.sandbox.stage import free_port
from tests.patience import PATIENCE

CONFIG = Path(__file__).parents[2] / "config"

TCP = "127.0.0.1:8080"
PREFIX = "/bridge"
"""a path that server.public_url may have"""

UNIX = "/run/tiledesk-bridge-shop.sock"
SCHEMES = {"nginx": "unix:", "caddy": "unix/"}
"""how each spells that a path is a socket's"""

FILES = {"nginx": "nginx.conf", "caddy": "Caddyfile"}

NGINX_AROUND = """
daemon off;
user root;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    {site}
}}
"""


@dataclass(frozen=True, slots=True)
class Proxy:
    """One that runs: where it is called in clear and with TLS, and the certificate to trust."""

    plain: int
    tls: int
    certificate: Path
    folder: Path

    def logs(self) -> str:
        """All that it wrote down."""
        return "".join(file.read_text() for file in self.folder.glob("*.log"))


def replaced(text: str, changes: dict[str, str]) -> str:
    """Every one of these must be there: a test of a file that was changed would else try something else."""
    for old, new in changes.items():
        assert old in text, f"{old} is gone from the example"
        text = text.replace(old, new)
    return text


def uncommented(text: str, first: str) -> str:
    """With the block whose first line begins so; it ends with its closing brace at the same depth."""
    lines, depth = text.splitlines(), 0
    begin = next(number for number, line in enumerate(lines) if line.strip().startswith(first))
    for number in range(begin, len(lines)):
        lines[number] = lines[number].replace("#", "", 1)
        depth += lines[number].count("{") - lines[number].count("}")
        if depth == 0:
            break
    return "\n".join(lines) + "\n"


def nginx_file(proxy: Proxy, upstream: str) -> str:
    """The whole configuration for nginx."""
    site = uncommented((CONFIG / "nginx.conf").read_text(), "#location /console {")
    changes = {
        f"#rewrite ^{PREFIX}": f"rewrite ^{PREFIX}",
        TCP: upstream,
        "listen 80;": f"listen 127.0.0.1:{free_port()};",
        "listen 443 ssl;": f"listen 127.0.0.1:{proxy.tls} ssl; listen 127.0.0.1:{proxy.plain};",
        "listen [::]:80;": "",
        "listen [::]:443 ssl;": "",
        "bridge.example.org;": "localhost 127.0.0.1;",
        "/etc/letsencrypt/live/bridge.example.org/fullchain.pem": str(proxy.certificate),
        "/etc/letsencrypt/live/bridge.example.org/privkey.pem": str(proxy.certificate.with_name("key.pem")),
        "/var/log/nginx/error.log": f"{proxy.folder}/error.log",
        "192.0.2.0/24": "127.0.0.1",
    }
    return NGINX_AROUND.format(folder=proxy.folder, site=replaced(site, changes))


def caddy_file(proxy: Proxy, upstream: str) -> str:
    """The whole configuration for Caddy."""
    site = uncommented(uncommented((CONFIG / "Caddyfile").read_text(), "#@console {"), "#handle @console {")
    key = proxy.certificate.with_name("key.pem")
    changes = {
        f"#uri strip_prefix {PREFIX}": f"uri strip_prefix {PREFIX}",
        TCP: upstream,
        "{\n\t# Errors": "{\n\tadmin off\n\tauto_https off\n\t# Errors",
        "\tlog {": f"\tlog {{\n\t\toutput file {proxy.folder}/caddy.log",
        "192.0.2.0/24": "127.0.0.1",
    }
    around, begin, within = replaced(site, changes).partition("\nbridge.example.org {")
    assert begin
    with_tls = f"\nhttps://localhost:{proxy.tls} {{\n\ttls {proxy.certificate} {key}"
    return f"{around}{with_tls}{within}\nhttp://127.0.0.1:{proxy.plain} {{{within}"


def skip_without(name: str) -> None:
    """Skip if nginx or Caddy is not installed."""
    missing = [program for program in (name, "openssl") if shutil.which(program) is None]
    if missing:
        pytest.skip(f"the proxies of config/ are tried where they are: apt-get install {' '.join(missing)}")


def prepared(name: str, folder: Path, upstream: str) -> tuple[Proxy, list[str]]:
    """What is needed to run nginx or Caddy before `upstream`, and the command."""
    folder.mkdir()
    proxy = Proxy(free_port(), free_port(), certified(folder), folder)
    if upstream.startswith("/"):
        assert SCHEMES[name] + UNIX in (CONFIG / FILES[name]).read_text(), "the example says how a socket is spelled"
        upstream = SCHEMES[name] + upstream
    whole = folder / FILES[name]
    whole.write_text(nginx_file(proxy, upstream) if name == "nginx" else caddy_file(proxy, upstream))
    if name == "nginx":
        return proxy, ["nginx", "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(whole)]
    return proxy, ["caddy", "run", "--adapter", "caddyfile", "--config", str(whole)]


@asynccontextmanager
async def proxy_of(name: str, folder: Path, upstream: str) -> AsyncIterator[Proxy]:
    """Run nginx or Caddy before the bridge at `upstream`, an address or the path of a socket."""
    proxy, command = prepared(name, folder, upstream)
    with (folder / "output.log").open("wb") as output:
        environment = {"HOME": str(folder), "PATH": os.environ["PATH"]}
        process = await asyncio.create_subprocess_exec(*command, stdout=output, stderr=output, env=environment)
    try:
        await answers(proxy, process)
        yield proxy
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def answers(proxy: Proxy, process: asyncio.subprocess.Process) -> None:
    """Wait until it takes calls."""
    async with asyncio.timeout(PATIENCE):
        for port in (proxy.plain, proxy.tls):
            while True:
                assert process.returncode is None, proxy.logs()
                try:
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                except OSError:
                    await asyncio.sleep(0.02)
                else:
                    writer.close()
                    await writer.wait_closed()
                    break


def certified(folder: Path) -> Path:
    """A certificate for this machine that vouches for itself."""
    certificate = folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-keyout", folder / "key.pem", "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
        capture_output=True, check=True, timeout=20,
    )  # fmt: skip
    return certificate


async def knocks(port: int, target: str, method: str = "GET", *headers: str) -> tuple[int, str]:
    """Call an address exactly as it is spelled; the status and all that came with it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", *headers]
    writer.write("".join(f"{line}\r\n" for line in [*head, ""]).encode())
    answer = (await reader.read()).decode(errors="replace")
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer
