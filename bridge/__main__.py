"""`python -m bridge`, and the command `tiledesk-bridge`."""

from bridge.cli import app
from bridge.cli.output import output


def main() -> None:
    """Run the command line."""
    with output():
        app(prog_name="tiledesk-bridge")


if __name__ == "__main__":
    main()
