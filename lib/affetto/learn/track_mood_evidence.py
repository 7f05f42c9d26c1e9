"""What is known of a song besides its labels: the evidence that its mood is learned from.

Sound alone is exhausted, so it is one voice among several: genre words, the playlists that a
song or its artist stands in and the moods that those playlists' names promise, the artist's
other songs, the words of the title.

Playlists whose words label songs are never evidence, nor are others of the same name: a label
must not be its own proof.  Playlists that the recommender is judged on are left out as well.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from affetto.emotions import QUADRANTS
from affetto.learn.track_mood_labels import first_artist
from affetto.sources.genres import GENRES
from affetto.sources.names import fold
from affetto.sources.schema import FEATURES

_META = ("year", "popularity", "duration_ms", "explicit")
#: How much a voice of each kind weighs in the linear model (its shrinkage is shared).
VOICES = {
    "artist": 1.0,
    "title": 1.0,
    "genre": 0.5,
    "playlist": 0.7,
    "artist's genres": 0.3,
    "artist's playlists": 0.3,
    "sound": 0.5,
}


@dataclass(frozen=True, slots=True)
class Evidence:
    """n songs described twice.

    dense : float32 [n, f], nan where unknown: sound, facts, genres, the artist's mean sound,
    promised moods.  sparse : [n, s], one column a name or word; zero where unknown.
    spotify : float32 [n, 2], ``spotify_valence`` and ``energy``, nan without audio features.
    sound : float32 [n, 12 + genres], the columns of dense that a song's own sound and genre are.
    """

    dense: np.ndarray
    sparse: sp.csr_matrix
    spotify: np.ndarray
    sound: np.ndarray

    def __len__(self) -> int:
        return len(self.dense)

    def rows(self, chosen: np.ndarray) -> Evidence:
        """The evidence on some of the songs."""
        return Evidence(
            self.dense[chosen], self.sparse[chosen], self.spotify[chosen], self.sound[chosen]
        )


def merge_recordings(tracks: pd.DataFrame) -> pd.DataFrame:
    """One row a recording: of its ids the best described one, and the genre words of all."""
    ordered = tracks.sort_values(
        ["recording_id", "has_features", "popularity", "track_id"],
        ascending=[True, False, False, True],
    )
    found = ordered.drop_duplicates("recording_id").set_index("recording_id")
    several = tracks[tracks["recording_id"].duplicated(keep=False)]
    for column in ("raw_genres", "genres"):
        words: dict[int, set[str]] = {}
        for recording, held in zip(several["recording_id"], several[column], strict=True):
            words.setdefault(recording, set()).update(held)
        found[column] = [
            sorted(words[recording]) if recording in words else list(held)
            for recording, held in zip(found.index, found[column], strict=True)
        ]
    return found


def usable_playlists(
    playlists: pd.DataFrame, *, labelling: Collection[str], left_out: Collection[str]
) -> pd.DataFrame:
    """Playlists that may be evidence.

    labelling : ids of playlists whose words label songs; they and their namesakes go.
    left_out : ids that must not be looked at.
    """
    named = set(playlists.loc[playlists["playlist_id"].isin(labelling), "name"].map(fold))
    refused = playlists["playlist_id"].isin({*labelling, *left_out})
    return playlists[~refused & ~playlists["name"].map(fold).isin(named)]


class EvidenceBook:
    """Describes songs by the catalogue and the playlists.

    recordings : as ``merge_recordings`` gives them.  tracks : track_id and recording_id.
    playlists : as ``usable_playlists`` gives them.  known : the labelled songs (title,
    artist_keys), whose names and words get a column each; no other name can tell of a label.
    """

    def __init__(
        self,
        recordings: pd.DataFrame,
        tracks: pd.DataFrame,
        playlists: pd.DataFrame,
        known: pd.DataFrame,
    ) -> None:
        self._recordings = recordings
        first = [first_artist(keys) for keys in recordings["artist_keys"]]
        self._artists = {name: row for row, name in enumerate(dict.fromkeys(first))}
        of_artist = np.array([self._artists[name] for name in first])
        size = int(recordings.index.max()) + 1
        to_artist = sp.csr_matrix(
            (np.ones(len(first), np.float32), (of_artist, recordings.index)),
            shape=(len(self._artists), size),
        )
        self._held, self._promised = _memberships(tracks, playlists, size)
        self._artist_held = (to_artist @ self._held).tocsr()
        self._artist_held.data = np.log1p(self._artist_held.data)
        sound = recordings[list(FEATURES)].astype(np.float32)
        self._scale = sound.mean().to_numpy(), sound.std().replace(0, 1).fillna(1).to_numpy()
        self._artist_sound = sound.groupby(of_artist).mean().to_numpy(np.float32)
        self._artist_songs = np.bincount(of_artist, minlength=len(self._artists))
        self._names = CountVectorizer(token_pattern=r"\S+", min_df=2, binary=True)
        self._words = TfidfVectorizer(
            token_pattern=r"\S+", ngram_range=(1, 2), min_df=4, sublinear_tf=True
        )
        self._genre_words = CountVectorizer(token_pattern=r"\S+", min_df=20, binary=True)
        self._names.fit(known["artist_keys"].map(_tokens))
        self._words.fit(known["title"].fillna("").map(fold))
        words = recordings["raw_genres"].map(_tokens)
        self._genre_words.fit(words[words != ""])
        self._artist_genres = (
            to_artist[:, recordings.index] @ self._genre_words.transform(words)
        ).tocsr()
        self._artist_genres.data[:] = 1  # a word is an artist's if one of the songs has it

    def describe(self, songs: pd.DataFrame, *, sound: bool = True) -> Evidence:
        """The evidence on songs (recording_id or -1, title, artist_keys).

        sound : False describes them as if nobody had measured theirs.
        """
        known = songs["recording_id"].to_numpy() >= 0
        rows = np.where(known, songs["recording_id"], self._recordings.index[0])
        facts = self._recordings.reindex(songs["recording_id"])
        artist = np.array(
            [self._artists.get(first_artist(keys), -1) for keys in songs["artist_keys"]]
        )
        heard = facts[list(FEATURES)].to_numpy(np.float32)
        if not sound:
            heard = np.full_like(heard, np.nan)
        families = _families(facts["genres"])
        artist_sound = np.where((artist >= 0)[:, None], self._artist_sound[artist], np.nan)
        songs_known = np.where(artist >= 0, self._artist_songs[artist], 0)
        promised = np.where(known[:, None], self._promised[rows], 0)
        meta = facts[list(_META)].astype(float).to_numpy(np.float32)
        dense = np.concatenate(
            [heard, families, meta, artist_sound, songs_known[:, None], promised], axis=1
        ).astype(np.float32)
        at = [FEATURES.index("spotify_valence"), FEATURES.index("energy")]
        return Evidence(
            dense=dense,
            sparse=self._voices(songs, facts, known, rows, artist, heard, artist_sound),
            spotify=heard[:, at],
            sound=dense[:, : len(FEATURES) + len(GENRES)],
        )

    def playlists_of(self, recordings: np.ndarray) -> np.ndarray:
        """[n] in how many usable playlists each recording stands; 0 for -1."""
        return np.where(recordings >= 0, self._promised[np.maximum(recordings, 0), -1], 0)

    def _voices(self, songs, facts, known, rows, artist, sound, artist_sound) -> sp.csr_matrix:
        by = sp.diags_array((artist >= 0).astype(np.float32))
        own = sp.diags_array(known.astype(np.float32))
        parts = {
            "artist": self._names.transform(songs["artist_keys"].map(_tokens)),
            "title": self._words.transform(songs["title"].fillna("").map(fold)),
            "genre": self._genre_words.transform(facts["raw_genres"].map(_tokens)),
            "playlist": own @ self._held[rows],
            "artist's genres": by @ self._artist_genres[artist],
            "artist's playlists": by @ self._artist_held[artist],
            "sound": sp.csr_matrix(
                np.concatenate(
                    [self._standard(sound), self._standard(artist_sound)], axis=1, dtype=np.float32
                )
            ),
        }
        return sp.hstack([parts[name] * weight for name, weight in VOICES.items()]).tocsr()

    def _standard(self, sound: np.ndarray) -> np.ndarray:
        """Zero mean, unit deviation, at most 4 of them; zeros where unknown."""
        mean, spread = self._scale
        return np.nan_to_num(np.clip((sound - mean) / spread, -4, 4))


def _tokens(names: Sequence[str] | None) -> str:
    """Names as tokens that blanks part; nothing for what is no list."""
    if not isinstance(names, list | tuple | np.ndarray):
        return ""
    return " ".join(name.replace(" ", "_") for name in names)


def _families(genres: pd.Series) -> np.ndarray:
    """float32 [n, genres] flags; all nan where no genre is known."""
    flags = np.full((len(genres), len(GENRES)), np.nan, np.float32)
    for row, held in enumerate(genres):
        if isinstance(held, list) and held:
            flags[row] = [name in held for name in GENRES]
    return flags


def _memberships(
    tracks: pd.DataFrame, playlists: pd.DataFrame, size: int
) -> tuple[sp.csr_matrix, np.ndarray]:
    """[size, playlists] whether a recording ever stood in it, and float32 [size, 5] in how many
    playlists that promise each quadrant, and in how many at all.
    """
    recording = dict(zip(tracks["track_id"], tracks["recording_id"], strict=True))
    column = {name: k for k, name in enumerate(sorted(playlists["playlist_id"].unique()))}
    pairs = {
        (recording[track], column[playlist])
        for playlist, held in zip(playlists["playlist_id"], playlists["track_ids"], strict=True)
        for track in held
    }
    at = np.array(sorted(pairs), np.int64).reshape(-1, 2)
    matrix = sp.csr_matrix(
        (np.ones(len(at), np.float32), (at[:, 0], at[:, 1])), shape=(size, len(column))
    )
    promises = playlists.drop_duplicates("playlist_id").set_index("playlist_id")["mood_context"]
    kinds = np.zeros((len(column), len(QUADRANTS) + 1), np.float32)
    kinds[:, -1] = 1
    for playlist, quadrant in promises.dropna().items():
        kinds[column[playlist], QUADRANTS.index(quadrant)] = 1
    return matrix, matrix @ kinds
