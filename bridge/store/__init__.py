"""THE CELLAR: where every message stands between its acceptance and its end, and what is known of conversations.

`SqliteStore` and `MemoryStore` keep both promises of `bridge.ports`, `Journal` and `Book`; one contract suite holds for both.
"""

from bridge.store.memory import MemoryStore
from bridge.store.sqlite import SqliteStore, open_journal
from bridge.store.views import Views, look

__all__ = ["MemoryStore", "SqliteStore", "Views", "look", "open_journal"]
