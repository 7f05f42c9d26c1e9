"""A small made-up release: a vocabulary with structure and a real LSTM that LiteRT runs.

Tracks come in scenes: those of one scene share genre, era and a corner of the mood plane, and
their vectors lie together.  The network has the layout of the released one; ``lstm_step`` says
in NumPy what it computes, so that a test can follow it by hand.
"""

from __future__ import annotations

import functools
import hashlib
import json
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from affetto.learn.neighbour_table import neighbour_table
from affetto.music.catalogue import SCHEMA, Catalogue
from affetto.recommend.baselines.knowledge import PlaylistKnowledge, artist_matrix
from affetto.recommend.neighbours import NeighbourTable
from affetto.recommend.recommender import ItemVectors
from affetto.recommend.released import (
    ITEMS,
    NEIGHBOURS,
    NETWORK,
    VOCABULARY,
    Released,
    open_released,
    recommender_section,
)

WIDTH, UNITS = 16, 8
SCENES = (  # genre, first year, valence, arousal, share of explicit tracks
    ("pop", 2010, 0.6, 0.5, 0.2),
    ("metal", 1985, -0.5, 0.7, 0.5),
    ("folk", 1968, -0.4, -0.5, 0.0),
    ("jazz", 1955, 0.4, -0.6, 0.0),
    ("hip hop", 1995, -0.1, 0.3, 0.9),
    ("ambient", 2000, 0.1, -0.2, 0.0),
)
WORDS = ("amber", "river", "window", "harbour", "silver", "garden", "winter", "lantern", "fire")


def track_id(number: int) -> str:
    """A made-up id in the form of Spotify's: 22 letters and digits."""
    return hashlib.sha256(str(number).encode()).hexdigest()[:22]


def table(*rows: dict[str, object]) -> pa.Table:
    """A vocabulary of hand-written rows; what a row leaves out is a plain default."""
    filled = [
        {
            "track_id": track_id(number),
            "title": f"Song {number}",
            "artists": [f"Artist {number}"],
            "year": 2000,
            "explicit": False,
            "genres": ["pop"],
            "tempo": 120.0,
            "valence": 0.0,
            "arousal": 0.0,
            "popularity": 1.0,
            **row,
        }
        for number, row in enumerate(rows)
    ]
    return pa.Table.from_pylist(filled, schema=SCHEMA)


@functools.cache
def catalogue(size: int = 3000, *, seed: int = 7) -> Catalogue:
    """Tracks in scenes; every 12th has no known mood, every 15th repeats the song before it."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for number in range(size):
        genre, first_year, valence, arousal, swearing = SCENES[number % len(SCENES)]
        mood = np.clip(rng.normal((valence, arousal), 0.25), -1, 1)
        name = f"{rng.choice(WORDS)} {rng.choice(WORDS)} {number}".title()
        row: dict[str, object] = {
            "title": name,
            "artists": [f"{genre.title()} Band {number // len(SCENES) % 40}"],
            "year": int(first_year + rng.integers(0, 12)),
            "explicit": bool(rng.random() < swearing),
            "genres": [genre],
            "valence": None if number % 12 == 0 else float(mood[0]),
            "arousal": None if number % 12 == 0 else float(mood[1]),
            "popularity": float(np.round(rng.pareto(1.2) * 10)),
        }
        if number % 15 == 0 and number >= len(SCENES):
            twin = rows[number - len(SCENES)]
            row["title"], row["artists"] = f"{twin['title']} - Remastered 2011", twin["artists"]
        rows.append(row)
    return Catalogue(table(*rows))


def with_languages(tracks: Catalogue) -> Catalogue:
    """The same tracks, sung in English, Italian or nobody knows what, in turns."""
    table = pq.read_table(pa.BufferReader(tracks.to_bytes()))
    sung = [("en", "it", None, "en")[number % 4] for number in range(len(tracks))]
    place = table.schema.get_field_index("language")
    return Catalogue(table.set_column(place, "language", pa.array(sung, pa.string())))


@functools.cache
def items(size: int = 3000, *, seed: int = 7) -> ItemVectors:
    """Vectors whose first two numbers are the track's mood, the rest its scene and some noise."""
    rng = np.random.default_rng(seed + 1)
    tracks = catalogue(size)
    scenes = rng.normal(0, 0.5, (len(SCENES), WIDTH - 2))
    vectors = np.empty((size, WIDTH), np.float32)
    vectors[:, :2] = np.nan_to_num(tracks.mood)
    vectors[:, 2:] = scenes[np.arange(size) % len(SCENES)]
    vectors[:, 2:] += rng.normal(0, 0.15, (size, WIDTH - 2))
    bias = 0.05 * np.log1p(tracks.popularity)
    return ItemVectors(vectors, bias.astype(np.float32), rng.normal(0, 0.1, WIDTH).astype("f4"))


