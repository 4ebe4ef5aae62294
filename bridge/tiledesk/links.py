"""Addresses in Tiledesk's messages: which can be fetched, which can be pressed, and what stands behind an embedded film."""

import re
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

LONGEST_ADDRESS = 8000
LONGEST_LINK = 2048

FILM_HOSTS = {
    "youtube.com",
    "www.youtube.com",
    "m.youtube.com",
    "youtube-nocookie.com",
    "www.youtube-nocookie.com",
    "youtu.be",
}


def divided(url: str) -> SplitResult | None:
    """The pieces of a whole URL; None if a browser and a server could make different things of it."""
    if any(letter.isspace() or ord(letter) < 0x20 or 0x7F <= ord(letter) < 0xA0 or letter == "\\" for letter in url):
        return None
    try:
        pieces = urlsplit(url)
        host, port = pieces.hostname, pieces.port
    except ValueError:
        return None
    return pieces if host and (port is None or port > 0) else None


def address(value: object, api_url: str = "") -> str:
    """Where a file or page is, as an http(s) URL; "" if it can't be had from there.

    Agents' uploads may have an address relative to the desk's API. A scheme other than http(s) is never followed.
    """
    if not isinstance(value, str) or len(value) > LONGEST_ADDRESS:
        return ""
    url = value.strip().replace(" ", "%20")  # the store of files keeps spaces in names
    if not re.match(r"[a-zA-Z][\w+.-]*:", url, re.ASCII):
        url = absolute(url, api_url)
    pieces = divided(url)
    return url if pieces is not None and pieces.scheme in ("http", "https") else ""


def absolute(url: str, api_url: str) -> str:
    """A relative address as a whole one; "" for a bot's blank that nothing was filled into."""
    base = divided(api_url)
    if base is None or not url or url[0] in "#?" or re.search(r"[{}$<>]", url):
        return ""
    if url.startswith("//"):
        return f"{base.scheme}:{url}"
    origin, path = f"{base.scheme}://{base.netloc}", base.path.strip("/")
    relative = url.lstrip("/")
    beneath = not path or url.startswith(f"/{path}/")
    return f"{origin}/{relative}" if beneath else f"{origin}/{path}/{relative}"


def can_be_pressed(link: str) -> bool:
    """True for a link that a button may open."""
    pieces = divided(link) if len(link) <= LONGEST_LINK else None
    return pieces is not None and pieces.scheme in ("http", "https", "tg")


def film(url: str) -> str:
    """The page where a YouTube film, or a list of them, can be watched; "" for anything else."""
    pieces = divided(url)
    if pieces is None or (pieces.hostname or "") not in FILM_HOSTS:
        return ""
    if pieces.hostname == "youtu.be" or pieces.path.startswith(("/watch", "/shorts/", "/playlist")):
        return url
    found = re.fullmatch(r"/embed/([\w-]{1,64})/?", pieces.path, re.ASCII)
    if not found:
        return ""
    asked = parse_qs(pieces.query)
    if found[1] == "videoseries":
        [series] = asked.get("list", [""])[:1]
        return f"https://www.youtube.com/playlist?list={series}" if re.fullmatch(r"[\w-]{1,64}", series) else ""
    [start] = asked.get("start", [""])[:1]
    later = f"&t={start}" if re.fullmatch(r"[0-9]{1,6}", start) else ""
    return f"https://www.youtube.com/watch?v={found[1]}{later}"


def file_name(url: str) -> str:
    """The name in a file's `address`, "" if there is none; Tiledesk's store has the path in the query."""
    pieces = urlsplit(url)
    for path in (*re.findall(r"(?:^|&)path=([^&]*)", pieces.query), pieces.path):
        name = unquote(path).replace("\\", "/").rsplit("/", 1)[-1]
        if re.fullmatch(r"[^\x00-\x1f\x7f]{1,190}\.\w{1,8}", name):
            return name
    return ""
