"""What may be learned from: nothing that came over Spotify's Web API.

Spotify's Developer Policy (III.14) forbids training on its content.  The public data sets carry
their own names as provenance; rows collected over the API say ``spotify_api``, and are refused.
"""

from __future__ import annotations

import pandas as pd

from affetto.errors import DataError
from affetto.sources.spotify.facts import PROVENANCE

COLUMNS = ("provenance", "features_provenance", "source", "sources")


def refuse_spotify_api(table: pd.DataFrame) -> None:
    """Raise DataError if any row of ``table`` came over Spotify's Web API, in whole or in part.

    table : anything that training is about to read.  The columns ``provenance``,
    ``features_provenance`` and ``source`` (text) and ``sources`` (lists of it) are looked at.
    """
    refused = pd.Series(False, index=table.index)
    for column in set(COLUMNS) & set(table.columns):
        refused |= table[column].map(_is_spotify_api).astype(bool)
    if refused.any():
        raise DataError(
            f"{int(refused.sum()):,} of {len(table):,} rows have the provenance {PROVENANCE}; "
            "Spotify's policy forbids training on them, so take them out first."
        )


def _is_spotify_api(value: object) -> bool:
    """Whether a cell, text or a list of texts, names the API."""
    if isinstance(value, str):
        return value == PROVENANCE
    return PROVENANCE in value if hasattr(value, "__iter__") else False
