"""From a released emotion network back to weights that training can go on from.

A LiteRT file holds each convolution with its batch normalisation folded in, as int8.  Unfolding
gives a network that answers the same and whose normalisations know again what they normalise.
"""

from __future__ import annotations

from collections.abc import Iterator

import keras
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from affetto.errors import ModelError
from affetto.faces.network import READOUTS

SCALE = 0.05  # root mean square of a kernel's values to begin with; what follows undoes any size


def unfold(model: bytes, network: keras.Model, faces: np.ndarray) -> dict[str, np.ndarray]:
    """Named weights for ``network``, with which it answers as the LiteRT file ``model`` does.

    network : of the shape that was released; its weights are replaced.  faces : float32
    [n, 48, 48, 1], on which the normalisations measure means and deviations.
    Raises ModelError where the file holds a network of another shape.
    """
    stored = dict(_stored(model))
    names = [layer.name for layer in network.layers if layer.weights]
    convolutions = [name.removesuffix("_conv") for name in names if name.endswith("_conv")]
    if stored.keys() != {f"{name}_conv" for name in convolutions} | set(READOUTS):
        raise ModelError("The released emotion network has other layers than the one to train.")
    for readout in READOUTS:
        kernel, bias = stored[readout]
        _assign(network.get_layer(readout), kernel.T, bias)
    for name in convolutions:
        kernel, bias = stored[f"{name}_conv"]
        kernel = np.moveaxis(kernel, 0, -1)  # [out, height, width, in] → Keras' order
        size = np.sqrt(np.square(kernel).mean(axis=(0, 1, 2))) / SCALE
        _assign(network.get_layer(f"{name}_conv"), kernel / size)
        epsilon = network.get_layer(f"{name}_norm").epsilon
        ones = np.ones_like(bias)
        _assign(network.get_layer(f"{name}_norm"), size, bias, 0 * ones, ones - epsilon)
    _measure(network, convolutions, faces)
    return {v.path: keras.ops.convert_to_numpy(v) for v in network.weights}


def _measure(network: keras.Model, names: list[str], faces: np.ndarray) -> None:
    """Put mean and variance of what it is given into each normalisation; its answer stays."""
    before = {name: network.get_layer(f"{name}_conv").output for name in names}
    given = keras.Model(network.input, before).predict(faces, verbose=0)
    for name in names:
        norm = network.get_layer(f"{name}_norm")
        mean, variance = (how(given[name], axis=(0, 1, 2)) for how in (np.mean, np.var))
        gamma, beta, _, _ = (keras.ops.convert_to_numpy(v) for v in norm.weights)
        scale = np.sqrt(variance + norm.epsilon)
        _assign(norm, gamma * scale, beta + gamma * mean, mean, variance)


def _assign(layer: keras.Layer, *values: np.ndarray) -> None:
    if [tuple(v.shape) for v in layer.weights] != [value.shape for value in values]:
        raise ModelError(f"The released network's {layer.name} has another shape.")
    for variable, value in zip(layer.weights, values, strict=True):
        variable.assign(value.astype(np.float32))


def _stored(model: bytes) -> Iterator[tuple[str, tuple[np.ndarray, np.ndarray]]]:
    """Layer name → (kernel, bias) as float32, of every layer in a LiteRT file that has both."""
    interpreter = Interpreter(model_content=model)
    details = {one["index"]: one for one in interpreter.get_tensor_details()}
    for operation in interpreter._get_ops_details():
        if operation["op_name"] in ("CONV_2D", "FULLY_CONNECTED"):
            _, kernel, bias = operation["inputs"]
            # "emotion_cnn_1/stage1_block1_a_conv_1/convolution": the layer, with Keras' own suffix
            layer = details[kernel]["name"].split("/")[1].rsplit("_", 1)[0]
            yield layer, tuple(_floats(interpreter, details[index]) for index in (kernel, bias))


def _floats(interpreter: Interpreter, detail: dict) -> np.ndarray:
    values = interpreter.get_tensor(detail["index"]).astype(np.float32)
    scales = detail["quantization_parameters"]["scales"]
    return values * scales.reshape(-1, *[1] * (values.ndim - 1)) if len(scales) else values
