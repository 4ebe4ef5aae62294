"""Reading the configuration: all sources, then all mistakes or none."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from bridge.errors import ConfigurationError, NotReadable
from bridge.settings.mistakes import described
from bridge.settings.model import Settings
from bridge.settings.sources import SECRET_KEYS, LayerSource, beside, credentials, environment, toml

PLACES = (Path("config/bridge.toml"), Path("/etc/tiledesk-bridge/bridge.toml"))


def find(path: Path | None, environ: Mapping[str, str], cwd: Path | None = None) -> Path | None:
    """The configuration file to read: the one that was asked for, or the first that exists; None if there is none."""
    asked = path or (Path(environ["BRIDGE_CONFIG"]) if environ.get("BRIDGE_CONFIG") else None)
    here = cwd or Path()
    if asked:
        return here / asked
    return next((here / place for place in PLACES if is_file(here / place)), None)


def is_file(path: Path) -> bool:
    """Whether there is such a file; not in a folder that we may not enter."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def load(path: Path | None, environ: Mapping[str, str], cwd: Path | None = None) -> Settings:
    """Read environment, credential files, secret files beside the configuration file, and that file; strongest first.

    Raise `ConfigurationError` with every mistake, one line each: where it is, what is wrong, what to do. No line holds a value
    that was set. Raise `NotReadable` with nothing but that if it is not ours to read: what it was to say is not missing.
    """
    file = find(path, environ, cwd)
    layers = [environment(environ), credentials(environ, file), *([beside(file, environ), toml(file)] if file else [])]
    if closed := [mistake for layer in layers if layer.closed for mistake in layer.mistakes]:
        raise NotReadable(closed)
    broken = [mistake for layer in layers for mistake in layer.mistakes]
    if file and layers[-1].mistakes:
        # What an unreadable file was to say is not missing.
        raise ConfigurationError(broken)

    class Sourced(Settings):
        @classmethod
        def settings_customise_sources(cls, *_: Any, **__: Any) -> tuple[LayerSource, ...]:
            return tuple(LayerSource(cls, layer) for layer in layers)

    nothing: dict[str, Any] = {}
    try:
        settings = Sourced(**nothing)
    except ValidationError as error:
        raise ConfigurationError([*broken, *described(error, layers, file)]) from None
    if broken:
        raise ConfigurationError(broken)
    return settings


def origins(path: Path | None, environ: Mapping[str, str], cwd: Path | None = None) -> dict[str, str]:
    """Where each secret that is set was read: its key, such as `desks.main.password`, and words such as `in /etc/…/bridge.toml`.

    What was read from a file of its own says `from secret file …` or `from credential file …`.
    """
    file = find(path, environ, cwd)
    layers = [environment(environ), credentials(environ, file), *([beside(file, environ), toml(file)] if file else [])]
    found: dict[str, str] = {}
    for layer in layers:
        for key, origin in layer.origins.items():
            if key[-1] in SECRET_KEYS:
                found.setdefault(".".join(key), origin)
    return found
