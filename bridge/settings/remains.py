"""What is left of a configuration with mistakes: where the journal is, and what must not be shown.

A daemon runs on with the old configuration, and whoever has just spoilt the new one wants to see how it does.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from bridge.settings.load import find
from bridge.settings.model import Settings, Store
from bridge.settings.sources import SECRET_KEYS, Layer, beside, credentials, environment, toml
from bridge.unit import SYSTEM_CONFIG, instance_of, system_data

SPELT_OUT = re.compile(rf"(?:{'|'.join(SECRET_KEYS)})[\"']?\s*=\s*[\"']+([^\"'\n]+)")
"""secrets in a file that is no TOML"""


class Remnant(Settings):
    """Settings without desks and channels; made without a look at anything but `store.url`."""

    kept: tuple[str, ...] = Field(default=(), repr=False)

    def secrets(self) -> list[str]:
        """Every secret value that was found."""
        return list(self.kept)


def remnant(path: Path | None, environ: Mapping[str, str], cwd: Path | None = None) -> Remnant | None:
    """What can be used of what `load` refuses; None if nobody can tell where the journal is."""
    file = find(path, environ, cwd)
    layers = [environment(environ), credentials(environ, file), *([beside(file, environ), toml(file)] if file else [])]
    url = next((found for layer in layers if (found := value(layer, "store", "url")) is not None), None)
    if url is None and file is not None and layers[-1].mistakes:
        if file.absolute() != SYSTEM_CONFIG and not instance_of(file.absolute()):
            return None
        url = f"sqlite://{system_data(file.absolute())}/bridge.db"  # systemd lets its daemon write nowhere else
    try:
        store = Store() if url is None else Store.model_validate({"url": url})
    except ValidationError:
        return None
    return Remnant.model_construct(store=store, kept=tuple(dict.fromkeys(secrets_of(layers, file))))


def value(layer: Layer, section: str, key: str) -> object:
    """A value of a section; None if it is not set there."""
    found = layer.values.get(section)
    return found.get(key) if isinstance(found, dict) else None


def secrets_of(layers: Sequence[Layer], file: Path | None) -> Iterator[str]:
    """Every secret in every layer, also the way HTTP Basic writes it, and those of a file that can't be parsed."""
    found = [one for layer in layers for one in texts(layer.values)]
    names = [text for key, text in found if key == "username"]
    for key, text in found:
        if key in SECRET_KEYS:
            yield text.removeprefix("JWT ")
            for name in names:
                yield base64.b64encode(f"{name}:{text}".encode()).decode()
    if file is not None and layers[-1].mistakes and file.is_file():
        yield from SPELT_OUT.findall(file.read_text("utf-8", "replace"))


def texts(values: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Every text of nested tables with the last part of its key."""
    for key, one in values.items():
        if isinstance(one, dict):
            yield from texts(one)
        elif isinstance(one, str) and one:
            yield key, one
