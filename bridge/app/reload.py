"""What a configuration that was read anew changes, and what must wait for a restart (pure)."""

from collections.abc import Mapping
from dataclasses import dataclass

from bridge.settings import Settings

FIXED = (("server", "host"), ("server", "port"), ("store", "url"), ("log", "format"))
"""what stays as it is until a restart: messages lie in the journal, callers stand at the port"""

TABLES = ("desks", "channels")
"""sections of sections, which are told apart by name"""


@dataclass(frozen=True, slots=True)
class Reload:
    """`settings` are in effect from now on; `changed` and `later` are names such as `channels.support` and `store.url`."""

    settings: Settings
    changed: tuple[str, ...] = ()
    later: tuple[str, ...] = ()

    @property
    def anew(self) -> bool:
        """Whether the daemon must be furnished anew; a log level needs less."""
        return any(name != "log" for name in self.changed)


def reloaded(old: Settings, new: Settings) -> Reload:
    """Compare two configurations."""
    later = tuple(f"{section}.{key}" for section, key in FIXED if held(old, section, key) != held(new, section, key))
    sections = dict.fromkeys(section for section, _ in FIXED)
    kept = {
        section: getattr(new, section).model_copy(
            update={key: held(old, section, key) for fixed, key in FIXED if fixed == section}
        )
        for section in sections
    }
    settings = new.model_copy(update=kept)
    before, after = named(old), named(settings)
    changed = tuple(name for name in {**before, **after} if before.get(name) != after.get(name))
    return Reload(settings, changed, later)


def held(settings: Settings, section: str, key: str) -> object:
    """One value."""
    return getattr(getattr(settings, section), key)


def named(settings: Settings) -> Mapping[str, object]:
    """Every section by its name."""
    found: dict[str, object] = {}
    for section in type(settings).model_fields:
        value = getattr(settings, section)
        if section in TABLES:
            found |= {f"{section}.{name}": one for name, one in value.items()}
        else:
            found[section] = value
    return found
