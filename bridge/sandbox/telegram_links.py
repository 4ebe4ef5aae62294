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
