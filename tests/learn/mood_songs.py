"""Made-up songs whose mood shows in their words and playlists, and hardly in their sound."""

from __future__ import annotations

import numpy as np
import pandas as pd

from affetto.learn.track_mood_data import MoodWorld
from affetto.learn.track_mood_evidence import EvidenceBook, merge_recordings, usable_playlists
from affetto.learn.track_mood_labels import load_labels
from affetto.sources.schema import FEATURES

QUADRANTS = ("sad", "calm", "angry", "happy")
WORDS = (("tears", "alone"), ("still", "sleep"), ("rage", "riot"), ("sun", "dance"))
SIGNS = ((-1, -1), (1, -1), (-1, 1), (1, 1))


def tracks(artists: int = 90, songs: int = 4, *, noise: float = 0.3, seed: int = 3) -> pd.DataFrame:
    """Every artist sings in one mood; Spotify's numbers lean to it by a little."""
    rng = np.random.default_rng(seed)
    rows = []
    for artist in range(artists):
        mood = artist % 4
        for song in range(songs):
            values = dict(zip(FEATURES, rng.random(len(FEATURES)), strict=True))
            for name, sign in zip(("spotify_valence", "energy"), SIGNS[mood], strict=True):
                values[name] = np.clip(0.5 + 0.1 * sign + noise * rng.normal(), 0, 1)
            number = artist * songs + song
            rows.append(
                {
                    "track_id": f"{number:022d}",
                    "recording_id": number,
                    "title": f"{WORDS[mood][song % 2]} number {number}",
                    "artists": [f"Band {artist}"],
                    "artist_keys": [f"band {artist}"],
                    "year": 2000 + song,
                    "popularity": 10.0,
                    "duration_ms": 200_000,
                    "explicit": False,
                    "raw_genres": ["pop"],
                    "genres": ["pop"],
                    "has_features": True,
                    **values,
                }
            )
    return pd.DataFrame(rows)


def labels(songs: pd.DataFrame, *, shuffled: bool = False, seed: int = 5) -> pd.DataFrame:
    """Two sources of playlist promises; each knows two of an artist's four songs."""
    rng = np.random.default_rng(seed)
    moods = np.array([QUADRANTS[int(r) // 4 % 4] for r in songs["recording_id"]])
    if shuffled:
        moods = rng.permutation(moods)
    return pd.DataFrame(
        {
            "track_id": songs["track_id"],
            "recording_id": songs["recording_id"],
            "source": [("one", "other")[int(r) % 2] for r in songs["recording_id"]],
            "mood": moods,
            "valence": np.nan,
            "arousal": np.nan,
            "playlist_id": [f"promise {mood}" for mood in moods],
        }
    )


def playlists(songs: pd.DataFrame) -> pd.DataFrame:
    """For every mood a playlist that promises it, which is a label, and two that don't."""
    rows = []
    for mood, word in enumerate(QUADRANTS):
        held = songs.loc[songs["recording_id"] // 4 % 4 == mood, "track_id"].tolist()
        rows.append((f"promise {word}", f"{word} songs", held, word))
        rows += [(f"list {word} {k}", f"list {k}", held[k::2], None) for k in (0, 1)]
    names = ["playlist_id", "name", "track_ids", "mood_context"]
    return pd.DataFrame(rows, columns=names).assign(date=None)


def world(*, shuffled: bool = False) -> MoodWorld:
    """All of it put together as ``load_mood_world`` does."""
    songs = tracks()
    told = labels(songs, shuffled=shuffled)
    recordings = merge_recordings(songs)
    known = load_labels(told, recordings)
    usable = usable_playlists(playlists(songs), labelling=set(told["playlist_id"]), left_out=())
    ids = songs[["track_id", "recording_id"]]
    book = EvidenceBook(recordings, ids, usable, known.frame)
    return MoodWorld(known, book.describe(known.frame), book, recordings, ids, 0)
