"""Which genre families a track has, from sources that are right to different degrees.

One source names the genres that Spotify gives the *artist*; they outrank everything else.  The
others say in which playlist, or by which search, a track was found, and many of their words are
wrong: many songs of one source's "latin" playlists are by artists without anything latin.
So each source's words are tried on the artists whose genres are known, and only those that are
mostly right are believed of the rest.
"""

from __future__ import annotations

import pandas as pd

from affetto.sources.genres import GENRES, families

#: An artist has the families that at least this share of their tracks with genres carry.
USUAL = 0.3
#: A source's word is believed of a family where it is right on this share of known tracks …
BELIEVED = 0.6
#: … and of fewer known tracks than this nothing can be said: it is believed.
FEWEST = 10


def track_genres(tracks: pd.DataFrame, rows: pd.DataFrame) -> tuple[list[list[str]], list]:
    """The families of every track, in the order of GENRES, and where they come from.

    tracks : one row a track: ``track_id``, ``artist_keys``.  rows : one row a track and source:
    ``track_id``, ``source``, ``raw_genres``, and ``of_artist``, whether these are its artist's.
    From where: "artist" (the first artist's own words), "track" (believed words about the track
    that suit its artist), "other tracks" (what is believed of the artist's others), or None.
    """
    first = tracks.set_index("track_id")["artist_keys"].map(lambda keys: keys[0] if keys else None)
    said = _said(rows, first)
    own = _by_artist(said[said["of_artist"]])
    believed = _believed(said[~said["of_artist"]], own)
    usual = _by_artist(believed)
    of_track = believed.groupby("track_id")["family"].agg(set).to_dict()
    found = [
        _decide(of_track.get(track, set()), own.get(artist), usual.get(artist))
        for track, artist in first.items()
    ]
    order = {family: at for at, family in enumerate(GENRES)}
    return [sorted(held, key=order.__getitem__) for held, _ in found], [by for _, by in found]


def _decide(
    said: set[str], own: frozenset[str] | None, usual: frozenset[str] | None
) -> tuple[set[str] | frozenset[str], str | None]:
    if own:
        return own, "artist"
    if said and (not usual or said & usual):
        return said & usual if usual else said, "track"
    return (usual, "other tracks") if usual else (set(), None)


def _said(rows: pd.DataFrame, first: pd.Series) -> pd.DataFrame:
    """One row a track, source, word and family, with the track's first artist."""
    said = rows[["track_id", "source", "of_artist", "raw_genres"]].explode("raw_genres").dropna()
    said["artist"] = said["track_id"].map(first)
    said["family"] = said["raw_genres"].map(families)
    return said.explode("family").dropna(subset="family").reset_index(drop=True)


def _by_artist(said: pd.DataFrame) -> dict[str, frozenset[str]]:
    """Artist → the families that at least USUAL of their tracks with genres carry."""
    pairs = said[["artist", "track_id", "family"]].dropna().drop_duplicates()
    pairs["of"] = pairs.groupby("artist")["track_id"].transform("nunique").astype(int)
    carried = pairs.groupby(["artist", "family"])["of"].agg(["size", "first"]).reset_index()
    usual = carried[carried["size"] >= USUAL * carried["first"]]
    return usual.groupby("artist")["family"].agg(frozenset).to_dict()


def _believed(said: pd.DataFrame, own: dict[str, frozenset[str]]) -> pd.DataFrame:
    """The rows whose word is mostly right on the tracks of artists whose genres are known."""
    known = said[said["artist"].isin(own)]
    pairs = zip(known["artist"], known["family"], strict=True)
    right = pd.Series([family in own[artist] for artist, family in pairs], known.index, dtype=bool)
    word = ["source", "raw_genres", "family"]
    tried = known.assign(right=right)[[*word, "right"]].groupby(word)["right"].agg(["mean", "size"])
    wrong = tried[(tried["size"] >= FEWEST) & (tried["mean"] < BELIEVED)].index
    return said[~pd.MultiIndex.from_frame(said[word]).isin(wrong)]