@functools.cache
def knowledge(size: int = 3000, *, seed: int = 7) -> PlaylistKnowledge:
    """200 playlists, each of one scene and in two snapshots, over the catalogue's tracks."""
    rng = np.random.default_rng(seed + 3)
    sequences = []
    for number in range(200):
        scene = np.arange(number % len(SCENES), size, len(SCENES))
        sequences += [rng.choice(scene, 30, replace=False) for _ in range(2)]
    return PlaylistKnowledge(
        sequences=tuple(sequences),
        groups=np.arange(400) // 2,
        artists=artist_matrix(catalogue(size).names()[1]),
        popularity=catalogue(size).popularity,
    )


@functools.cache
def neighbours(size: int = 3000) -> NeighbourTable:
    """Who stands beside whom in those playlists."""
    return neighbour_table(knowledge(size))


@functools.cache
def weights(*, seed: int = 7) -> dict[str, np.ndarray]:
    """The network's matrices, drawn once and small."""
    rng = np.random.default_rng(seed + 2)
    shapes = {
        "kernel": (WIDTH, 4 * UNITS),
        "recurrent": (UNITS, 4 * UNITS),
        "readout": (UNITS, WIDTH),
    }
    drawn = {name: rng.normal(0, 0.3, shape).astype("f4") for name, shape in shapes.items()}
    wish = np.zeros((3, WIDTH), np.float32)
    wish[0, 0] = wish[1, 1] = 1.0  # a wished mood pulls the query towards that mood
    return {**drawn, "wish": wish}


def lstm_step(item, hidden, cell, mean, wanted) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(query, hidden, cell) as the network computes them: gates in the order i, f, g, o."""
    w = weights()
    i, f, g, o = np.split(item @ w["kernel"] + hidden @ w["recurrent"], 4, axis=1)
    cell = _sigmoid(f) * cell + _sigmoid(i) * np.tanh(g)
    hidden = _sigmoid(o) * np.tanh(cell)
    return hidden @ w["readout"] + mean + wanted @ w["wish"], hidden, cell


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@functools.cache
def network(width: int = WIDTH) -> bytes:
    """The LSTM step as a LiteRT model, exported through TensorFlow."""
    import tensorflow as tf

    matrices = {name: tf.constant(matrix) for name, matrix in weights().items()}

    def step(item, hidden, cell, mean, wanted):
        gates = item[:, :WIDTH] @ matrices["kernel"] + hidden @ matrices["recurrent"]
        i, f, g, o = tf.split(gates, 4, axis=1)
        cell = tf.sigmoid(f) * cell + tf.sigmoid(i) * tf.tanh(g)
        hidden = tf.sigmoid(o) * tf.tanh(cell)
        query = hidden @ matrices["readout"] + mean[:, :WIDTH] + wanted @ matrices["wish"]
        query = tf.pad(query, [[0, 0], [0, width - WIDTH]])
        return {"query": query, "hidden": hidden, "cell": cell}

    sizes = {"item": width, "hidden": UNITS, "cell": UNITS, "mean": width, "wanted": 3}
    module = tf.Module()
    module.step = tf.function(
        step, input_signature=[tf.TensorSpec([1, k], tf.float32, name) for name, k in sizes.items()]
    )
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.step})
        return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


@functools.cache
def files() -> dict[str, bytes]:
    """The four files of a release."""
    return {
        VOCABULARY: catalogue().to_bytes(),
        ITEMS: items().to_bytes(),
        NETWORK: network(),
        NEIGHBOURS: neighbours().to_bytes(),
    }


def manifest(parts: dict[str, bytes]) -> dict[str, object]:
    """A manifest that vouches for ``parts``."""
    entries = {
        name: {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
        for name, data in parts.items()
    }
    section = recommender_section(parts[VOCABULARY])
    return {"schema": 1, "files": entries, "recommender": section}


@functools.cache
def released() -> Released:
    """The release, opened as the bundled one is."""
    return open_released(files().__getitem__, manifest(files()))


def write_release(folder: Path) -> Path:
    """The release as files on disk, for a test that runs a whole process."""
    for name, data in files().items():
        (folder / name).write_bytes(data)
    (folder / "manifest.json").write_text(json.dumps(manifest(files())))
    return folder
