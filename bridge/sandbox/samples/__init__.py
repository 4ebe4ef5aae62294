"""Real files of every kind that people send, small enough to be kept as text in Python modules.

They were drawn and recorded for this sandbox: browsers show and play them, and converters convert them.
"""

from bridge.sandbox.samples.pictures import BOX, MAP, PARCEL, SMALL, SMILE
from bridge.sandbox.samples.recordings import BALL, CLIP, MOVING, SILENT, SONG, VOICE
from bridge.sandbox.samples.voice import voice

INVOICE = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 144]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>endobj
4 0 obj<</Length 55>>stream
BT /F1 24 Tf 40 64 Td (Invoice 4711: 12.50 EUR) Tj ET
\x20
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
"""
"""a document: PDF, one page"""

__all__ = [
    "BALL",
    "BOX",
    "CLIP",
    "INVOICE",
    "MAP",
    "MOVING",
    "PARCEL",
    "SILENT",
    "SMALL",
    "SMILE",
    "SONG",
    "VOICE",
    "voice",
]
