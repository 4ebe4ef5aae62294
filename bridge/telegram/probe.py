"""Tries a channel's bot token, and whether messages can come in the way that is configured."""

import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import aiohttp

from bridge.observe import Commands, Finding
from bridge.observe.network import Reply, Silence, ask, place
from bridge.settings import Channel

WEBHOOK_PORTS = (443, 80, 88, 8443)

TELEGRAM = "api.telegram.org"

FETCH_MB, SEND_MB = 20, 50
"""what Telegram's own server hands out and takes"""

USUAL = Commands()

HOUR = 3600.0
"""seconds for which an error that Telegram had with our webhook is worth a word"""


async def probe(
    session: aiohttp.ClientSession,
    name: str,
    channel: Channel,
    public_url: str,
    commands: Commands = USUAL,
    *,
    looked_after: bool = False,
) -> list[Finding]:
    """What Telegram says about the bot of channel `name`; `looked_after`: a daemon runs. No finding holds the token."""
    subject = f"channels.{name}: bot token"
    answer = await call(session, channel, "getMe")
    if not isinstance(answer, Mapping):
        return [refusal(subject, name, channel, answer, commands)]
    webhook = await call(session, channel, "getWebhookInfo")
    found = [Finding(ok=True, subject=subject, detail=f"this is {title(answer)}"), limits(name, channel)]
    if isinstance(webhook, Mapping):
        if channel.intake == "webhook":
            return found + hooked(name, channel, public_url, webhook, commands, looked_after=looked_after)
        return found + polled(name, webhook)
    return [*found, refusal(f"channels.{name}: intake", name, channel, webhook, commands)]


class BotUnknown(Exception):
    """Telegram does not say whose a token is; the message says why."""


async def whoami(session: aiohttp.ClientSession, api_url: str, token: str) -> str:
    """The bot's username and name. Raises `BotUnknown`; no message holds the token."""
    answer = await call(session, Channel.model_validate({"token": token, "api_url": api_url}), "getMe")
    match answer:
        case Mapping():
            return title(answer)
        case Silence(reason):
            raise BotUnknown(reason)
        case Reply(status=401 | 404, json=Mapping()):
            raise BotUnknown("Telegram does not know this token; copy the current one from @BotFather")
        case Reply(status, json=Mapping() as told):
            raise BotUnknown(f"Telegram answered {status}: {told.get('description', '')}")
        case _:
            raise BotUnknown(f"{place(api_url)} does not answer as a Bot API server does")


def title(bot: Mapping[str, object]) -> str:
    """How people call a bot."""
    return f"@{bot.get('username', '?')} ({bot.get('first_name', '')})"


async def call(session: aiohttp.ClientSession, channel: Channel, method: str) -> object:
    """A method's result; a `Reply` or `Silence` if there is none."""
    url = f"{channel.api_url}/bot{channel.token.get_secret_value()}/{method}"
    reply = await ask(session, "POST", url)
    if isinstance(reply, Reply) and isinstance(reply.json, Mapping) and reply.json.get("ok") is True:
        return reply.json.get("result")
    return reply


def refusal(subject: str, name: str, channel: Channel, answer: object, commands: Commands) -> Finding:
    """Why there is no result."""
    match answer:
        case Silence(reason):
            return Finding(
                ok=False, subject=subject, detail=reason, advice=f"check the network and channels.{name}.api_url"
            )
        case Reply(status=401 | 404 as status, json=Mapping()):
            detail = f"Telegram does not know it ({status})"
            advice = f"copy the current token from @BotFather to {commands.renewed(f'channels.{name}.token')}"
            return Finding(ok=False, subject=subject, detail=detail, advice=advice)
        case Reply(status, json=Mapping() as told):
            detail = f"Telegram answered {status}: {told.get('description', '')}"
            return Finding(ok=False, subject=subject, detail=detail, advice="try again in a minute")
        case Reply(status):
            detail = f"{place(channel.api_url)} answered {status}, but not as a Bot API server does"
            return Finding(ok=False, subject=subject, detail=detail, advice=f"check channels.{name}.api_url")
        case _:
            detail = "the answer makes no sense"
            return Finding(ok=False, subject=subject, detail=detail, advice=f"check channels.{name}.api_url")


