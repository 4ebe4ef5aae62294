"""Every kind of message, as data: what is sent, what arrives, what is lost; and how each is seen to be true.

`python -m tests.acceptance.messages` writes `docs/messages.md` anew.
"""
