"""Settings of the environment as a configuration file."""

import json
from collections.abc import Mapping

SECRET = ("token", "password")


def split(environment: Mapping[str, str]) -> dict[str, str]:
    """`BRIDGE_DESKS__MAIN__TOKEN` as `desks.main.token`; what is no setting of ours is left out."""
    return {
        name.removeprefix("BRIDGE_").lower().replace("__", "."): value
        for name, value in environment.items()
        if name.startswith("BRIDGE_")
    }


def as_toml(environment: Mapping[str, str], *, secrets: bool = True) -> str:
    """The file; without its secrets if they lie elsewhere."""
    tables: dict[str, list[str]] = {}
    for key, value in split(environment).items():
        table, _, name = key.rpartition(".")
        if secrets or name not in SECRET:
            tables.setdefault(table, []).append(f"{name} = {json.dumps(value)}")
    return "".join(f"[{table}]\n" + "\n".join(lines) + "\n\n" for table, lines in tables.items())


def secret_files(environment: Mapping[str, str]) -> dict[str, str]:
    """The secrets by the names of their files."""
    return {key: value for key, value in split(environment).items() if key.rpartition(".")[2] in SECRET}
