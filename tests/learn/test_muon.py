"""Muon for convolutions: its step is nearly orthogonal, and averages stay out of training."""

import keras
import numpy as np
import pytest

from affetto.learn.muon import ConvolutionMuon


def variable(*shape, seed=0):
    values = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return keras.Variable(values)


def step_of(kernel, gradient, **settings):
    optimizer = ConvolutionMuon(1.0, weight_decay=None, adam_weight_decay=None, **settings)
    before = keras.ops.convert_to_numpy(kernel)
    optimizer.build([kernel])
    optimizer.apply([gradient], [kernel])
    return before - keras.ops.convert_to_numpy(kernel)


@pytest.mark.parametrize("arithmetic", ["float32", "bfloat16"])
def test_the_step_of_a_kernel_is_nearly_orthogonal(arithmetic):
    gradient = keras.ops.convert_to_tensor(
        np.random.default_rng(1).normal(size=(3, 3, 8, 4)).astype(np.float32) * 1e-3
    )
    step = step_of(variable(3, 3, 8, 4), gradient, arithmetic=arithmetic, rms_rate=None)
    sizes = np.linalg.svd(step.reshape(72, 4), compute_uv=False)
    assert ((sizes > 0.6) & (sizes < 1.3)).all()  # five iterations end near 1, not at it
    assert (step * np.asarray(gradient)).sum() > 0  # and downhill


def test_the_step_keeps_one_size_whatever_the_kernel():
    for shape in ((3, 3, 8, 4), (1, 1, 64, 16)):
        step = step_of(variable(*shape), variable(*shape, seed=2).value)
        # Liu et al. 2025: 0.2 of the rate, root mean square, over an orthogonal matrix
        assert np.sqrt((step**2).mean()) == pytest.approx(0.2, rel=0.25)


@pytest.mark.parametrize("shape", [(3, 3, 1, 4), (7, 3), (5,)])
def test_everything_else_goes_by_adam(shape):
    gradient = variable(*shape, seed=3).value
    step = step_of(variable(*shape), gradient, adam_lr_ratio=0.01)
    # Adam's first step is the rate in the direction of the sign
    assert step == pytest.approx(0.01 * np.sign(np.asarray(gradient)), rel=1e-2)


def test_averages_are_not_put_into_training():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(1, use_bias=False)])
    model.compile(ConvolutionMuon(0.1, use_ema=True, ema_momentum=0.9), loss="mse")
    rng = np.random.default_rng(0)
    model.fit(rng.normal(size=(64, 4)), rng.normal(size=64), epochs=1, verbose=0)
    (now,) = model.trainable_weights
    average = keras.ops.convert_to_numpy(model.optimizer._model_variables_moving_average[0])
    assert np.abs(keras.ops.convert_to_numpy(now) - average).max() > 1e-3


def test_it_can_be_saved():
    again = ConvolutionMuon.from_config(ConvolutionMuon(0.1, arithmetic="float32").get_config())
    assert again.arithmetic == "float32"
