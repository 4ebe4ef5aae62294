"""Where the values come from: environment, credential files, secret files, the TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

PREFIX = "BRIDGE_"
NO_SETTINGS = ("BRIDGE_CONFIG", "BRIDGE_FAULT", "BRIDGE_PROOF", "BRIDGE_TEST")

SECRETS = "secrets"
"""the folder beside the configuration file that holds a file for each secret"""

SECRET_KEYS = ("password", "token")

Key = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """The values of one source, as nested tables; `origins` says for each key where it stands."""

    values: dict[str, object] = field(default_factory=dict, repr=False)
    origins: dict[Key, str] = field(default_factory=dict)
    mistakes: tuple[str, ...] = ()
    closed: bool = False
    """whether it can't be read by this user, so that nobody knows what it says"""

    def origin(self, key: Key) -> str:
        """Where `key`, or something below it, was set; empty if it was not set here."""
        return next((origin for other, origin in self.origins.items() if other[: len(key)] == key), "")


class LayerSource(PydanticBaseSettingsSource):
    """A layer the way pydantic-settings takes it."""

    def __init__(self, settings_cls: type[BaseSettings], layer: Layer) -> None:
        super().__init__(settings_cls)
        self.layer = layer

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[object, str, bool]:
        """The value of one field."""
        return self.layer.values.get(field_name), field_name, self.field_is_complex(field)

    def __call__(self) -> dict[str, object]:
        """All values, unknown keys too: they are mistakes that must be seen."""
        return self.layer.values


def environment(environ: Mapping[str, str]) -> Layer:
    """`BRIDGE_DESKS__MAIN__PASSWORD` is `desks.main.password`."""
    found = {
        tuple(name.removeprefix(PREFIX).lower().split("__")): (name, value)
        for name, value in sorted(environ.items())
        if name.startswith(PREFIX) and name != NO_SETTINGS[0] and not name.startswith(NO_SETTINGS[1:])
    }
    return planted(found, "from")


def credentials(environ: Mapping[str, str], file: Path | None = None) -> Layer:
    """`$CREDENTIALS_DIRECTORY/desks.main.password` is `desks.main.password`; names without a dot are not for us.

    systemd puts `secrets_` before the names if it was handed the whole folder: `LoadCredential=secrets:/etc/…/secrets`. That
    folder lies beside `file`, the configuration: it is named, since nobody can mend the copies.
    """
    directory = environ.get("CREDENTIALS_DIRECTORY")
    if not directory:
        return Layer()
    try:
        source = file.parent.absolute() / SECRETS if file else None
        return named_files(Path(directory), "credential file", source)
    except OSError as error:
        return Layer(mistakes=(f"$CREDENTIALS_DIRECTORY: can't be read: {error.strerror}",))


def beside(file: Path, environ: Mapping[str, str]) -> Layer:
    """`secrets/desks.main.password` beside the configuration file is `desks.main.password`.

    A daemon under systemd can't read the folder and need not: it gets copies as credentials.
    """
    folder = file.parent / SECRETS
    try:
        return named_files(folder, "secret file", folder.absolute()) if folder.is_dir() else Layer()
    except OSError as error:
        if environ.get("CREDENTIALS_DIRECTORY"):
            return Layer()
        advice = f"run this as root, or hand it to the daemon: LoadCredential={SECRETS}:{folder.absolute()}"
        return Layer(mistakes=(f"{folder}: can't be read: {error.strerror}; {advice}",), closed=True)


def named_files(folder: Path, word: str, source: Path | None) -> Layer:
    """Files of one secret each, named by its key; hidden ones are not for us. Raises `OSError` if the folder can't be read.

    `source` is the folder where an operator mends what systemd may hand on as a copy.
    """
    found, mistakes = {}, []
    files = [path for path in sorted(folder.iterdir()) if "." in path.name and not path.name.startswith(".")]
    for path in files:
        plain = path.name.removeprefix(f"{SECRETS}_")
        ours = source is not None and (plain != path.name or source == folder.absolute())
        name = str(source / plain) if source is not None and ours else path.name
        try:
            found[tuple(plain.split("."))] = (name, path.read_text("utf-8").rstrip("\r\n"))
        except OSError as error:
            mistakes.append(f"{word} {name}: can't be read: {error.strerror}")
        except UnicodeDecodeError:
            mistakes.append(f"{word} {name}: is not UTF-8 text")
    layer = planted(found, f"from {word}")
    return Layer(layer.values, layer.origins, (*mistakes, *layer.mistakes))


def toml(path: Path) -> Layer:
    """The configuration file."""
    try:
        values = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return Layer(mistakes=(f"{path}: there is no such file; make it: tiledesk-bridge init --config {path}",))
    except PermissionError as error:
        advice = "run this as root, or let the daemon's group read it: SupplementaryGroups= in its unit"
        return Layer(mistakes=(f"{path}: can't be read: {error.strerror}; {advice}",), closed=True)
    except OSError as error:
        return Layer(mistakes=(f"{path}: can't be read: {error.strerror}",))
    except UnicodeDecodeError:
        return Layer(mistakes=(f"{path}: is not UTF-8 text; save it as UTF-8",))
    except tomllib.TOMLDecodeError as error:
        return Layer(mistakes=(f"{path}: is not valid TOML: {error}",))
    return Layer(values, dict.fromkeys(leaves(values), f"in {path}"))


def secrets_within(path: Path) -> list[str]:
    """The keys of the configuration file that hold a secret, such as `desks.main.password`."""
    return [".".join(key) for key in toml(path).origins if key[-1] in SECRET_KEYS]


def leaves(values: Mapping[str, object], above: Key = ()) -> list[Key]:
    """Every key of nested tables that holds a value (or an empty table)."""
    keys: list[Key] = []
    for name, value in values.items():
        nested = leaves(value, (*above, name)) if isinstance(value, dict) else []
        keys += nested or [(*above, name)]
    return keys


def planted(found: Mapping[Key, tuple[str, str]], word: str) -> Layer:
    """Flat keys as nested tables."""
    layer, mistakes = Layer(), []
    for key, (name, value) in found.items():
        *sections, last = key
        place = layer.values
        for section in sections:
            inner = place.setdefault(section, {})
            if not isinstance(inner, dict):
                mistakes.append(
                    f"{'.'.join(key)} {word} {name}: {section} is set as one value as well; keep one of the two"
                )
                break
            place = inner
        else:
            place[last] = value
            layer.origins[key] = f"{word} {name}"
    return Layer(layer.values, layer.origins, tuple(mistakes))
