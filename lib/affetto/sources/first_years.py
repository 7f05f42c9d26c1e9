"""When a song first came out, where the year told is that of a later release of it.

Spotify's year is that of the album at hand, which may be a compilation or a remaster: "Every
Breath You Take" stands there as of 1983, 1995 and 2017.  Of all releases of a song the earliest
year counts, but for what was taken anew (live, acoustic, remixed), which is of its own year.  A
remaster tells a song's year only where that lies before the remastering; else it is unknown.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from affetto.music.names import song_title

_NOTE = r"([(\[{].*| - .*)$"  # brackets, or what follows a dash
_TAKEN_ANEW = (
    r"\b(?:remix\w*|rmx|live|en vivo|ao vivo|dal vivo|unplugged|acoustic|demo|re-?record\w*"
    r"|sessions?|cover|reimagined|mashup|re-?work|bootleg|sped up|slowed|karaoke|tribute"
    r"|instrumental|orchestral|piano|nightcore|taylor's version)\b"
)
_REMASTER = (
    r"\bremaster|\b(?:19|20)\d\d\b.*\b(?:mix|version)\b|\b(?:mix|version)\b.*\b(?:19|20)\d\d\b"
)
_YEAR = r"\b((?:19|20)\d\d)\b"
_REMASTERING_BEGAN = 1995  # nearly; what says no year of its own was remastered since


def first_years(songs: pd.DataFrame, tracks: pd.DataFrame) -> pd.Series:
    """Float year of each of ``songs``, by all ``tracks``; nan where none is known.

    Reads title, artist_keys and year.  A song is its first artist and its title without version.
    """
    artists = set(songs["artist_keys"].str[0])
    releases = tracks[tracks["title"].notna() & tracks["artist_keys"].str[0].isin(artists)]
    told = releases[_tells(releases) & releases["year"].notna()]
    first = told["year"].astype(float).groupby(_keys(told)).min()
    anew = _notes(songs).str.contains(_TAKEN_ANEW, flags=re.IGNORECASE)
    years = np.where(anew, songs["year"].astype(float), _keys(songs).map(first))
    return pd.Series(years, index=songs.index, dtype=float)


def _tells(releases: pd.DataFrame) -> pd.Series:
    """Whether a release's year may be the song's own."""
    notes = _notes(releases)
    anew = notes.str.contains(_TAKEN_ANEW, flags=re.IGNORECASE)
    later = notes.str.contains(_REMASTER, flags=re.IGNORECASE)
    said = notes.str.extract(_YEAR)[0].astype(float).fillna(_REMASTERING_BEGAN)
    return ~anew & (~later | (releases["year"].astype(float) < said))


def _notes(tracks: pd.DataFrame) -> pd.Series:
    return tracks["title"].str.extract(_NOTE)[0].fillna("")


def _keys(tracks: pd.DataFrame) -> pd.Series:
    return tracks["artist_keys"].str[0] + "\t" + tracks["title"].map(song_title)
