"""The mean of the weights that a run's later epochs ended with, as one network.

Such a mean lies in the middle of a flat valley, where its ends lie on the slopes, and holds for new
pictures better (stochastic weight averaging, Izmailov et al. 2018, https://arxiv.org/abs/1803.05407).
"""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from affetto.learn.checkpoints import load_arrays, save_arrays

FACES, BATCH = 8192, 256  # how many the statistics of the mean are measured on, and at a time


def add_to_mean(path: Path, weights: dict[str, np.ndarray], *, epoch: int) -> dict[str, np.ndarray]:
    """The mean of the weights of all epochs added so far, kept in ``path``.

    An epoch that comes again, because a run was stopped before it was over, counts once.
    """
    if not path.is_file():
        save_arrays(path, weights, meta={"epoch": epoch, "epochs": 1})
        return weights
    mean, told = load_arrays(path)
    if epoch <= told["epoch"]:
        return mean
    count = told["epochs"] + 1
    mean = {name: mean[name] + (weights[name] - mean[name]) / count for name in weights}
    save_arrays(path, mean, meta={"epoch": epoch, "epochs": count})
    return mean


def measure_statistics(network: keras.Model, pixels: np.ndarray) -> None:
    """Give every normalisation the mean and variance of what reaches it from ``pixels``.

    A mean of weights has not met any picture, so the statistics that were averaged with it are not
    its own.  pixels : uint8 [n, 48, 48]; the first 8,192 are read, in batches of 256, and what is
    left of a last batch only where there is no other.
    """
    norms = [one for one in network.layers if isinstance(one, keras.layers.BatchNormalization)]
    momenta = [norm.momentum for norm in norms]
    batches = max(1, min(len(pixels), FACES) // BATCH)
    try:
        for number in range(batches):
            for norm in norms:
                norm.momentum = number / (number + 1)  # the mean of all batches so far
            batch = pixels[number * BATCH : (number + 1) * BATCH, ..., None]
            network(batch.astype(np.float32), training=True)
    finally:
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
