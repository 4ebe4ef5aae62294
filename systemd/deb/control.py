"""control.py KILOBYTES ARCHITECTURE: the package's head, from the metadata of the installed distribution."""

import re
import sys
from importlib.metadata import metadata


def debian_version(version: str) -> str:
    """Debian sorts `1.0~rc1` before `1.0`, as Python does `1.0rc1`."""
    return re.sub(r"\.?(dev|a|b|rc)(\d+)", r"~\1\2", version) + "-1"


def control(kilobytes: str, architecture: str) -> str:
    """The fields; the virtualenv holds modules for the Python it was made with, and for no other."""
    told = metadata("tiledesk-bridge")
    major, minor = sys.version_info[:2]
    fields = {
        "Package": told["Name"],
        "Version": debian_version(told["Version"]),
        "Architecture": architecture,
        "Maintainer": "tiledesk-bridge maintainers <root@localhost>",
        "Installed-Size": kilobytes,
        "Depends": f"python3 (>= {major}.{minor}), python3 (<< {major}.{minor + 1}), ca-certificates",
        "Suggests": "ffmpeg",
        "Section": "net",
        "Priority": "optional",
        "Description": f"{told['Summary']}\n It brings its own virtualenv in /opt/tiledesk-bridge and enables nothing:\n"
        " tiledesk-bridge init asks for what it needs.",
    }
    return "".join(f"{name}: {value}\n" for name, value in fields.items())


if __name__ == "__main__":
    sys.stdout.write(control(*sys.argv[1:]))
