"""The human labels that track mood is learned from: one row a song and source, with a target.

Targets lie on the mood plane.  Membership of a mood playlist gives the signs of its quadrant
(several playlists: their mean); listeners' tags give numbers, of which one standard deviation
counts as certain.  "Energetic" and "active" say something of arousal alone.

Labels that rest on a playlist that the recommender is judged on are left out, because a test
must not be told what it asks.  One recording under several ids is one song.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.sources import store
from affetto.sources.build import RECORD
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.names import artist_candidates, title_key
from affetto.sources.registry import load_registry

log = logging.getLogger(__name__)

#: The signs of valence and arousal that a quadrant's name means.
SIGNS = {"happy": (1.0, 1.0), "angry": (-1.0, 1.0), "sad": (-1.0, -1.0), "calm": (1.0, -1.0)}
TAGS = "deezer-mood-2018"
CERTAIN = 1 / 3  # one standard deviation of the listeners' tags, on the mood plane
NO_RECORDING = -1  # a labelled song that the catalogue does not hold
COLUMNS = ("song", "recording_id", "source", "title", "artist_keys", "valence", "arousal")
_TYPES = {"recording_id": np.int64, "valence": float, "arousal": float}


@dataclass(frozen=True, slots=True)
class MoodLabels:
    """Labelled songs.  Raises DataError where a column is missing.

    frame : COLUMNS, one row a song and source.  ``song`` is equal for one song in all sources;
    ``recording_id`` is -1 where only artist and title are known; targets lie in -1 to 1, and a
    target that a source is silent about is nan.
    """

    frame: pd.DataFrame

    def __post_init__(self) -> None:
        missing = [name for name in COLUMNS if name not in self.frame]
        if missing:
            raise DataError(f"The mood labels lack the column {missing[0]!r}.")

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def targets(self) -> np.ndarray:
        """float64 [n, 2], valence and arousal, nan where not told."""
        return self.frame[["valence", "arousal"]].to_numpy(float)

    @property
    def quadrants(self) -> np.ndarray:
        """int64 [n]: 0 sad, 1 calm, 2 angry, 3 happy; -1 where an axis is not told."""
        return quadrants_of(self.targets)

    @property
    def sources(self) -> np.ndarray:
        """str [n], where each label is from."""
        return self.frame["source"].to_numpy(str)

    @property
    def songs(self) -> np.ndarray:
        """int64 [n], a number a song."""
        return pd.factorize(self.frame["song"])[0]

    @property
    def artists(self) -> np.ndarray:
        """int64 [n], a number for each first artist."""
        return pd.factorize(self.frame["artist_keys"].map(first_artist))[0]


def first_artist(artist_keys: Iterable[str]) -> str:
    """The first key, or an empty one where a song names nobody."""
    return next(iter(artist_keys), "")


def quadrants_of(moods: np.ndarray) -> np.ndarray:
    """[n, 2] valence, arousal → int64 [n]: 0 sad, 1 calm, 2 angry, 3 happy; -1 with a nan.

    Zero counts as below: it is the label of songs whose sources contradict each other, and a song
    is not called pleasant or lively on that.  (``emotions.Mood.quadrant`` counts it as above.)
    """
    found = (moods[:, 0] > 0) + 2 * (moods[:, 1] > 0)
    return np.where(np.isnan(moods).any(axis=1), -1, found)


def load_labels(
    moods: pd.DataFrame, recordings: pd.DataFrame, *, left_out: Iterable[str] = ()
) -> MoodLabels:
    """All labels of the built table, one row a song and source.

    moods : ``track_moods.parquet``.  recordings : title and artist_keys by recording_id.
    left_out : ids of playlists whose promises are not to be learned.
    """
    told = moods[~moods["playlist_id"].isin(set(left_out))]
    targets = _targets(told)
    grouped = (
        pd.DataFrame({"recording_id": told["recording_id"], "source": told["source"], **targets})
        .groupby(["recording_id", "source"], sort=True)
        .mean()
        .reset_index()
    )
    grouped["title"] = grouped["recording_id"].map(recordings["title"])
    grouped["artist_keys"] = grouped["recording_id"].map(recordings["artist_keys"])
    return MoodLabels(_with_song(grouped))


def load_strangers(moods: pd.DataFrame, processed: Path) -> MoodLabels:
    """Tagged songs that the catalogue does not hold: they still tell of artists and title words.

    moods : ``track_moods.parquet``; what joined the catalogue stands there, as it was spelled.
    Empty where ``tags_path`` finds none.
    """
    path = tags_path(processed)
    if path is None:
        log.warning("Track mood goes without the tags of unknown songs: %s is not here.", TAGS)
        return MoodLabels(pd.DataFrame(columns=list(COLUMNS)).astype(_TYPES))
    rows = MUSIC_READERS[TAGS](path).moods
    joined = pd.MultiIndex.from_frame(moods.loc[moods["source"] == TAGS, ["title", "artist"]])
    rows = rows[~pd.MultiIndex.from_frame(rows[["title", "artist"]]).isin(joined)]
    frame = pd.DataFrame(
        {
            "recording_id": NO_RECORDING,
            "source": TAGS,
            "title": rows["title"],
            "artist_keys": [artist_candidates(artist)[:1] for artist in rows["artist"]],
            **_targets(rows),
        }
    )
    return MoodLabels(_with_song(frame).drop_duplicates("song").reset_index(drop=True))


def tags_path(processed: Path) -> Path | None:
    """Where the listeners' tags lie on this machine; None where they don't.

    None, too, where the tables in ``processed`` were not built from them: people's tags say nothing
    of made-up songs.
    """
    try:
        built = json.loads((processed / RECORD).read_text(encoding="utf-8"))["inputs"]
    except (OSError, ValueError, KeyError):
        return None
    if TAGS not in built:
        return None
    try:
        return store.locate(load_registry()[TAGS]).path
    except DataError:
        return None


def together(*parts: MoodLabels) -> MoodLabels:
    """All rows of several tables."""
    return MoodLabels(pd.concat([part.frame for part in parts], ignore_index=True))


def _with_song(frame: pd.DataFrame) -> pd.DataFrame:
    keys = [
        f"{first_artist(artists)}\t{title_key(title or '')}"
        for artists, title in zip(frame["artist_keys"], frame["title"], strict=True)
    ]
    return frame.assign(song=keys)[list(COLUMNS)]


def _targets(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    """valence and arousal of each label: numbers where there are any, else the mood's signs.

    A label without a mood is one for arousal alone ("energetic", "active"): lively.
    """
    signs = np.array([SIGNS.get(mood, (np.nan, 1.0)) for mood in rows["mood"]]).reshape(-1, 2)
    numbers = rows[["valence", "arousal"]].to_numpy(float) / CERTAIN
    found = np.where(np.isnan(numbers), signs, np.clip(numbers, -1.0, 1.0))
    return {"valence": found[:, 0], "arousal": found[:, 1]}


def label_weights(labels: MoodLabels, rows: np.ndarray | None = None) -> np.ndarray:
    """float64 [n], mean 1 over ``rows`` (all by default), 0 elsewhere.

    Listeners' tags count as much as all that playlists promise together: those say what a maker
    had in mind, these what people heard.  Among playlists every source counts alike however many
    songs it has, and so does every quadrant within a source: one calls 85 % of its songs calm,
    which says more of its maker than of music.
    """
    chosen = np.arange(len(labels)) if rows is None else rows
    weights = np.zeros(len(labels))
    sources, quadrants = labels.sources[chosen], labels.quadrants[chosen]
    present = np.unique(sources)
    for source in present:
        held = sources == source
        _, which, counts = np.unique(quadrants[held], return_inverse=True, return_counts=True)
        alike = max(1, len(present) - 1) if source == TAGS else 1
        weights[chosen[held]] = alike / counts[which] / len(counts)
    return weights / weights[chosen].mean()
