"""The recommender: a tower that places every track, and an LSTM that asks for the next one.

A track is known by the company it keeps: the tower adds up learned vectors of the *places*
where it stands (training playlists, stretches of them, and the playlists where its artists
stand), of when it came out and in which language it is, and a projection of its content (audio
features, genres, mood).  So a track that stands in one playlist borrows from all its neighbours
there, and one that stands in none still has its artists and its content.

The LSTM reads the tracks heard so far.  The query is what was heard, averaged over the whole
history, over the latest tracks and over the last one alone, plus what the network adds to it,
knowing the mood wanted next; query · vector + bias ranks the catalogue.

A training playlist is asked as if it were unknown: its own places are left out of the vectors
of what it holds.  Without that the network would read the answer off the question, and be lost
on a playlist that it never saw.

It is trained on whole sequences (``RecommenderNetwork``) and served one step at a time
(``one_step``): the states of histories that were asked for are kept, so another track costs one
step until as many are told as serving tells, and that many steps from then on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from keras import layers, ops

FAR = 1e9  # subtracted from the score of a negative that is no rival
NOBODY = -1  # the group to leave out where none is
NOBODYS = -2  # the owner of places that are no group's, which nobody leaves out
_LOG_SCALE = float(np.float16(0.2))  # as a file of float16 has it


@dataclass(frozen=True, slots=True)
class RecommenderConfig:
    """Size of the network, and what is hidden from it in training."""

    dim: int = 128  # of item vectors and queries
    units: int = 128  # of the LSTM
    mixed: int = 256  # hidden units between the LSTM and the query
    negatives: int = 4096  # sampled for each batch, shared by its positions
    popularity_share: float = 0.5  # of negatives drawn by popularity, the rest uniformly
    dropout: float = 0.1  # on the vectors that the LSTM reads
    place_dropout: float = 0.3  # share of a track's places that training passes over
    decay: float = 0.8  # what a track counts less than the one after it, in the recent mean

    def __post_init__(self) -> None:
        if self.dim < 2 or min(self.units, self.mixed, self.negatives) < 1:
            raise ValueError("A recommender needs two dimensions, a unit and a negative at least.")
        if not (0 <= self.dropout < 1 and 0 <= self.place_dropout < 1):
            raise ValueError("Dropout lies in [0, 1).")
        if not 0 < self.decay < 1:
            raise ValueError("Decay lies between 0 and 1.")


@dataclass(frozen=True, slots=True)
class Places:
    """Where each track stands.

    where : int32 [n, k], numbers of places; ``len(owners)`` where a track has fewer than k.
    weight : float32 [n, k], how much it stands there; 0 where it has fewer.
    owners : int32 [p], the group of playlists that each place is part of, or NOBODYS.
    """

    where: np.ndarray
    weight: np.ndarray
    owners: np.ndarray

    def __post_init__(self) -> None:
        if self.where.shape != self.weight.shape:
            raise ValueError("Every place of a track needs its weight.")
        if self.where.size and not 0 <= self.where.min() <= self.where.max() <= len(self.owners):
            raise ValueError("A track stands in a place that is nobody's.")


@dataclass(frozen=True, slots=True)
class ItemTable:
    """What is known of each track before training; row = item index."""

    content: np.ndarray  # float32 [n, f], standardised; zeros where unknown
    counts: np.ndarray  # float32 [n], in how many training playlists the track stands
    own: Mapping[str, Places]  # kinds of places where the track itself stands
    shared: Mapping[str, Places]  # kinds that it has without standing there: its artists', its own

    def __post_init__(self) -> None:
        tables = [places.where for places in (*self.own.values(), *self.shared.values())]
        if {len(table) for table in (self.content, *tables)} != {len(self.counts)}:
            raise ValueError("Content, counts and places must describe the same tracks.")


class PlacesEmbedding(layers.Layer):
    """Item index [...] → the sum of its places' vectors, tempered, and their total weight.

    dropout : how many of the places training passes over, so that no track is known by heart from
        a few of them.  What is left is not scaled up: its sum is tempered by its own weight.
    """

    def __init__(self, places: Places, dim: int, dropout: float = 0.0, **kwargs):
        super().__init__(**kwargs)
        self.places, self.dropout = places, dropout
        self.seeds = keras.random.SeedGenerator(17)
        spread = keras.initializers.RandomNormal(stddev=dim**-0.5)
        self.vectors = layers.Embedding(
            len(places.owners) + 1, dim, embeddings_initializer=spread, name="vectors"
        )

    def build(self, input_shape=None):
        self.vectors.build(None)
        self.gain = self.add_weight(name="gain", shape=(), initializer="ones")
        half = keras.initializers.Constant(0.5)
        self.power = self.add_weight(name="power", shape=(), initializer=half)
        self.where = ops.convert_to_tensor(self.places.where, "int32")
        self.weight = ops.convert_to_tensor(self.places.weight, "float32")
        owners = np.append(self.places.owners, NOBODYS)  # the last pads
        self.owners = ops.convert_to_tensor(owners, "int32")
        self.built = True

    def call(self, index, without=None, training=None):
        """[..., dim] and [...]; ``without`` [...]: the group whose places don't count."""
        where, weight = ops.take(self.where, index, axis=0), ops.take(self.weight, index, axis=0)
        if without is not None:
            others = ops.not_equal(ops.take(self.owners, where), without[..., None])
            weight = weight * ops.cast(others, weight.dtype)
        if training and self.dropout:
            kept = keras.random.uniform(ops.shape(weight), seed=self.seeds) >= self.dropout
            weight = weight * ops.cast(kept, weight.dtype)
        total = ops.sum(weight, axis=-1)
        summed = ops.matmul(weight[..., None, :], self.vectors(where))[..., 0, :]
        # the sum over its own size to a learned power: 0 is a sum, 1 a mean
        scale = self.gain * ops.exp(-self.power * ops.log(ops.maximum(total, 1e-6)))
        return summed * (scale * ops.cast(total > 0, scale.dtype))[..., None], total


