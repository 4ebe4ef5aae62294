"""What a message is made of: neutral parts, none of them Telegram's or Tiledesk's."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Text:
    """Words, in Markdown."""

    markdown: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One plain line of ours that names something that can't be carried as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Pause:
    """A wait that a bot asked for, shown to the user as typing."""

    seconds: float


class MediaKind(StrEnum):
    """What a file is to those who look at it."""

    IMAGE = "image"
    ANIMATION = "animation"
    """a short film without sound, or a GIF"""
    VIDEO = "video"
    ROUND_VIDEO = "round video"
    VOICE = "voice"
    AUDIO = "audio"
    STICKER = "sticker"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class File:
    """A file that stays at its network until somebody asks for it; `id` means something to that channel's bot alone."""

    channel: str
    chat: str
    id: str


@dataclass(frozen=True, slots=True)
class Media:
    """A picture, a film, a sound, any file.

    `source` is a file of the network's (inbound), a URL (outbound), or "" if it can't be had at all. `size` is in bytes,
    `duration` in seconds; both are 0 where nobody says. `caption` is Markdown; `label` says in words what it is, where nothing
    else does ("📷 Photo"). `thumbnail` is a small still picture of it.
    """

    kind: MediaKind
    source: File | str
    name: str = ""
    mime: str = ""
    size: int = 0
    width: int = 0
    height: int = 0
    duration: int = 0
    caption: str = ""
    label: str = ""
    thumbnail: File | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """A point on the map, in degrees; with a `title` it is a venue. `live`: it moves, and this is where it is now."""

    latitude: float
    longitude: float
    title: str = ""
    address: str = ""
    live: bool = False


class ButtonKind(StrEnum):
    """What a press does."""

    TEXT = "text"
    """says the label, as if the user had typed it"""
    URL = "url"
    """opens `target`"""
    ACTION = "action"
    """tells a bot to go on at `target`"""


@dataclass(frozen=True, slots=True)
class Button:
    """Something to press. `echo`: a press is seen in the conversation."""

    kind: ButtonKind
    label: str
    target: str = ""
    echo: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """Buttons under the part before it."""

    buttons: tuple[Button, ...]


@dataclass(frozen=True, slots=True)
class Press:
    """A user pressed button number `index` of the offer of that id; whether it still counts, the rules say."""

    offer: str
    index: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """A press that counts; `others` are the buttons beside it."""

    button: Button
    others: tuple[Button, ...] = ()


Part = Text | Notice | Pause | Media | Spot | Choice | Press | Chosen
