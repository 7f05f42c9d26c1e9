"""The emotion CNN: one residual trunk, two readouts.

The two label sets of the same photographs agree on only 65 % of the images, so
no single output can be right for both: ``fer2013`` answers as FER2013's own
labels do, ``crowd`` as the ten voters of FER+.  The network is built here and
trained in ``affetto.learn.faces``; serving runs its LiteRT export.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import keras
from keras import layers, ops

from affetto.emotions import EMOTIONS

SIDE = 48
SAFE = 16  # input channels from which oneDNN's 1×1 convolutions may skip pixels
READOUTS = ("fer2013", "crowd")


@dataclass(frozen=True, slots=True)
class EmotionCnnConfig:
    """Size of the network."""

    stem: int = 32  # channels at 48×48
    widths: tuple[int, ...] = (64, 128, 256)  # channels at 24×24, 12×12, 6×6
    blocks: int = 2  # residual blocks a width
    dropout: float = 0.2  # before the readouts

    def __post_init__(self) -> None:
        if self.stem < 1 or self.blocks < 1 or not self.widths or min(self.widths) < 1:
            raise ValueError("An emotion CNN needs at least one channel, one width and one block.")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"Dropout lies in [0, 1); got {self.dropout}.")


@keras.saving.register_keras_serializable("affetto")
class StandardiseImage(layers.Layer):
    """Grey values 0 to 255 → zero mean and unit deviation per photograph.

    Lighting and contrast then cannot move the answer.  The deviation has a floor of four
    grey levels, so that a blank picture becomes zeros rather than amplified noise.
    """

    def call(self, image):
        image = ops.cast(image, "float32")
        centred = image - ops.mean(image, axis=(1, 2, 3), keepdims=True)
        variance = ops.mean(ops.square(centred), axis=(1, 2, 3), keepdims=True)
        return centred * ops.rsqrt(variance + 16.0)

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("affetto")
class FusedBatchNormalization(layers.BatchNormalization):
    """Batch normalisation through PyTorch's fused kernel where PyTorch is the backend.

    Keras composes it of a dozen element-wise passes there; fused, a training step on a CPU
    takes 0.4 of the time.  The weights and their meaning are those of Keras.
    """

    def call(self, inputs, training=None, mask=None):
        if not training or keras.backend.backend() != "torch" or inputs.device.type == "meta":
            return super().call(inputs, training=training, mask=mask)
        from torch.nn import functional

        normalised = functional.batch_norm(
            inputs.permute(0, 3, 1, 2),
            self.moving_mean.value,
            self.moving_variance.value,
            self.gamma.value,
            self.beta.value,
            training=True,
            momentum=1 - self.momentum,
            eps=self.epsilon,
        )
        return normalised.permute(0, 2, 3, 1)


@keras.saving.register_keras_serializable("affetto")
class FusedConv2D(layers.Conv2D):
    """A 2-D convolution, padded to "same", without the copies that Keras makes under PyTorch.

    Keras turns every channels-last input into channels-first memory there, which took a fifth
    of a training step on a CPU.  The weights and their meaning are those of Keras.

    A 1×1 kernel that skips pixels gets few channels without those pixels: on such pictures oneDNN,
    under TensorFlow and PyTorch, writes past its memory in the backward pass and the process dies
    (https://github.com/uxlfoundation/oneDNN/issues/6035).
    """

    def call(self, inputs):
        if self.kernel_size == (1, 1) and self.strides != (1, 1) and inputs.shape[-1] < SAFE:
            rows, columns = self.strides
            return ops.conv(inputs[:, ::rows, ::columns], self.kernel, data_format="channels_last")
        if keras.backend.backend() != "torch" or inputs.device.type == "meta":
            return super().call(inputs)
        from torch.nn import functional

        kernel = ops.convert_to_tensor(self.kernel).permute(3, 2, 0, 1)
        image = inputs.permute(0, 3, 1, 2)
        edges = [
            _same_padding(image.shape[axis], self.kernel_size[0], self.strides[0])
            for axis in (3, 2)
        ]
        before = edges[0][0]
        if all(edge == (before, before) for edge in edges):
            answer = functional.conv2d(image, kernel, stride=self.strides, padding=before)
        else:
            padded = functional.pad(image, [*edges[0], *edges[1]])
            answer = functional.conv2d(padded, kernel, stride=self.strides)
        return answer.permute(0, 2, 3, 1)


def _same_padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Zeros before and after an axis, as TensorFlow's "same" places them."""
    total = max((math.ceil(size / stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _convolve(x, channels: int, *, kernel: int, strides: int, name: str):
    x = FusedConv2D(
        channels,
        kernel,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    return FusedBatchNormalization(momentum=0.99, name=f"{name}_norm")(x)


def _residual_block(x, channels: int, *, strides: int, name: str):
    """He et al. 2016, figure 2, with a projection wherever the shape changes."""
    y = layers.ReLU(name=f"{name}_relu")(
        _convolve(x, channels, kernel=3, strides=strides, name=f"{name}_a")
    )
    y = _convolve(y, channels, kernel=3, strides=1, name=f"{name}_b")
    if strides != 1 or x.shape[-1] != channels:
        x = _convolve(x, channels, kernel=1, strides=strides, name=f"{name}_skip")
    return layers.ReLU(name=f"{name}_out")(layers.Add(name=f"{name}_add")([x, y]))


def build_emotion_cnn(
    config: EmotionCnnConfig | None = None, *, side: int | None = SIDE
) -> keras.Model:
    """The untrained network.  Its weights do not depend on ``side``; None takes any size.

    Input ``image`` [n, side, side, 1], grey values 0 to 255.  Output a dictionary of logits,
    ``fer2013`` and ``crowd``, each [n, 7] in the order of ``EMOTIONS``.
    """
    config = config or EmotionCnnConfig()
    image = keras.Input((side, side, 1), name="image", dtype="float32")
    x = StandardiseImage(dtype="float32", name="standardise")(image)
    x = layers.ReLU(name="stem_relu")(_convolve(x, config.stem, kernel=3, strides=1, name="stem"))
    for stage, width in enumerate(config.widths, start=1):
        for block in range(1, config.blocks + 1):
            strides = 2 if block == 1 else 1
            x = _residual_block(x, width, strides=strides, name=f"stage{stage}_block{block}")
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    x = layers.Dropout(config.dropout, name="dropout")(x)
    logits = {name: layers.Dense(len(EMOTIONS), dtype="float32", name=name)(x) for name in READOUTS}
    return keras.Model(image, logits, name="emotion_cnn")
