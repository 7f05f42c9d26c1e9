"""The recommender: an item tower that gives every track a vector, and an LSTM that asks for one.

The tower sums what is known of a track: an embedding of its id, those of its artists, and a
projection of its content (audio features, genres, mood).  The LSTM reads the tracks heard so
far and the mood wanted for the next one, and answers a query; query · vector + bias ranks the
catalogue.  A track that was never trained on still has its artists and content.

It is trained on whole sequences (``RecommenderNetwork``) and served one step at a time
(``build_step_model``), so a history of any length costs one step per new track.
"""

from __future__ import annotations

from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

FAR = 1e9  # subtracted from the score of a negative that is the target itself


@dataclass(frozen=True, slots=True)
class RecommenderConfig:
    """Size of the network, and what is hidden from it in training."""

    dim: int = 64  # of item vectors and queries
    units: int = 128  # of the LSTM
    negatives: int = 4096  # sampled for each batch, shared by its positions
    id_dropout: float = 0.3  # share of looked-up tracks known by artists and content alone
    dropout: float = 0.2  # on the vectors heard
    popularity_share: float = 0.5  # of negatives drawn by popularity, the rest uniformly

    def __post_init__(self) -> None:
        if min(self.dim, self.units, self.negatives) < 1:
            raise ValueError("A recommender needs at least one dimension, unit and negative.")
        if not (0 <= self.id_dropout < 1 and 0 <= self.dropout < 1):
            raise ValueError("Dropout lies in [0, 1).")


@dataclass(frozen=True, slots=True)
class ItemTable:
    """What is known of each track before training; row = item index."""

    artists: np.ndarray  # int32 [n, a], artist numbers from 1; 0 where there are fewer
    content: np.ndarray  # float32 [n, f], standardised; zeros where unknown
    counts: np.ndarray  # float32 [n], in how many training playlists the track stands

    def __post_init__(self) -> None:
        if not len(self.artists) == len(self.content) == len(self.counts):
            raise ValueError("Artists, content and counts must describe the same tracks.")

    @property
    def artist_count(self) -> int:
        """Distinct artists, plus one for "none"."""
        return int(self.artists.max(initial=0)) + 1


class ItemTower(layers.Layer):
    """Item index [...] → item vector [..., dim]."""

    def __init__(self, items: ItemTable, config: RecommenderConfig, **kwargs):
        super().__init__(**kwargs)
        spread = keras.initializers.RandomNormal(stddev=0.1)
        self.config = config
        self.table = items
        self.ids = layers.Embedding(
            len(items.counts), config.dim, embeddings_initializer=spread, name="ids"
        )
        self.artists = layers.Embedding(
            items.artist_count, config.dim, embeddings_initializer=spread, name="artists"
        )
        self.content = layers.Dense(config.dim, name="content")
        self.seeds = keras.random.SeedGenerator(11)

    def build(self, input_shape=None):
        self.ids.build(None)
        self.artists.build(None)
        self.content.build((None, self.table.content.shape[1]))
        shape = self.table.artists.shape
        fixed = {"trainable": False, "initializer": "zeros"}
        self.item_artists = self.add_weight(
            name="item_artists", shape=shape, dtype="int32", **fixed
        )
        self.item_content = self.add_weight(
            name="item_content", shape=self.table.content.shape, **fixed
        )
        self.item_artists.assign(self.table.artists)
        self.item_content.assign(self.table.content)

    def call(self, index, training=None):
        artists = ops.take(self.item_artists, index, axis=0)
        known = ops.cast(artists > 0, "float32")[..., None]
        share = ops.maximum(ops.sum(known, axis=-2), 1.0)
        by_artist = ops.sum(self.artists(artists) * known, axis=-2) / share
        by_id = self.ids(index)
        if training and self.config.id_dropout:
            keep = keras.random.uniform(ops.shape(index), seed=self.seeds)
            by_id = by_id * ops.cast(keep >= self.config.id_dropout, "float32")[..., None]
        return by_id + by_artist + self.content(ops.take(self.item_content, index, axis=0))

    def vectors(self, *, content_only: bool = False) -> np.ndarray:
        """All item vectors [n, dim]; ``content_only`` leaves the id embedding out."""
        chunks = []
        for start in range(0, len(self.table.counts), 8192):
            index = np.arange(start, min(start + 8192, len(self.table.counts)))
            chunk = ops.convert_to_numpy(self(index))
            if content_only:
                chunk = chunk - ops.convert_to_numpy(self.ids(index))
            chunks.append(chunk)
        return np.concatenate(chunks)


