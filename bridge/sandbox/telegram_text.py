"""Texts as Telegram stores them: cleaned, trimmed, with entities that fit (TDLib's ``fix_formatted_text``).

Offsets and lengths of entities count UTF-16 code units.
"""

import re

from bridge.sandbox.telegram_answers import ApiError, Json, bad_request
from bridge.sandbox.telegram_auto import auto_spans

MAX_ENTITIES = 100
SPLITTABLE = frozenset({"bold", "italic", "underline", "strikethrough", "spoiler"})
QUOTES = frozenset({"blockquote", "expandable_blockquote"})
OPAQUE = frozenset({"pre", "code"})
# Which of two entities over the same span stands outside (first), and which stands inside.
RANKS = {"blockquote": 0, "expandable_blockquote": 0, "pre": 10, "code": 20, "text_link": 49, "text_mention": 49}
RANKS |= {"bold": 90, "italic": 91, "underline": 92, "strikethrough": 93, "spoiler": 94, "custom_emoji": 99}
KINDS = (SPLITTABLE | QUOTES | OPAQUE) | {"text_link", "text_mention", "custom_emoji", "date_time"}
AUTOMATIC = frozenset({"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"})

REMOVED = {0x0D, *range(0x2028, 0x202F)}
SPACED = set(range(0x20)) - {0x0A, 0x0D}
CLEANING: dict[int, str | None] = {**dict.fromkeys(REMOVED), **dict.fromkeys(SPACED, " ")}
UNCLEAN = re.compile(r"[\x00-\x09\x0b-\x1f\u2028-\u202e]")
SURROGATE = re.compile(r"[\ud800-\udfff]")


def units(text: str) -> int:
    """Length in UTF-16 code units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def offsets(text: str) -> list[int]:
    """For every character, and for the end, its offset in UTF-16 code units."""
    if text.isascii():
        return list(range(len(text) + 1))
    places = [0]
    for sign in text:
        places.append(places[-1] + (2 if ord(sign) > 0xFFFF else 1))
    return places


def fixed(text: str, given: list[Json] | None = None, *, trim: bool = True) -> tuple[str, list[Json]]:
    """Clean a text and its entities and add the automatic ones.

    Raises 400 for text that is no Unicode, and for entities that begin or end inside a character or outside the text.
    """
    if not text.isascii() and SURROGATE.search(text):
        raise bad_request("Strings must be encoded in UTF-8")
    entities = [entity for entity in checked(text, given or []) if entity["type"] not in AUTOMATIC]
    text, entities = cleaned(text, entities)
    if trim:
        text, entities = trimmed(text, entities)
    elif not text.strip():
        text, entities = "", []
    return text, nested(entities + automatic(text, entities))[:MAX_ENTITIES]


def checked(text: str, entities: list[Json]) -> list[Json]:
    """Give the entities sorted, without empty ones; 400 when one does not fit the characters of the text."""
    if not entities:
        return []
    for entity in entities:
        for field in ("offset", "length"):
            if not isinstance(entity.get(field), int) or "type" not in entity:
                raise bad_request(f'Can\'t parse MessageEntity: Field "{field}" must be of type Number')
            if entity[field] < 0:
                raise bad_request(f"Receive an entity with incorrect {field} {entity[field]}")
    places = offsets(text)
    boundaries = set(places)
    ordered = sorted((e for e in entities if e["length"] > 0), key=lambda e: (e["offset"], -e["length"]))
    for entity in ordered:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start > places[-1]:
            raise bad_request(f"Entity begins after the end of the text at UTF-16 offset {start}")
        if start not in boundaries:
            raise middle(text, places, start, "Entity begins")
        if end > places[-1]:
            said = f"Entity beginning at UTF-16 offset {start} ends after the end of the text at UTF-16 offset {end}"
            raise bad_request(said)
        if end not in boundaries:
            raise middle(text, places, end, f"Entity beginning at UTF-16 offset {start} ends")
    return [entity for entity in ordered if entity["type"] in KINDS | AUTOMATIC]


def middle(text: str, places: list[int], cut: int, what: str) -> ApiError:
    """Refuse an entity that cuts a character in two."""
    behind = places.index(cut + 1)
    return bad_request(f"{what} in a middle of a UTF-16 symbol at byte offset {len(text[:behind].encode())}")


def cleaned(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Turn control characters into spaces and drop those Telegram drops, moving the entities along."""
    if not UNCLEAN.search(text):
        return text, entities
    before = offsets(text)
    kept = [0]
    for sign in text:
        kept.append(kept[-1] + (0 if ord(sign) in REMOVED else units(sign)))
    moved = dict(zip(before, kept, strict=True))
    shifted = [respan(e, moved[e["offset"]], moved[e["offset"] + e["length"]]) for e in entities]
    return text.translate(CLEANING), [entity for entity in shifted if entity["length"] > 0]


