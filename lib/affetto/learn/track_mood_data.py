"""From the built tables to labelled songs with evidence, and to the mood of every recording."""

from __future__ import annotations

import datetime
import hashlib
import json
import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from affetto.errors import DataError
from affetto.files import arriving
from affetto.learn.provenance import refuse_spotify_api
from affetto.learn.track_mood import LearnedMood
from affetto.learn.track_mood_evidence import (
    Evidence,
    EvidenceBook,
    merge_recordings,
    usable_playlists,
)
from affetto.learn.track_mood_labels import (
    TAGS,
    MoodLabels,
    first_artist,
    label_weights,
    load_labels,
    load_strangers,
    tags_path,
    together,
)
from affetto.settings import PACKAGE_DIR, interim_dir

log = logging.getLogger(__name__)

#: What a mood rests on, the firmest first.  What is below has none: its mood is unknown.
KINDS = ("own labels", "sound and artist", "sound", "artist", "playlists", "nothing")
#: How much one own label weighs beside the model's answer.
OWN_LABEL = 1.0
TABLES = ("tracks.parquet", "playlists.parquet", "track_moods.parquet")
FEWEST = 500  # labelled songs of the catalogue below which nothing is learned
CODE = (
    *(f"learn/track_mood{part}.py" for part in ("", "_data", "_evidence", "_labels")),
    *(f"sources/{module}.py" for module in ("names", "genres", "schema")),
)


@dataclass(frozen=True, slots=True)
class MoodWorld:
    """All that track mood is learned from.

    labels, evidence : row by row; songs that only tags know come last.  book : describes others.
    recordings : one row a recording.  left_out : how many labels rest on
    playlists that the recommender is judged on.
    """

    labels: MoodLabels
    evidence: Evidence
    book: EvidenceBook
    recordings: pd.DataFrame
    tracks: pd.DataFrame  # track_id, recording_id
    left_out: int

    def kinds(self, songs: pd.DataFrame, *, labelled: np.ndarray | None = None) -> np.ndarray:
        """[n] which of KINDS the mood of each song rests on.

        labelled : the rows of ``labels`` that are known; all by default.
        """
        told = self.labels.frame if labelled is None else self.labels.frame.iloc[labelled]
        own = songs["recording_id"].isin(told.loc[told["recording_id"] >= 0, "recording_id"])
        artists = {first_artist(keys) for keys in told["artist_keys"]} - {""}
        artist = songs["artist_keys"].map(first_artist).isin(artists).to_numpy()
        sound = self.recordings["has_features"].reindex(songs["recording_id"]).eq(True).to_numpy()
        held = self.book.playlists_of(songs["recording_id"].to_numpy()) > 0
        return np.select(
            [own.to_numpy(), sound & artist, sound, artist, held], KINDS[:-1], default=KINDS[-1]
        )


def load_mood_world(
    processed: Path, split: Path, *, until: datetime.date | None = None
) -> MoodWorld:
    """Read the built tables and the recommender's split by playlist.

    Playlists of the split's validation and test parts neither label nor are evidence.  With
    ``until`` only what is known to be from before that day counts: of the playlists those dated
    earlier, of the labels those alone and listeners' tags, which are of 2018.
    Raises DataError where they are missing, or hold rows from Spotify's Web API.
    """
    for path in (*(processed / name for name in TABLES), split):
        if not path.is_file():
            raise DataError(f"{path.name} is not built yet; run: affetto data build.")
    tracks, playlists, moods = (pd.read_parquet(processed / name) for name in TABLES)
    for table in (tracks, playlists, moods):
        refuse_spotify_api(table)
    parts = json.loads(split.read_text(encoding="utf-8"))
    held_out = {*parts["validation"], *parts["test"]}
    recordings = merge_recordings(tracks)
    if until is not None:
        playlists = playlists[pd.to_datetime(playlists["date"]) < pd.Timestamp(until)]
        early = moods["playlist_id"].isin(playlists["playlist_id"])
        moods = moods[early | (moods["source"] == TAGS)]
    labels = load_labels(moods, recordings, left_out=held_out)
    labels = together(labels, load_strangers(moods, processed))
    usable = usable_playlists(
        playlists, labelling=set(moods["playlist_id"].dropna()), left_out=held_out
    )
    ids = tracks[["track_id", "recording_id"]]
    book = EvidenceBook(recordings, ids, usable, labels.frame)
    left_out = int(moods["playlist_id"].isin(held_out).sum())
    return MoodWorld(labels, book.describe(labels.frame), book, recordings, ids, left_out)


def catalogue_moods(
    processed: Path, split: Path, *, until: datetime.date | None = None
) -> pd.DataFrame | None:
    """The learned mood of every track: track_id, valence, arousal, kind (of KINDS), labels.

    valence and arousal lie in -1 to 1 and tend to the mean, as regressions do; nan where nothing
    is known.  None where fewer than 500 songs are labelled.  Learning takes a minute, so the
    answer is kept in ``data/interim/track_mood`` under a name that changes with the tables, the
    split and this code.
    """
    kept = interim_dir() / "track_mood" / f"{_fingerprint(processed, split, until)}.parquet"
    if kept.is_file():
        return pd.read_parquet(kept)
    log.info("Learning the mood of every track; the answer is kept for the next time.")
    world = load_mood_world(processed, split, until=until)
    if (world.labels.frame["recording_id"] >= 0).sum() < FEWEST:
        log.warning("Too few songs have mood labels to learn from; Spotify's numbers are used.")
        return None
    found = learn_moods(world)
    with arriving(kept) as temporary:
        found.to_parquet(temporary, index=False)
    return found


def learn_moods(world: MoodWorld) -> pd.DataFrame:
    """What ``catalogue_moods`` keeps."""
    labels, evidence = world.labels, world.evidence
    model = LearnedMood().fit(evidence, labels.targets, label_weights(labels), labels.songs)
    songs = world.recordings.reset_index()[["recording_id", "title", "artist_keys"]]
    moods = model.predict(world.book.describe(songs))
    kinds = world.kinds(songs)
    moods[kinds == KINDS[-1]] = np.nan
    found = pd.DataFrame(moods, columns=["valence", "arousal"]).assign(kind=kinds)
    found.index = pd.Index(songs["recording_id"])
    found = with_own_labels(found, labels)
    return world.tracks.join(found, on="recording_id").drop(columns="recording_id")


def with_own_labels(moods: pd.DataFrame, labels: MoodLabels) -> pd.DataFrame:
    """Moods by recording_id, moved towards the labels of the songs that have some.

    Every source that told of a song is one label; ``labels`` counts them.
    """
    told = labels.frame[labels.frame["recording_id"] >= 0].groupby("recording_id")
    totals, counts = told[["valence", "arousal"]].sum(), told[["valence", "arousal"]].count()
    totals, counts = (t.reindex(moods.index, fill_value=0) for t in (totals, counts))
    axes = ["valence", "arousal"]
    moved = (moods[axes] + OWN_LABEL * totals) / (1 + OWN_LABEL * counts)
    return moods.assign(**moved.clip(-1, 1), labels=counts.max(axis=1).astype(np.int16))


def _fingerprint(processed: Path, split: Path, until: datetime.date | None) -> str:
    """Tells apart tables, splits and code that would give another answer."""
    digest = hashlib.sha256(f"{until} {tags_path(processed) is not None}".encode())
    for path in (
        *(processed / name for name in TABLES),
        split,
        *(PACKAGE_DIR / name for name in CODE),
    ):
        if not path.is_file():
            raise DataError(f"{path.name} is not built yet; run: affetto data build.")
        with path.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]
