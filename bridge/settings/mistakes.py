"""What pydantic found, in an operator's words."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bridge.settings.model import Settings
from bridge.settings.sources import PREFIX, SECRET_KEYS, SECRETS, Key, Layer

SHAPES = {
    "Name": "is not a name; use a-z, 0-9, _ and -, up to 32 of them, beginning with a letter or digit",
    "project_id": "must be the project's id of 24 hexadecimal digits; the dashboard shows it in its address",
    "department": "must be a department's id of 24 hexadecimal digits, or empty",
    "event": 'must be the name of a Tiledesk event, such as "message.create"',
}


def described(error: ValidationError, layers: Sequence[Layer], file: Path | None) -> list[str]:
    """One line per mistake: where, what, what to do; in the order of the sections."""
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    sections = list(Settings.model_fields)
    errors.sort(key=lambda one: sections.index(str(one["loc"][0])) if str(one["loc"][0]) in sections else len(sections))
    return list(dict.fromkeys(line(one, layers, file) for one in errors))


def line(error: ErrorDetails, layers: Sequence[Layer], file: Path | None) -> str:
    """The line for one mistake."""
    key = tuple(str(part) for part in error["loc"] if part != "[key]")
    if len(key) > 1 and key[-1].startswith(("constrained-", "literal[")):
        key = key[:-1]  # the branch of a union is no key
    if key == ("server",) and error["type"] == "missing":
        key = ("server", "public_url")  # the one key of this section that has no default
    origin = next((origin for layer in layers if (origin := layer.origin(key))), "")
    where = f"{'.'.join(key)} {origin}".rstrip()
    return f"{where}: {complaint(error, key, file)}"


def complaint(error: ErrorDetails, key: Key, file: Path | None) -> str:
    """What is wrong, and what to do."""
    match error["type"]:
        case "extra_forbidden":
            near = get_close_matches(key[-1], keys_beside(key), n=1)
            hint = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(keys_beside(key))}"
            return f"unknown key; {hint}"
        case "missing":
            variable = PREFIX + "__".join(key).upper()
            if file and key[-1] in SECRET_KEYS:
                return f"is missing; {secret_place(key, file)} or set it as {variable}"
            return f"is missing; set it in {file or 'the configuration file'} or as {variable}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a section with keys of its own (in the environment, two underscores between the levels)"
        case "string_pattern_mismatch" | "literal_error" if "[key]" in error["loc"] or key[-1] in SHAPES:
            return SHAPES["Name" if "[key]" in error["loc"] else key[-1]]
        case "contradiction" if file and key[-1] in SECRET_KEYS and error["msg"].startswith("is missing"):
            return f"{error['msg']}: {secret_place(key, file)}"
        case _:
            return error["msg"].removeprefix("Value error, ").replace("Input should", "should")


def secret_place(key: Key, file: Path) -> str:
    """Where a secret belongs: the configuration may be readable for everybody."""
    return f"write it to {file.parent / SECRETS / '.'.join(key)} (chmod 600)"


def keys_beside(key: Key) -> list[str]:
    """The keys that are known where `key` stands."""
    model: type[BaseModel] = Settings
    named = False
    for part in key[:-1]:
        if named:
            named = False
            continue
        annotation = model.model_fields[part].annotation
        if arguments := get_args(annotation):
            model, named = arguments[1], True
        elif isinstance(annotation, type):
            model = annotation
    return list(model.model_fields)