class QueryHead(layers.Layer):
    """LSTM state, mean of the history and wanted mood → query [..., dim].

    The query is the mean of what was heard, scaled, plus what the network adds to it; an
    untrained network is therefore nearest-to-the-mean, and learning can only improve on that.
    """

    def __init__(self, config: RecommenderConfig, **kwargs):
        super().__init__(**kwargs)
        self.mix = layers.Dense(config.units, activation="relu", name="mix")
        self.out = layers.Dense(config.dim, name="out")
        self.sizes = (config.units + config.dim + 5, config.units)

    def build(self, input_shape=None):
        self.mix.build((None, self.sizes[0]))
        self.out.build((None, self.sizes[1]))
        self.mean_scale = self.add_weight(name="mean_scale", shape=(), initializer="ones")

    def call(self, hidden, mean, wanted):
        valence, arousal = wanted[..., 0:1], wanted[..., 1:2]
        curved = [ops.square(valence), ops.square(arousal)]
        known = ops.concatenate([hidden, mean, wanted, *curved], axis=-1)
        return self.mean_scale * mean + self.out(self.mix(known))


class RecommenderNetwork(keras.Model):
    """Scores for sequences, for training.

    Call with ``heard`` [b, t] int32 (the track before each position; ``n`` = nothing yet),
    ``target`` [b, t] int32 and ``wanted`` [b, t, 3] (valence, arousal, 1; or zeros).  Returns
    [b, t, 1 + negatives] logits of the target (first) and of sampled negatives, corrected for
    how often each is sampled, so that the softmax over them estimates the full one (Bengio &
    Senécal 2008).
    """

    def __init__(self, items: ItemTable, config: RecommenderConfig | None = None, **kwargs):
        super().__init__(**kwargs)
        self.config = config or RecommenderConfig()
        self.count = len(items.counts)
        self.tower = ItemTower(items, self.config, name="tower")
        self.lstm = layers.LSTM(self.config.units, return_sequences=True, name="lstm")
        self.head = QueryHead(self.config, name="head")
        self.dropout = layers.Dropout(self.config.dropout, noise_shape=(None, None, 1))
        self.seeds = keras.random.SeedGenerator(13)
        weight = np.sqrt(items.counts + 1.0)  # square root: popular, yet not only the top
        chance = self.config.popularity_share * weight / weight.sum()
        self.chance = (chance + (1 - self.config.popularity_share) / self.count).astype(np.float32)

    def build(self, input_shape=None):
        self.tower.build()
        self.lstm.build((None, None, self.config.dim))
        self.head.build()
        self.start = self.add_weight(name="start", shape=(self.config.dim,), initializer="zeros")
        self.bias = self.add_weight(name="bias", shape=(self.count,), initializer="zeros")
        self.built = True

    def hear(self, heard, training=None):
        """Vectors of ``heard`` and the mean of all tracks up to each, both [b, t, dim]."""
        is_track = ops.cast(heard < self.count, "float32")[..., None]
        vectors = self.tower(ops.minimum(heard, self.count - 1), training=training) * is_track
        mean = ops.cumsum(vectors, axis=1) / ops.maximum(ops.cumsum(is_track, axis=1), 1.0)
        return vectors + (1 - is_track) * self.start, mean

    def queries(self, heard, wanted, training=None):
        """[b, t, dim] queries."""
        vectors, mean = self.hear(heard, training=training)
        hidden = self.lstm(self.dropout(vectors, training=training))
        return self.head(hidden, mean, wanted)

    def _negatives(self):
        draws = keras.random.uniform((self.config.negatives,), seed=self.seeds)
        edges = np.cumsum(self.chance, dtype=np.float64)
        index = ops.searchsorted(ops.convert_to_tensor(edges.astype(np.float32)), draws)
        return ops.cast(ops.minimum(index, self.count - 1), "int32")

    def call(self, inputs, training=None):
        heard, target, wanted = inputs["heard"], inputs["target"], inputs["wanted"]
        query = self.queries(heard, wanted, training=training)
        log_chance = ops.log(ops.convert_to_tensor(self.chance))
        hit = ops.sum(query * self.tower(target, training=training), axis=-1)
        hit = hit + ops.take(self.bias, target) - ops.take(log_chance, target)
        index = self._negatives()
        miss = ops.matmul(query, ops.transpose(self.tower(index, training=training)))
        miss = miss + ops.take(self.bias, index) - ops.take(log_chance, index)
        same = ops.cast(ops.equal(index[None, None, :], target[..., None]), "float32")
        return ops.concatenate([hit[..., None], miss - FAR * same], axis=-1)


def build_step_model(network: RecommenderNetwork) -> keras.Model:
    """One step for serving, on the trained weights of ``network``; batch of one.

    Inputs ``item`` [1, dim], ``hidden`` [1, units], ``cell`` [1, units], ``mean`` [1, dim],
    ``wanted`` [1, 3]; outputs ``query`` [1, dim], ``hidden``, ``cell``.
    """
    config = network.config
    sizes = {
        "item": config.dim,
        "hidden": config.units,
        "cell": config.units,
        "mean": config.dim,
        "wanted": 3,
    }
    given = {name: keras.Input(batch_shape=(1, size), name=name) for name, size in sizes.items()}
    _, (hidden, cell) = network.lstm.cell(given["item"], [given["hidden"], given["cell"]])
    query = network.head(hidden, given["mean"], given["wanted"])
    return keras.Model(given, {"query": query, "hidden": hidden, "cell": cell}, name="step")
