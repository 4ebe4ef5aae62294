"""Links to a map that name a point → spots (pure)."""

import re
from urllib.parse import SplitResult, parse_qs, unquote, unquote_plus

from bridge.message import Spot
from bridge.tiledesk.links import LONGEST_LINK, divided

_DEGREES = r"([+-]?\d{1,3}(?:\.\d{1,20})?)"
_PAIR = re.compile(rf"{_DEGREES},\s*{_DEGREES}", re.ASCII)
_GEO = re.compile(rf"geo:{_DEGREES},{_DEGREES}(?:,[-\d.]+)?(?:;[\w=.;-]*)?(?:\?[^\s]*)?", re.ASCII | re.IGNORECASE)
_VIEW = re.compile(rf"@{_DEGREES},{_DEGREES}(?:,[\w.]+)*", re.ASCII)
_PLACE = re.compile(rf"!3d{_DEGREES}!4d{_DEGREES}", re.ASCII)
_FRAGMENT = re.compile(rf"map=[\d.]+/{_DEGREES}/{_DEGREES}(?:&.*)?", re.ASCII)
_GOOGLE = re.compile(r"(?:www\.|maps\.)?google\.(?:com?\.)?[a-z]{2,3}")


def spot(text: str) -> Spot | None:
    """The point, if a text consists of nothing but a link to a map with explicit coordinates."""
    link = text.strip()
    if len(link) > LONGEST_LINK:
        return None
    link = link[1:-1] if link.startswith("<") and link.endswith(">") else link
    if found := _GEO.fullmatch(link):
        return point(found[1], found[2])
    pieces = divided(link)
    if pieces is None or pieces.scheme not in ("http", "https"):
        return None
    host = pieces.hostname or ""
    if _GOOGLE.fullmatch(host):
        return google(pieces, host)
    if host in ("www.openstreetmap.org", "openstreetmap.org"):
        return openstreetmap(pieces)
    return apple(pieces) if host == "maps.apple.com" else None


def point(latitude: str, longitude: str, title: str = "") -> Spot | None:
    """A spot, if there is such a place on Earth."""
    where = float(latitude), float(longitude)
    return Spot(*where, title=title) if abs(where[0]) <= 90 and abs(where[1]) <= 180 else None


def pair(text: str, title: str = "") -> Spot | None:
    """A spot of "latitude,longitude"."""
    found = _PAIR.fullmatch(text.strip())
    return point(found[1], found[2], title) if found else None


def asked(query: str) -> dict[str, str]:
    """The first value of each field of a query."""
    return {} if query.count("&") > 50 else {name: values[0] for name, values in parse_qs(query).items()}


def google(pieces: SplitResult, host: str) -> Spot | None:
    """Google's: a search for coordinates, a view (…/@…), or a place, whose own point is better than the view's."""
    steps = pieces.path.strip("/").split("/")
    if steps[0] != "maps" and not (host.startswith("maps.") and steps == [""]):
        return None
    fields = asked(pieces.query)
    for name in ("q", "query", "ll"):
        if name in fields:
            return pair(fields[name])  # words to search for are no point, whatever else the link says
    match steps[1:]:
        case ["place", name, view, *rest] if found := _VIEW.fullmatch(view):
            exact = _PLACE.search("/".join(rest))
            title = unquote_plus(name).strip()
            title = "" if re.search(r"\d+[.°]\d+|[\x00-\x1f]", title) else title
            latitude, longitude = (exact or found).group(1, 2)
            return point(latitude, longitude, title[:200])
        case ["place" | "search", where, *_] if found := _PAIR.fullmatch(unquote_plus(where)):
            return point(found[1], found[2])
        case [view, *_] if found := _VIEW.fullmatch(view):
            return point(found[1], found[2])
        case _:
            return None


def openstreetmap(pieces: SplitResult) -> Spot | None:
    """OpenStreetMap's: a marker, or the middle of the map."""
    fields = asked(pieces.query)
    if "mlat" in fields and "mlon" in fields:
        return pair(f"{fields['mlat']},{fields['mlon']}")
    found = _FRAGMENT.fullmatch(unquote(pieces.fragment)) if pieces.path in ("", "/") else None
    return point(found[1], found[2]) if found else None


def apple(pieces: SplitResult) -> Spot | None:
    """Apple's: a point, perhaps with the name of what is there."""
    fields = asked(pieces.query)
    where = next((fields[name] for name in ("ll", "coordinate", "q") if name in fields), "")
    name = fields.get("name") or fields.get("q", "")
    return pair(where, "" if pair(name) or "\n" in name else name.strip()[:200])
