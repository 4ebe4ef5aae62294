"""Writes the tables of `docs/messages.md` anew."""

from tests.acceptance.messages.page import PAGE, rewritten

PAGE.write_text(rewritten(PAGE.read_text()))
