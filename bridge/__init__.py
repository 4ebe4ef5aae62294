"""Relays end users' messages between messaging channels and Tiledesk, losing none."""

__version__ = "0.1.0"
