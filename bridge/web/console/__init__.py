"""The operators' console: pages that are made here, a cookie, and one small script that keeps numbers fresh."""

from bridge.web.console.frame import Seen
from bridge.web.console.routes import add_console

__all__ = ["Seen", "add_console"]