def polled(name: str, webhook: Mapping[str, object]) -> list[Finding]:
    """Polling works only while no webhook is set."""
    subject, url = f"channels.{name}: polling", str(webhook.get("url") or "")
    if url:
        detail = f"a webhook to {place(url)} is set, which keeps polling from working"
        advice = (
            "the daemon removes it; if it comes back, another program uses this bot: make a bot of its own for each"
        )
        return [Finding(ok=False, subject=subject, detail=detail, advice=advice)]
    return [Finding(ok=True, subject=subject, detail=f"free to poll, {waiting(webhook)}")]


def hooked(
    name: str,
    channel: Channel,
    public_url: str,
    webhook: Mapping[str, object],
    commands: Commands = USUAL,
    *,
    looked_after: bool = False,
) -> list[Finding]:
    """The webhook is ours, reachable for Telegram, and without a recent error."""
    subject, url = f"channels.{name}: webhook", str(webhook.get("url") or "")
    found = []
    port = int(place(public_url).rpartition(":")[2])
    if urlsplit(channel.api_url).hostname == TELEGRAM and port not in WEBHOOK_PORTS:
        detail = f"Telegram does not call port {port}"
        found.append(
            Finding(ok=False, subject=subject, detail=detail, advice="use 443, 80, 88 or 8443 in server.public_url")
        )
    if not url and looked_after:
        advice = (
            f"a daemon sets it within a minute, unless it polls for a while because the webhook failed: {commands.log}; "
            f"if intake was changed: {commands.reload}"
        )
        detail = "not set, though the daemon runs: nothing comes in by it"
        found.append(Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True))
    elif not url:
        found.append(
            Finding(ok=True, subject=subject, detail="not set yet", advice="the daemon sets it when it starts")
        )
    elif url != f"{public_url}/hooks/telegram/{name}":
        detail = f"set to another address, at {place(url)}"
        advice = (
            "the daemon changes it; if it comes back, another program uses this bot: make a bot of its own for each"
        )
        found.append(Finding(ok=False, subject=subject, detail=detail, advice=advice))
    elif webhook.get("last_error_message") and webhook.get("pending_update_count"):
        detail = f"{waiting(webhook)}, Telegram's last call failed: {webhook['last_error_message']}"
        advice = "is the daemon running, and does the proxy hand /hooks/ to it?"
        found.append(Finding(ok=False, subject=subject, detail=detail, advice=advice))
    elif recent := last_error(webhook, time.time()):
        detail = f"set, {waiting(webhook)}, but {recent}"
        advice = f"it works again; if it comes back, look at the proxy's log of /hooks/telegram/{name}"
        found.append(Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True))
    else:
        found.append(Finding(ok=True, subject=subject, detail=f"set, {waiting(webhook)}"))
    return found


def last_error(webhook: Mapping[str, object], now: float) -> str:
    """What Telegram had to say of our webhook within the last hour."""
    at, told = webhook.get("last_error_date"), webhook.get("last_error_message")
    if not isinstance(at, int) or not told or now - at > HOUR:
        return ""
    return f"{max(0, round((now - at) / 60))} minutes ago Telegram's call failed: {told}"


def limits(name: str, channel: Channel) -> Finding:
    """Whether files of the sizes that are configured can be had and sent."""
    subject, detail = f"channels.{name}: files", f"up to {channel.fetch_mb} MB from users, {channel.send_mb} MB to them"
    if urlsplit(channel.api_url).hostname == TELEGRAM and (channel.fetch_mb > FETCH_MB or channel.send_mb > SEND_MB):
        advice = (
            f"set channels.{name}.fetch_mb = {FETCH_MB} and send_mb = {SEND_MB}, or run a Bot API server of your own"
        )
        detail += f"; Telegram's own server hands out {FETCH_MB} MB and takes {SEND_MB} MB"
        return Finding(ok=True, subject=subject, detail=detail, advice=advice, warning=True)
    return Finding(ok=True, subject=subject, detail=detail)


def waiting(webhook: Mapping[str, object]) -> str:
    """How many updates Telegram holds for us."""
    count = webhook.get("pending_update_count") or 0
    return "nothing waits" if count == 0 else f"{count} updates wait"
