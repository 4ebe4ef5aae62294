"""Tries the address that the daemon listens on, and whether the public one leads there."""

import secrets
from collections.abc import Sequence

import aiohttp

from bridge.observe import Commands, Finding
from bridge.observe.network import PATIENCE, Reply, Silence, ask
from bridge.settings import Console, Server, is_loopback
from bridge.unit import both
from bridge.web.stand_in import Port, local_url, port_of

SUBJECT = "server.public_url"

USUAL = Commands()

OWN_PORT = 8090
"""where the console may listen by itself; any port will do that nobody has"""

EVERYWHERE = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 - looked for, not listened on

LARGE = 4 * 2**20
"""bytes: Tiledesk's events of long conversations have some megabytes, which proxies by default refuse"""


async def who_listens(
    session: aiohttp.ClientSession, server: Server, commands: Commands = USUAL, patience: float = PATIENCE
) -> tuple[Finding, str]:
    """What there is to say of host and port, and the name of the daemon that answers there ('' if none does)."""
    where = f"{server.host}:{server.port}"
    match port_of(server.host, server.port):
        case Port.FREE:
            detail = f"{where} is free, no daemon runs there"
            return Finding(ok=True, subject="server.port", detail=detail), ""
        case Port.NOT_HERE:
            advice = "set server.host to an address of this machine (ip -brief address), or to 127.0.0.1 behind a proxy"
            return Finding(
                ok=False, subject="server.port", detail=f"{server.host} is no address of this machine", advice=advice
            ), ""
        case Port.FORBIDDEN:
            advice = "set server.port to one above 1023, and put a proxy with TLS in front"
            return Finding(ok=False, subject="server.port", detail=f"{where} is for root alone", advice=advice), ""
        case _:
            answer = await ask(session, "GET", f"{local_url(server.host, server.port)}/livez", patience=patience)
            if isinstance(answer, Reply) and answer.instance:
                detail = f"the daemon answers at {where}"
                return Finding(ok=True, subject="server.port", detail=detail), answer.instance
            if isinstance(answer, Silence):
                advice = (
                    f"see who it is: ss -ltnp 'sport = :{server.port}'; a daemon that hangs: {commands.restart}; "
                    "another program: stop it, or set another server.port"
                )
                detail = f"who listens on {where} does not answer"
                return Finding(ok=False, subject="server.port", detail=detail, advice=advice), ""
            advice = f"see which (ss -ltnp 'sport = :{server.port}') and stop it, or set another server.port"
            detail = f"another program listens on {where}"
            return Finding(ok=False, subject="server.port", detail=detail, advice=advice), ""


async def behind_systemd(
    session: aiohttp.ClientSession, listens: Sequence[str], commands: Commands
) -> tuple[Finding, str]:
    """The same where systemd keeps the port: whatever server.host and server.port say, the daemon is behind its socket unit."""
    where = ", ".join(listens)
    for one in listens:
        if one.startswith("/"):
            async with aiohttp.ClientSession(connector=aiohttp.UnixConnector(one)) as local:
                answer = await ask(local, "GET", "http://127.0.0.1/livez")
        else:
            host, _, port = one.rpartition(":")
            answer = await ask(session, "GET", f"{local_url(host.strip('[]'), int(port))}/livez")
        if isinstance(answer, Reply) and answer.instance:
            return Finding(ok=True, subject="server.port", detail=f"the daemon answers at {one}"), answer.instance
    detail = f"systemd holds {where} ({commands.unit}.socket), the daemon behind it does not answer"
    return Finding(ok=False, subject="server.port", detail=detail, advice=f"see why: {commands.log}"), ""


def console(
    settings: Console, server: Server, listens: Sequence[str] = (), commands: Commands = USUAL, drop_in: str = ""
) -> list[Finding]:
    """Where operators find the console, and whether its token may be read on the way (pure); nothing if it is off.

    `listens` are the addresses that somebody really listens at, if that is known; `drop_in` is the file that decides which, if
    systemd keeps the port.
    """
    if not settings.token.get_secret_value():
        return []
    host, port = (settings.host, settings.port) if settings.port else (server.host, server.port)
    ours = settings.port or not drop_in
    wide = [one for one in listens if not is_narrow(one)]
    if wide:
        named, _, number = wide[0].rpartition(":")
        host, port = named.strip("[]"), int(number)
    elif listens and not ours:
        first = listens[0]
        if first.startswith("/"):
            return [Finding(ok=True, subject="console", detail=f"at {first}, for a proxy on this machine")]
        named, _, number = first.rpartition(":")
        host, port = named.strip("[]"), int(number)
    here = local_url(host, port)
    if is_loopback(here) and host not in EVERYWHERE:
        tunnel = f"ssh -L {port}:{here.removeprefix('http://')} THIS-MACHINE"
        return [Finding(ok=True, subject="console", detail=f"at {here}/console; from elsewhere: {tunnel}")]
    if settings.port:
        advice = (
            'set console.host to "127.0.0.1" and put a proxy with TLS in front, or reach it by ssh -L; '
            f"then: {commands.restart}"
        )
    else:
        # Tiledesk may have no other way to us than this very port: what closes it comes second.
        own = OWN_PORT if port != OWN_PORT else OWN_PORT + 1
        change = 'set server.host to "127.0.0.1"; then: ' + commands.restart
        if not ours:
            change = (
                f"write ListenStream= and ListenStream=127.0.0.1:{port} into [Socket] of {drop_in}, which decides; "
                f"then: systemctl daemon-reload && systemctl restart {both(commands.unit)}"
            )
        advice = (
            f"give it an address for this machine alone, port = {own} in [console], and reach it by "
            f"ssh -L {own}:127.0.0.1:{own}; then: {commands.restart}. "
            f"Or, if all others come through a proxy with TLS on this machine, {change}"
        )
    return [
        Finding(
            ok=True,
            subject="console",
            detail=f"listens on {host}:{port} without TLS: who listens in on that network reads its token",
            advice=advice,
            warning=True,
        )
    ]


