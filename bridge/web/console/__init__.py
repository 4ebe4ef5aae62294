"""The operators' console: pages that are made here, a cookie, and one small script that keeps numbers fresh."""

from bridge.web.console.frame import Seen
from bridge.web.console.routes import add_console
from bridge.web.console.session import Sessions

__all__ = ["Seen", "Sessions", "add_console"]
