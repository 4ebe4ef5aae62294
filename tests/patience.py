"""How long a test waits for what takes milliseconds on an idle machine."""

PATIENCE = 60.0
"""seconds; this ends what hangs, and says nothing about how fast anything is"""
