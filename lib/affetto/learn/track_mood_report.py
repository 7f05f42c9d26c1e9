"""Track mood on the built labels and on a user's own file, as plain values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from affetto.errors import InputError
from affetto.learn.track_mood import AXES, LearnedMood, PlainMood
from affetto.learn.track_mood_data import KINDS, OWN_LABEL, MoodWorld, with_own_labels
from affetto.learn.track_mood_evaluation import (
    agreement,
    all_directions,
    correlation,
    cross_validation,
    difference,
    own_label_weights,
    predict_apart,
    widths,
)
from affetto.learn.track_mood_labels import (
    SIGNS,
    MoodLabels,
    first_artist,
    label_weights,
    quadrants_of,
)
from affetto.music.tracks import bare_track_id
from affetto.sources.moods import NameIndex
from affetto.sources.names import artist_candidates

Say = Callable[[str], None]
BY_NUMBER = ("sad", "calm", "angry", "happy")  # as ``quadrants_of`` numbers them
MODELS = ("dummy", "plain", "linear", "boosted", "ridge", "learned")


def report(world: MoodWorld, *, say: Say) -> dict[str, Any]:
    """Everything in ``reports/metrics/track_mood.json``."""
    labels = world.labels
    say("Cross-validation, no artist on both sides")
    deaf = world.book.describe(labels.frame, sound=False)
    by_artist = predict_apart(world, labels.artists, MODELS, deaf=deaf)
    without_sound = by_artist.pop("deaf")
    say("Cross-validation, no song on both sides")
    by_song = predict_apart(world, labels.songs, ("plain", "learned"))
    return {
        "labels": _counts(world),
        "left_out": world.left_out,
        "agreement_of_sources": agreement(labels),
        "by_artist": cross_validation(world, by_artist, labels.artists),
        "by_song": cross_validation(world, by_song, labels.artists),
        "cross_source": all_directions(world, say),
        "own_labels": {"weight": OWN_LABEL, **own_label_weights(labels, by_song["learned"])},
        "uncertainty": widths(world, by_song["learned"], by_artist["learned"], without_sound),
    }


def _counts(world: MoodWorld) -> dict[str, Any]:
    labels, sounding = world.labels, ~np.isnan(world.evidence.spotify).any(axis=1)
    found = {}
    for source in np.unique(labels.sources):
        here = labels.sources == source
        quadrants = np.bincount(labels.quadrants[here & (labels.quadrants >= 0)], minlength=4)
        found[str(source)] = {
            "songs": int(here.sum()),
            "with_sound": int((here & sounding).sum()),
            "quadrants": dict(zip(BY_NUMBER, quadrants.tolist(), strict=True)),
        }
    return found


def read_labels(path: Path) -> pd.DataFrame:
    """A file of labels: artist, title, track_id, valence and arousal (-1 to 1, or signs).

    Columns ``artist,title[,track_id]`` and ``mood`` (happy, angry, sad, calm) or
    ``valence,arousal``.  Raises InputError for another layout, with the line that is wrong.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        why = error.strerror or error
        raise InputError(f"The labels in {path.name} cannot be read: {why}.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name} is no text in UTF-8; save it as such.") from error
    table = csv.DictReader(io.StringIO(text))
    try:
        rows, names = [(table.line_num, row) for row in table], set(table.fieldnames or ())
    except csv.Error as error:
        raise InputError(f"{path.name}, line {table.line_num}: {error}.") from error
    if not {"artist", "title"} <= names or not ("mood" in names or set(AXES) <= names):
        raise InputError(
            f"{path.name} needs the columns artist, title and mood, or valence and arousal."
        )
    if not rows:
        raise InputError(f"{path.name} holds no label.")
    words = not set(AXES) <= names  # numbers say more where a file has both
    return pd.DataFrame([_label(row, line, words) for line, row in rows])


def _label(row: dict[str, str | None], line: int, words: bool) -> dict[str, Any]:
    word = (row.get("mood") or "").strip().lower()
    if words and word not in SIGNS:
        raise InputError(f"Line {line}: the mood {word!r} is none of {', '.join(SIGNS)}.")
    try:
        valence, arousal = SIGNS[word] if words else (float(row[axis] or "") for axis in AXES)
    except ValueError:
        raise InputError(f"Line {line}: valence and arousal must be numbers.") from None
    if not (-1 <= valence <= 1 and -1 <= arousal <= 1):
        raise InputError(f"Line {line}: valence and arousal lie between -1 and 1.")
    return {
        "artist": row["artist"] or "",
        "title": row["title"] or "",
        "track_id": bare_track_id(row.get("track_id") or ""),
        "valence": valence,
        "arousal": arousal,
        "numbers": not words,
    }


