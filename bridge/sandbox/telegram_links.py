"""Targets of links as Telegram keeps them."""

from urllib.parse import urlsplit

SCHEMES = ("http", "https", "ftp", "tg", "ton", "tonsite")


def normal_link(url: str) -> str | None:
    """Give a link's normal form, or None where Telegram drops the link (``javascript:``, no host)."""
    url = url.strip()
    head, colon, _ = url.partition(":")
    if not colon or "." in head or "/" in head:
        url = f"http://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return None
    if parts.scheme not in SCHEMES or not host or any(sign.isspace() for sign in url):
        return None
    if parts.scheme == "tg":
        return url
    if "." not in host:
        return None
    rest = url.split("://", 1)[1][len(parts.netloc) :]
    if not rest.startswith("/"):
        rest = f"/{rest}"
    return f"{parts.scheme}://{parts.netloc.lower()}{rest}"


def button_trouble(url: str) -> str:
    """Why a link may not stand behind a button, in Telegram's words; "" if it may."""
    head, colon, rest = url.strip().partition(":")
    scheme = head.lower() if colon and ("//" in rest[:2] or not rest[:1].isdecimal()) and "." not in head else ""
    if scheme in ("tg", "ton"):
        return "" if rest.removeprefix("//") else "Wrong HTTP URL"
    if scheme not in ("", "http", "https"):
        return "Unsupported URL protocol"
    return "" if normal_link(url) else "Wrong HTTP URL"
