"""What a face may look like without changing its emotion, as Keras layers.

They sit in the model, so every backend has them, and act in training alone.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import layers, ops


@dataclass(frozen=True, slots=True)
class AugmentationConfig:
    """How far a training face may be moved and hidden."""

    rotation: float = 12.0  # degrees, either way
    scale: float = 0.1  # 0.1 → between 0.9 and 1.1 of the size
    shift: float = 0.07  # share of the side, either way
    erase: float = 0.1  # share of faces with one rectangle hidden
    contrast: float = 0.2  # 0.2 → contrast times 0.8 to 1.2

    def __post_init__(self) -> None:
        if min(self.rotation, self.scale, self.shift, self.erase, self.contrast) < 0:
            raise ValueError("Augmentation strengths cannot be negative.")
        if self.scale >= 1 or self.contrast >= 1 or self.erase > 1:
            raise ValueError("Scale and contrast stay below 1, erase at most 1.")


def _side(image):
    """Side of square images in pixels: (as a count, as a number to reckon with).

    A plain number where the backend knows it; TensorFlow's graphs may learn it only when run.
    """
    side = ops.shape(image)[1]
    return side, side if isinstance(side, int) else ops.cast(side, "float32")


def sample_bilinear(image, rows, columns):
    """Grey values at fractional positions; a position outside takes the nearest edge's value.

    image : [n, side, side, 1]; rows, columns : [n, side, side] in pixels.  Returns image's shape.
    One gather per corner for the whole batch: Keras' own affine transform goes image by image
    under PyTorch, which took as long as the network.
    """
    side, length = _side(image)
    flat = ops.reshape(image, (-1, side * side))
    rows, columns = ops.clip(rows, 0.0, length - 1.0), ops.clip(columns, 0.0, length - 1.0)
    top = ops.minimum(ops.floor(rows), length - 2.0)
    left = ops.minimum(ops.floor(columns), length - 2.0)
    corner = ops.reshape(ops.cast(top * length + left, "int32"), (-1, side * side))
    down, right = (ops.reshape(v, (-1, side * side)) for v in (rows - top, columns - left))

    def at(offset: int):
        return ops.take_along_axis(flat, corner + offset, axis=1)

    upper = at(0) * (1 - right) + at(1) * right
    lower = at(side) * (1 - right) + at(side + 1) * right
    return ops.reshape(upper * (1 - down) + lower * down, ops.shape(image))


class RandomPlacement(layers.Layer):
    """Mirror, turn, scale and shift each face by one affine map: one resampling, not four.

    Input and output [n, side, side, 1]; beyond the edge the edge repeats.
    """

    def __init__(self, *, rotation: float, scale: float, shift: float, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.rotation, self.scale, self.shift = rotation, scale, shift
        self.seeds = keras.random.SeedGenerator(seed)

    def _spread(self, count, reach: float):
        return keras.random.uniform((count,), -reach, reach, seed=self.seeds)

    def call(self, image, training=None):
        if not training:
            return image
        count, (_, side) = ops.shape(image)[0], _side(image)
        angle = self._spread(count, math.radians(self.rotation))
        zoom = 1.0 + self._spread(count, self.scale)
        mirror = ops.where(self._spread(count, 1.0) < 0, -1.0, 1.0)
        cosine, sine = ops.cos(angle) / zoom, ops.sin(angle) / zoom
        # The map runs from output to input, about the centre: mirror and turn, then shift.
        steps = ops.arange(side, dtype="float32") - (side - 1) / 2
        across, down = steps[None, None, :], steps[None, :, None]
        cosine, sine, mirror = (value[:, None, None] for value in (cosine, sine, mirror))
        shift = [self._spread(count, self.shift * side)[:, None, None] for _ in range(2)]
        columns = mirror * (cosine * across - sine * down) + shift[0] + (side - 1) / 2
        rows = sine * across + cosine * down + shift[1] + (side - 1) / 2
        return sample_bilinear(image, rows, columns)

    def compute_output_shape(self, input_shape):
        return input_shape


class RandomContrast(layers.Layer):
    """Stretch or flatten each face's grey values about their mean: x → mean + k (x - mean)."""

    def __init__(self, *, contrast: float, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.contrast = contrast
        self.seeds = keras.random.SeedGenerator(seed)

    def call(self, image, training=None):
        if not training:
            return image
        shape = (ops.shape(image)[0], 1, 1, 1)
        factor = keras.random.uniform(shape, 1 - self.contrast, 1 + self.contrast, seed=self.seeds)
        mean = ops.mean(image, axis=(1, 2, 3), keepdims=True)
        return ops.clip(mean + factor * (image - mean), 0.0, 255.0)

    def compute_output_shape(self, input_shape):
        return input_shape


class RandomErasing(layers.Layer):
    """Hide one rectangle of some faces behind noise (Zhong et al. 2020).

    Each side of the rectangle is 0.15 to 0.45 of the image's.
    """

    def __init__(self, *, share: float, seed: int, **kwargs):
        super().__init__(**kwargs)
        self.share = share
        self.seeds = keras.random.SeedGenerator(seed)

    def _band(self, count, side):
        """[n, side] of 0 and 1: a random run of ones along one axis."""
        length = keras.random.uniform((count, 1), 0.15 * side, 0.45 * side, seed=self.seeds)
        start = keras.random.uniform((count, 1), 0.0, 1.0, seed=self.seeds) * (side - length)
        place = ops.expand_dims(ops.arange(side, dtype="float32"), 0)
        return ops.cast((place >= start) & (place < start + length), "float32")

    def call(self, image, training=None):
        if not training:
            return image
        count, (_, side) = ops.shape(image)[0], _side(image)
        chosen = keras.random.uniform((count, 1), 0.0, 1.0, seed=self.seeds) < self.share
        rows = self._band(count, side) * ops.cast(chosen, "float32")
        hidden = rows[:, :, None, None] * self._band(count, side)[:, None, :, None]
        noise = keras.random.uniform(ops.shape(image), 0.0, 255.0, seed=self.seeds)
        return image * (1 - hidden) + noise * hidden

    def compute_output_shape(self, input_shape):
        return input_shape


def build_augmentation(config: AugmentationConfig, *, seed: int) -> keras.Sequential:
    """The augmentation pipeline: [n, 48, 48, 1] grey values → the same shape and range."""
    return keras.Sequential(
        [
            RandomPlacement(
                rotation=config.rotation,
                scale=config.scale,
                shift=config.shift,
                seed=seed,
                dtype="float32",
            ),
            RandomContrast(contrast=config.contrast, seed=seed + 1, dtype="float32"),
            RandomErasing(share=config.erase, seed=seed + 2, dtype="float32"),
        ],
        name="augmentation",
    )