def is_narrow(address: str) -> bool:
    """Whether nobody but this machine gets there."""
    host = address.rpartition(":")[0].strip("[]")
    return address.startswith(("/", "@")) or (host not in EVERYWHERE and is_loopback(local_url(host, 1)))


async def probe(
    session: aiohttp.ClientSession, public_url: str, instance: str, commands: Commands = USUAL
) -> list[Finding]:
    """What comes back when we call ourselves the way others do; `instance` is who should answer, '' if nobody can."""
    # The question is another one each time: no cache on the way can know the answer.
    answer = await ask(session, "GET", f"{public_url}/livez?{secrets.token_hex(8)}")
    found = judged(public_url, answer, instance, commands)
    if not (found.ok and instance) or found.warning:
        return [found]
    return [found, large(await ask(session, "POST", f"{public_url}/livez", raw=bytes(LARGE)))]


def judged(public_url: str, answer: Reply | Silence, instance: str, commands: Commands = USUAL) -> Finding:
    """What the answer to our own call means."""
    subject = SUBJECT
    match answer:
        case Reply(200, instance=found) if found and found == instance:
            return Finding(ok=True, subject=subject, detail=f"{public_url} leads here")
        case Reply(200, instance=found) if found and not instance:
            return Finding(ok=True, subject=subject, detail=f"a bridge answers at {public_url}")
        case Reply(200, instance=found) if found:
            advice = "let the proxy lead to server.host and server.port of this machine; does the name point elsewhere?"
            detail = f"another bridge answers at {public_url}"
            return Finding(ok=False, subject=subject, detail=detail, advice=advice)
        case Silence(reason, refused=True) if is_loopback(public_url) and not instance:
            advice = f"start the daemon: {commands.start}; then check again"
            return Finding(ok=True, subject=subject, detail=reason, advice=advice, warning=True)
        case Silence(reason, refused=True):
            advice = "start the proxy in front of the daemon (systemctl start nginx); is the port open in the firewall?"
            return Finding(ok=False, subject=subject, detail=reason, advice=advice)
        case Silence(reason):
            advice = (
                "look at the proxy, its certificate and the firewall; some networks can't call their own public address: "
                f"from elsewhere try curl -i {public_url}/livez"
            )
            return Finding(ok=False, subject=subject, detail=reason, advice=advice)
        case Reply(502 | 503 | 504 as status):
            advice = f"does the proxy lead to server.host and server.port? then start the daemon: {commands.start}"
            detail = f"a proxy answers {status} in the daemon's stead"
            return Finding(ok=False, subject=subject, detail=detail, advice=advice)
        case Reply(status) if 300 <= status < 400:
            advice = "put the address that it redirects to into server.public_url: webhooks don't follow redirects"
            return Finding(ok=False, subject=subject, detail=f"answers with a redirect ({status})", advice=advice)
        case Reply(status):
            advice = "let the proxy hand /livez, /hooks/ and /media/ to the daemon, without any sign-in of its own"
            return Finding(ok=False, subject=subject, detail=f"something else answers ({status})", advice=advice)


def large(answer: Reply | Silence) -> Finding:
    """What becomes of a large body: the daemon refuses this one for its method, a proxy for its size."""
    subject, size = f"{SUBJECT}: size", f"{LARGE // 2**20} MB"
    if isinstance(answer, Reply) and answer.status == 413:
        advice = (
            "let it pass 16 MB: client_max_body_size 16m; (nginx), request_body max_size 16MB (Caddy); then reload it"
        )
        detail = f"the proxy refuses events of {size}, which long conversations have"
        return Finding(ok=False, subject=subject, detail=detail, advice=advice)
    if isinstance(answer, Silence) or answer.status not in {200, 404, 405, 503}:
        what = answer.reason if isinstance(answer, Silence) else f"status {answer.status}"
        advice = "let the proxy pass bodies of 16 MB: client_max_body_size 16m; (nginx)"
        detail = f"a body of {size} does not come through ({what})"
        return Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True)
    return Finding(ok=True, subject=subject, detail=f"events of {size} come through")
