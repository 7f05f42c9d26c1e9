"""Several recommender networks, served as one.

A network scores a song by query · vector + bias.  So the mean of what several say is again one
such product: their vectors side by side, and their queries side by side over their number.  The
vectors are turned onto their principal axes, where one rounding step suits all numbers and most of
the later ones round to nothing, which is what makes the file small.  Turning changes no product.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import keras
import numpy as np
from keras import layers, ops

from affetto.recommend.network import RecommenderNetwork, one_step


class Ensemble:
    """The mean of one or more networks over the same songs, for release.

    axes : float32 [d, d], to which vectors are turned, d the sum of the networks' widths.
    start : float32 [d], what is "heard" first.
    """

    def __init__(self, networks: Sequence[RecommenderNetwork]) -> None:
        self.networks = list(networks)
        beside, _ = self._beside()
        # their own axes, of the plain second moments: a product knows no centre
        found = np.linalg.eigh(beside.T @ beside)[1][:, ::-1]
        self.axes = found.astype(np.float16).astype(np.float32)
        start = [ops.convert_to_numpy(network.start) for network in self.networks]
        self.start = np.concatenate(start) @ self.axes

    def _beside(self, *, as_new: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Vectors side by side [n, d], and the mean of the biases [n]."""
        tables = [network.tower.table(as_new=as_new) for network in self.networks]
        vectors, biases = zip(*tables, strict=True)
        return np.concatenate(vectors, axis=1), np.mean(biases, axis=0)

    def table(self, *, as_new: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """All vectors [n, d], turned, and biases [n]; ``as_new`` as in ``ItemTower.call``."""
        vectors, bias = self._beside(as_new=as_new)
        return vectors @ self.axes, bias

    def step_model(self) -> keras.Model:
        """One step for serving; batch of one.

        Inputs ``item`` [1, d], ``hidden`` [1, s], ``cell`` [1, s], ``mean`` [1, d], ``wanted``
        [1, 3]; outputs ``query`` [1, d], ``hidden``, ``cell``.  The states are those of
        ``one_step``, side by side; both start as zeros, and the first item is ``start``.
        """
        configs = [network.config for network in self.networks]
        widths = [config.dim for config in configs]
        states = [config.units + config.dim for config in configs]
        sizes = {"item": sum(widths), "hidden": sum(states), "cell": sum(states)}
        sizes |= {"mean": sum(widths), "wanted": 3}
        given = {name: keras.Input(batch_shape=(1, n), name=name) for name, n in sizes.items()}
        parts = {
            "item": _pieces(ops.matmul(given["item"], self.axes.T), widths),
            "mean": _pieces(ops.matmul(given["mean"], self.axes.T), widths),
            "hidden": _pieces(given["hidden"], states),
            "cell": _pieces(given["cell"], states),
        }
        answers = [
            _Step(network, name=f"network_{k}")(
                {name: pieces[k] for name, pieces in parts.items()} | {"wanted": given["wanted"]}
            )
            for k, network in enumerate(self.networks)
        ]
        joined = {
            name: ops.concatenate([answer[name] for answer in answers], axis=-1)
            for name in ("query", "hidden", "cell")
        }
        joined["query"] = ops.matmul(joined["query"], self.axes) / len(self.networks)
        return keras.Model(given, joined, name="step")


def round_weights(network: RecommenderNetwork) -> RecommenderNetwork:
    """The same network, the weights of its step rounded to float16, as the released file has them.

    What is judged is then what is served.
    """
    for weight in (*network.lstm.weights, *network.head.weights):
        weight.assign(ops.convert_to_numpy(weight).astype(np.float16))
    return network


class _Step(layers.Layer):
    """``one_step`` of a network as a single layer.

    Keras refuses two layers of one name in a model, and networks of a kind name theirs alike.
    """

    def __init__(self, network: RecommenderNetwork, **kwargs) -> None:
        super().__init__(**kwargs)
        self.network, self.built = network, True

    def call(self, given: Mapping) -> dict:
        return one_step(self.network, given)


def _pieces(whole, sizes: Sequence[int]) -> list:
    """[1, sum of sizes] cut into [1, size] each."""
    ends = np.cumsum(sizes)
    return [whole[:, end - size : end] for end, size in zip(ends, sizes, strict=True)]
