"""The rules (pure): which request a message belongs to, and what a fact means for a conversation."""
