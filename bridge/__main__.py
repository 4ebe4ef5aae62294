"""`python -m bridge`, and the command `tiledesk-bridge`."""

from bridge.cli import app


def main() -> None:
    """Run the command line."""
    app(prog_name="tiledesk-bridge")


if __name__ == "__main__":
    main()
