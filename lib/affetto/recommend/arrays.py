"""Arrays as one file, as the recommender's parts are kept."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np

#: What reading a file that ``packed`` did not write may raise.
UNREADABLE = (
    KeyError,
    ValueError,
    IndexError,
    OSError,
    EOFError,
    RuntimeError,  # encrypted, or packed in a way that zipfile does not know
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """An ``.npz`` that ``np.load`` reads, the same bytes for the same arrays.

    LZMA, where NumPy's own deflates: what the recommender keeps takes three tenths less room
    so, and a tenth of a second longer to read.
    """
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, array in arrays.items():
            entry = zipfile.ZipInfo(f"{name}.npy")  # of no date
            entry.compress_type = zipfile.ZIP_LZMA
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asanyarray(array), allow_pickle=False)
    return sink.getvalue()
