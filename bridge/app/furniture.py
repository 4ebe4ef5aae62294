"""What reads and plans for one channel and its desk: the same for the daemon and for a dry run."""

from dataclasses import dataclass

from bridge.ports import Links
from bridge.settings import Settings
from bridge.telegram.plan import TelegramPlanner
from bridge.telegram.press import PressPlanner
from bridge.telegram.read import TelegramReader
from bridge.tiledesk.plan import TiledeskPlanner
from bridge.tiledesk.read import TiledeskReader


@dataclass(frozen=True, slots=True)
class Furniture:
    """One channel's readers and planners, without a network and without a journal."""

    from_channel: TelegramReader
    from_desk: TiledeskReader
    to_desk: TiledeskPlanner
    to_channel: TelegramPlanner
    presses: PressPlanner


def furniture(settings: Settings, name: str, offers: bytes, links: Links | None = None) -> Furniture:
    """The furniture of a channel; `offers` is what the ids of buttons are made of, `links` gives files addresses of ours."""
    channel = settings.channels[name]
    desk = settings.desks[settings.desk_of(name)]
    return Furniture(
        TelegramReader(name, channel.bot_id, channel.fetch_mb * 2**20, channel.reactions),
        TiledeskReader(desk.project_id, desk.api_url, channel.texts.open, channel.texts.sources),
        TiledeskPlanner(channel.kind, channel.department, links, desk.media == "upload" and links is not None),
        TelegramPlanner(offers, channel.texts),
        PressPlanner(channel.texts),
    )
