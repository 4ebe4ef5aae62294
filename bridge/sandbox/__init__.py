"""Simulated Telegram and Tiledesk servers, for tests and for playing both sides by hand."""