class ItemTower(layers.Layer):
    """Item index [...] → item vector [..., dim] and bias [...]."""

    def __init__(self, items: ItemTable, config: RecommenderConfig, **kwargs):
        super().__init__(**kwargs)
        self.items = items
        self.own = [
            PlacesEmbedding(places, config.dim, config.place_dropout, name=name)
            for name, places in items.own.items()
        ]
        self.shared = [
            PlacesEmbedding(places, config.dim, config.place_dropout, name=name)
            for name, places in items.shared.items()
        ]
        small = keras.initializers.RandomNormal(stddev=0.3 / np.sqrt(config.dim * self.width))
        self.content = layers.Dense(config.dim, kernel_initializer=small, name="content")
        self.content_bias = layers.Dense(1, kernel_initializer="zeros", name="content_bias")
        self.held = layers.Dense(16, activation="tanh", name="held")
        self.held_bias = layers.Dense(1, name="held_bias")

    @property
    def width(self) -> int:
        """Numbers of content a track."""
        return self.items.content.shape[1]

    def build(self, input_shape=None):
        for places in (*self.own, *self.shared):
            places.build()
        self.content.build((None, self.width))
        self.content_bias.build((None, self.width))
        self.held.build((None, 2 * len((*self.own, *self.shared))))
        self.held_bias.build((None, 16))
        self.known = ops.convert_to_tensor(self.items.content, "float32")
        self.built = True

    def call(self, index, without=None, *, as_new: bool = False, training=None):
        """Vectors and biases.

        without : group of playlists [...] whose places are left out.  as_new : as if no playlist
        held the track: by its artists and content alone.
        """
        content = ops.take(self.known, index, axis=0)
        vectors, totals = self.content(content), []
        for places in (*self.own, *self.shared):
            vector, total = places(index, without, training=training)
            if as_new and places in self.own:
                vector, total = 0.0 * vector, 0.0 * total
            vectors = vectors + vector
            totals += [ops.log(1.0 + total), ops.cast(total > 0, total.dtype)]
        held = self.held_bias(self.held(ops.stack(totals, axis=-1)))
        return vectors, (held + self.content_bias(content))[..., 0]

    def table(self, *, as_new: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """All vectors [n, dim] and biases [n]; ``as_new`` as in ``call``."""
        found = []
        for start in range(0, len(self.items.counts), 8192):
            index = np.arange(start, min(start + 8192, len(self.items.counts)), dtype=np.int32)
            found.append([ops.convert_to_numpy(part) for part in self(index, as_new=as_new)])
        return tuple(np.concatenate(parts) for parts in zip(*found, strict=True))


class QueryHead(layers.Layer):
    """What was heard and the wanted mood → query [..., dim].

    An untrained network asks for what is near to the tracks heard, the latest most of all;
    learning can only improve on that.
    """

    def __init__(self, config: RecommenderConfig, **kwargs):
        super().__init__(**kwargs)
        small = keras.initializers.RandomNormal(stddev=0.02)
        self.mix = layers.Dense(config.mixed, activation="relu", name="mix")
        self.out = layers.Dense(config.dim, kernel_initializer=small, name="out")
        self.sizes = (config.units + 3 * config.dim + 6, config.mixed)

    def build(self, input_shape=None):
        self.mix.build((None, self.sizes[0]))
        self.out.build((None, self.sizes[1]))
        first = np.array([2.0, 3.0, 1.5], np.float32)  # of the mean, the recent mean, the last
        self.shares = self.add_weight(
            name="shares", shape=(3,), initializer=lambda shape, dtype=None: ops.array(first)
        )
        self.built = True

    def call(self, hidden, mean, recent, last, wanted, heard):
        """hidden [..., units]; mean, recent, last [..., dim]; wanted [..., 3]; heard [..., 1]."""
        valence, arousal = wanted[..., 0:1], wanted[..., 1:2]
        told = [wanted, ops.square(valence), ops.square(arousal), _LOG_SCALE * ops.log(1.0 + heard)]
        known = ops.concatenate([hidden, mean, recent, last, *told], axis=-1)
        near = self.shares[0] * mean + self.shares[1] * recent + self.shares[2] * last
        return near + self.out(self.mix(known))


class RecommenderNetwork(keras.Model):
    """Scores for sequences, for training.

    Call with ``heard`` [b, t] int32 (the track before each position; ``n`` = nothing yet),
    ``target`` [b, t] int32, ``wanted`` [b, t, 3] (valence, arousal, 1; or zeros), ``group`` [b]
    int32 (the playlist's, to be left out), ``told`` [b, t] (1 where the track heard keeps the
    places of its own group: a playlist that is known already) and ``open`` [b] (1 where other
    tracks of the group are rivals of the target, as when it left the playlist long ago).
    Returns [b, t, 1 + negatives] logits of the target (first) and of sampled negatives,
    corrected for how often each is sampled, so that the softmax over them estimates the full
    one (Bengio & Senécal 2008).
    """

    def __init__(self, items: ItemTable, config: RecommenderConfig | None = None, **kwargs):
        kwargs.setdefault("name", "recommender_network")  # weights are saved under it
        super().__init__(**kwargs)
        self.config = config or RecommenderConfig()
        self.count = len(items.counts)
        self.tower = ItemTower(items, self.config, name="tower")
        self.lstm = layers.LSTM(self.config.units, return_sequences=True, name="lstm")
        self.head = QueryHead(self.config, name="head")
        self.dropout = layers.Dropout(self.config.dropout)
        self.seeds = keras.random.SeedGenerator(13)
        weight = np.sqrt(items.counts + 1.0)  # square root: popular, yet not only the top
        chance = self.config.popularity_share * weight / weight.sum()
        self.chance = (chance + (1 - self.config.popularity_share) / self.count).astype(np.float32)

    def build(self, input_shape=None):
        self.tower.build()
        self.lstm.build((None, None, self.config.dim))
        self.head.build()
        self.start = self.add_weight(name="start", shape=(self.config.dim,), initializer="zeros")
        self.built = True

    def queries(self, heard, wanted, without=None, training=None):
        """[b, t, dim] queries; ``without`` [b, t]: the group whose places don't count."""
        is_track = ops.cast(heard < self.count, "float32")[..., None]
        vectors, _ = self.tower(ops.minimum(heard, self.count - 1), without, training=training)
        vectors = vectors * is_track
        number = ops.cumsum(is_track, axis=1)
        mean = ops.cumsum(vectors, axis=1) / ops.maximum(number, 1.0)
        read = self.dropout(vectors + (1 - is_track) * self.start, training=training)
        hidden = self.lstm(read)
        recent = self._recent(vectors, is_track)
        return self.head(hidden, mean, recent, vectors, wanted, number)

    def _recent(self, vectors, is_track):
        """Mean of what was heard up to each position; each counts ``decay`` of the one after."""
        place = np.arange(vectors.shape[1])
        ago = place[:, None] - place[None]
        weight = np.where(ago >= 0, self.config.decay ** np.maximum(ago, 0), 0).astype(np.float32)
        total = ops.matmul(weight, is_track)
        return ops.matmul(weight, vectors) / ops.maximum(total, 1e-6)

    def _negatives(self):
        draws = keras.random.uniform((self.config.negatives,), seed=self.seeds)
        edges = np.cumsum(self.chance, dtype=np.float64)
        index = ops.searchsorted(ops.convert_to_tensor(edges.astype(np.float32)), draws)
        return ops.cast(ops.minimum(index, self.count - 1), "int32")

    def _no_rivals(self, index, inputs):
        """[b, negatives]: 1 for tracks of the sequence itself, and of its group unless open."""
        same = ops.any(ops.equal(index[None, :, None], inputs["target"][:, None, :]), axis=-1)
        playlists = self.tower.own[0]
        owners = ops.take(playlists.owners, ops.take(playlists.where, index, axis=0))
        group = ops.any(ops.equal(owners[None], inputs["group"][:, None, None]), axis=-1)
        closed = ops.logical_and(group, inputs["open"][:, None] < 0.5)
        return ops.cast(ops.logical_or(same, closed), "float32")

    def call(self, inputs, training=None):
        target, group = inputs["target"], inputs["group"][:, None] + 0 * inputs["target"]
        heard_without = ops.where(inputs["told"] > 0.5, NOBODY, group)
        query = self.queries(inputs["heard"], inputs["wanted"], heard_without, training=training)
        log_chance = ops.log(ops.convert_to_tensor(self.chance))
        vectors, bias = self.tower(target, group, training=training)
        hit = ops.sum(query * vectors, axis=-1) + bias - ops.take(log_chance, target)
        index = self._negatives()
        vectors, bias = self.tower(index, training=training)
        miss = ops.matmul(query, ops.transpose(vectors)) + bias - ops.take(log_chance, index)
        miss = miss - FAR * self._no_rivals(index, inputs)[:, None, :]
        return ops.concatenate([hit[..., None], miss], axis=-1)


def one_step(network: RecommenderNetwork, given: Mapping) -> dict:
    """One step for serving, on the trained weights of ``network``; batch of one.

    given : ``item`` [1, dim], ``hidden`` [1, s], ``cell`` [1, s], ``mean`` [1, dim], ``wanted``
    [1, 3].  Answers ``query`` [1, dim], ``hidden``, ``cell``.  s = units + dim: behind the LSTM's
    own state, ``hidden`` carries the decayed sum of the tracks heard, and ``cell`` the number of
    steps taken and what that sum weighs.  Both start as zeros; the first item is ``start``, which
    is no track.
    """
    config = network.config
    units, decay = config.units, float(np.float16(config.decay))  # as a file of float16 has it
    steps, weight = given["cell"][:, units : units + 1], given["cell"][:, units + 1 : units + 2]
    lstm_state = [given["hidden"][:, :units], given["cell"][:, :units]]
    _, (hidden, cell) = network.lstm.cell(given["item"], lstm_state)
    is_track = ops.minimum(steps, 1.0)  # there was a step before this one
    last = given["item"] * is_track
    total = decay * given["hidden"][:, units:] + last
    weight = decay * weight + is_track
    recent = total / ops.maximum(weight, 0.5)  # it is 0 or at least 1
    query = network.head(hidden, given["mean"], recent, last, given["wanted"], steps)
    empty = given["cell"][:, units + 2 :]  # zeros: ``cell`` is as wide as ``hidden``
    return {
        "query": query,
        "hidden": ops.concatenate([hidden, total], axis=-1),
        "cell": ops.concatenate([cell, steps + 1.0, weight, empty], axis=-1),
    }
