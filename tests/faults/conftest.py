"""The nursery of the crash campaigns serves here too."""

from tests.crash.conftest import nursery

__all__ = ["nursery"]
