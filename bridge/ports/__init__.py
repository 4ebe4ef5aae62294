"""What the rooms need of each other, as Protocols; only the hall knows who stands behind them."""

from bridge.ports.book import Book, Guest, Subscription
from bridge.ports.clock import Clock
from bridge.ports.doors import Accept, Answer, Door, Knock
from bridge.ports.edges import Planner, Reader, Sender
from bridge.ports.files import Address, Blob, Blobs, Links, Rendition, Ticket
from bridge.ports.journal import NO_CHANGES, Census, Changes, Claim, Entry, EntryId, Journal, Ledger, Overdue, Recovery
from bridge.ports.office import (
    FOREVER,
    ConversationView,
    Deed,
    EntryView,
    Filter,
    Forgotten,
    LaneView,
    Moment,
    Office,
    State,
)

__all__ = [
    "FOREVER",
    "NO_CHANGES",
    "Accept",
    "Address",
    "Answer",
    "Blob",
    "Blobs",
    "Book",
    "Census",
    "Changes",
    "Claim",
    "Clock",
    "ConversationView",
    "Deed",
    "Door",
    "Entry",
    "EntryId",
    "EntryView",
    "Filter",
    "Forgotten",
    "Guest",
    "Journal",
    "Knock",
    "LaneView",
    "Ledger",
    "Links",
    "Moment",
    "Office",
    "Overdue",
    "Planner",
    "Reader",
    "Recovery",
    "Rendition",
    "Sender",
    "State",
    "Subscription",
    "Ticket",
]
