"""The whole catalogue."""

from tests.acceptance.messages import (
    inbound_files,
    inbound_kinds,
    inbound_presses,
    inbound_words,
    outbound_buttons,
    outbound_files,
    outbound_unseen,
    outbound_words,
)
from tests.acceptance.messages.row import Row, rows_of

INBOUND: tuple[Row, ...] = rows_of(inbound_words, inbound_files, inbound_kinds, inbound_presses)
OUTBOUND: tuple[Row, ...] = rows_of(outbound_words, outbound_buttons, outbound_files, outbound_unseen)
