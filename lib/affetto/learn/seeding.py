"""Randomness that a resumed run repeats."""

from __future__ import annotations

import keras
import numpy as np


def begin(seed: int) -> None:
    """Set every global random generator, and have TensorFlow add in the same order every time.

    Where several threads add to one row, the order is whoever comes first; in an order that is
    kept, the same seed gives the same weights, and an epoch of ours takes no longer.
    """
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def reseed(model: keras.Model, *, seed: int, epoch: int) -> None:
    """Set every random generator inside ``model`` from (seed, epoch)."""
    states = [
        generator.state
        for layer in model._flatten_layers()
        for generator in vars(layer).values()
        if isinstance(generator, keras.random.SeedGenerator)
    ]
    draws = np.random.default_rng((seed, epoch, 1)).integers(0, 2**31, size=(len(states), 2))
    for state, draw in zip(states, draws, strict=True):
        state.assign(draw.astype(state.dtype))