def trimmed(text: str, entities: list[Json]) -> tuple[str, list[Json]]:
    """Cut white space at both ends; at the front only as far as the first entity."""
    text = text.rstrip(" \n")
    end = units(text)
    entities = [respan(e, e["offset"], min(e["offset"] + e["length"], end)) for e in entities if e["offset"] < end]
    front = len(text) - len(text.lstrip(" \n"))
    front = min(front, entities[0]["offset"]) if entities else front
    moved = [respan(e, e["offset"] - front, e["offset"] - front + e["length"]) for e in entities]
    return text[front:], moved


def automatic(text: str, entities: list[Json]) -> list[Json]:
    """Make the entities that Telegram adds where none of the caller's forbids it."""
    spans = auto_spans(text)
    if not spans:
        return []
    places = offsets(text)
    closed = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] not in SPLITTABLE | QUOTES]
    found: list[Json] = [{"type": kind, "offset": places[s], "length": places[e] - places[s]} for s, e, kind in spans]
    return [e for e in found if not any(s < e["offset"] + e["length"] and e["offset"] < t for s, t in closed)]


def nested(entities: list[Json]) -> list[Json]:
    """Merge, cut and order entities so that they nest: styles give way to everything else."""
    if len(entities) < 2:
        return entities
    whole: list[Json] = []
    for entity in sorted((e for e in entities if e["type"] not in SPLITTABLE), key=order):
        rivals = [other for other in whole if (other["type"] in QUOTES) == (entity["type"] in QUOTES)]
        if all(not overlap(other, entity) for other in rivals):
            whole.append(entity)
    opaque = [(e["offset"], e["offset"] + e["length"]) for e in whole if e["type"] in OPAQUE]
    styles: list[Json] = []
    for kind in SPLITTABLE & {entity["type"] for entity in entities}:
        spans = [(e["offset"], e["offset"] + e["length"]) for e in entities if e["type"] == kind]
        clear = without(union(spans), opaque)
        styles += [{"type": kind, "offset": start, "length": end - start} for start, end in clear]
    return uncrossed(sorted(whole + styles, key=order))


def uncrossed(entities: list[Json]) -> list[Json]:
    """Split what crosses the start of a later, longer entity."""
    done: list[Json] = []
    waiting = entities
    while waiting:
        current, waiting = waiting[0], waiting[1:]
        end = current["offset"] + current["length"]
        cut = next((o for o in waiting if current["offset"] < o["offset"] < end < o["offset"] + o["length"]), None)
        if cut is not None:
            waiting = sorted([respan(current, cut["offset"], end), *waiting], key=order)
            current = respan(current, current["offset"], cut["offset"])
        done.append(current)
    return sorted(done, key=order)


def order(entity: Json) -> tuple[int, int, int]:
    """Sort by start, longer first, then outer kinds first."""
    return entity["offset"], -entity["length"], RANKS.get(entity["type"], 50)


def overlap(one: Json, other: Json) -> bool:
    """Tell whether two entities share a place."""
    return bool(one["offset"] < other["offset"] + other["length"] and other["offset"] < one["offset"] + one["length"])


def union(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Join spans that touch or overlap."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def without(spans: list[tuple[int, int]], holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Cut holes out of spans."""
    for low, high in holes:
        pieces = [((start, min(end, low)), (max(start, high), end)) for start, end in spans]
        spans = [(start, end) for pair in pieces for start, end in pair if start < end]
    return spans


def respan(entity: Json, start: int, end: int) -> Json:
    """Copy an entity to another place."""
    return entity | {"offset": start, "length": end - start}
