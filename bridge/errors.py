"""The few exceptions; what the world does is an outcome, not an exception.

BridgeError
├── ConfigurationError      the configuration has mistakes (all of them)
│   └── NotReadable         it can't be read by this user, whatever it says
├── CannotListen            the address to listen on is taken, or not ours
├── DaemonError             a daemon that runs does not answer a command as it should
├── Unreadable              an arrival that no reader can translate
├── FileError               a file of a network's can't be had
│   ├── FileGone            the network does not have it any more
│   ├── FileTooLarge        the network does not hand out files of this size
│   └── FileUnavailable     it can't be had now
└── JournalError            the journal can't serve
    ├── JournalUnavailable  it can't be written or read now
    ├── JournalInUse        another daemon holds it
    └── JournalDamaged      its file is not a sound journal of ours
"""

from collections.abc import Sequence


class BridgeError(Exception):
    """Something the bridge can say in one line."""

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail or (self.__doc__ or "").strip())


BAD_CONFIGURATION = 78
"""the exit code of a daemon whose configuration has mistakes: starting it again would not mend them"""

BAD_JOURNAL = 65
"""the exit code of a daemon whose journal it can't use, whenever it is started"""


class ConfigurationError(BridgeError):
    """The configuration has mistakes."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(self.mistakes))


class NotReadable(ConfigurationError):
    """The configuration can't be read by this user."""


class CannotListen(BridgeError):
    """The address can't be listened on."""


class DaemonError(BridgeError):
    """The daemon does not answer as it should."""


class Unreadable(BridgeError):
    """This arrival can't be translated."""


class FileError(BridgeError):
    """The file can't be had."""


class FileGone(FileError):
    """The network does not have this file any more."""


class FileTooLarge(FileError):
    """The network does not hand out files of this size."""


class FileUnavailable(FileError):
    """The file can't be had now."""


class JournalError(BridgeError):
    """The journal can't serve."""


class JournalUnavailable(JournalError):
    """The journal can't be written or read now."""


class JournalInUse(JournalError):
    """Another daemon holds this journal."""


class JournalDamaged(JournalError):
    """This file is not a sound journal."""