def judge_file(world: MoodWorld, tracks: pa.Table, asked: pd.DataFrame) -> dict[str, Any]:
    """``affetto evaluate track-mood``: the learned mood and Spotify's numbers on a file's labels.

    tracks : what ``NameIndex`` reads.  asked : as ``read_labels`` gives them; a song that stands
    twice counts once.  ``coverage`` is the share that the catalogue has with audio features;
    both models are judged on those.  ``learned_all`` is every song, by artist and title where
    nothing else is known.  ``strangers`` leaves out songs that a training label names too.
    """
    songs = _as_songs(tracks, world, asked).drop_duplicates("song")
    targets = songs[list(AXES)].to_numpy(float)
    labels, evidence = world.labels, world.book.describe(songs)
    training = labels.targets, label_weights(labels), labels.songs
    plain = PlainMood().fit(world.evidence, *training).predict(evidence)
    model = LearnedMood().fit(world.evidence, *training).predict(evidence)
    learned = _moved(model, songs, labels)
    both = ~np.isnan(plain).any(axis=1)
    artists = pd.factorize(songs["artist_keys"].map(first_artist))[0]
    numbers = bool(songs["numbers"].all())
    known = songs["recording_id"].isin(labels.frame["recording_id"]).to_numpy()
    own = known & (songs["recording_id"] >= 0).to_numpy()
    return {
        "n": len(songs),
        "coverage": float(both.mean()),
        **_compared(learned, plain, targets, artists, both, numbers),
        "learned_all": _figures(learned, targets, numbers),
        "strangers": {
            "n": int((both & ~own).sum()),
            **_compared(learned, plain, targets, artists, both & ~own, numbers),
        },
        "kinds": {kind: int((world.kinds(songs) == kind).sum()) for kind in KINDS},
    }


def _as_songs(tracks: pa.Table, world: MoodWorld, asked: pd.DataFrame) -> pd.DataFrame:
    """The file's rows with recording_id (-1 if unknown), artist_keys and a song to tell repeats."""
    index = NameIndex(tracks)
    recording = dict(zip(world.tracks["track_id"], world.tracks["recording_id"], strict=True))
    found = [
        recording.get(given, recording.get(index.find(artist, title) or "", -1))
        for given, artist, title in zip(
            asked["track_id"], asked["artist"], asked["title"], strict=True
        )
    ]
    keys = [
        list(world.recordings.at[row, "artist_keys"]) if row >= 0 else artist_candidates(artist)[:1]
        for row, artist in zip(found, asked["artist"], strict=True)
    ]
    song = [
        str(row) if row >= 0 else f"{key[:1]} {title}".lower()
        for row, key, title in zip(found, keys, asked["title"], strict=True)
    ]
    return asked.assign(recording_id=found, artist_keys=keys, song=song)


def _moved(moods: np.ndarray, songs: pd.DataFrame, labels: MoodLabels) -> np.ndarray:
    """The model's answers moved towards the training labels of the same songs."""
    known = songs["recording_id"].to_numpy() >= 0
    frame = pd.DataFrame(moods[known], columns=list(AXES), index=songs["recording_id"][known])
    moved = moods.copy()
    moved[known] = with_own_labels(frame, labels)[list(AXES)].to_numpy()
    return moved


def _compared(learned, plain, targets, artists, rows, numbers: bool) -> dict[str, Any]:
    if not rows.any():
        return {"learned": None, "plain": None, "difference": None}
    gap = difference(learned[rows], plain[rows], targets[rows], artists[rows])
    return {
        "learned": _figures(learned[rows], targets[rows], numbers),
        "plain": _figures(plain[rows], targets[rows], numbers),
        "difference": {"quadrant_accuracy": gap["quadrant_accuracy"]},
    }


def _figures(moods: np.ndarray, targets: np.ndarray, numbers: bool) -> dict[str, float | None]:
    """Quadrant accuracy, and the correlations where the file has numbers."""
    right = quadrants_of(moods) == quadrants_of(targets)
    return {
        "quadrant_accuracy": float(right.mean()),
        **{
            f"{axis}_r": correlation(moods[:, k], targets[:, k]) if numbers else None
            for k, axis in enumerate(AXES)
        },
    }
