import dataclasses

import keras
import numpy as np
import pytest

from affetto.learn.augmentation import (
    AugmentationConfig,
    RandomErasing,
    build_augmentation,
    sample_bilinear,
)

STILL = AugmentationConfig(rotation=0, scale=0, shift=0, erase=0, contrast=0)


def faces(count=6, side=48):
    return np.random.default_rng(0).uniform(0, 255, (count, side, side, 1)).astype(np.float32)


def run(layer, image, *, training=True):
    return keras.ops.convert_to_numpy(layer(image, training=training))


def test_bilinear_sampling_by_hand():
    image = np.array([[0.0, 10.0], [20.0, 40.0]], np.float32)[None, :, :, None]
    rows = np.array([[[0.5, 0.0], [1.0, 5.0]]], np.float32)
    columns = np.array([[[0.5, 0.25], [-3.0, 5.0]]], np.float32)
    # the middle of all four; a quarter of the way along the top; two positions held at the edge
    expected = [[(0 + 10 + 20 + 40) / 4, 2.5], [20.0, 40.0]]
    assert run(lambda x, training: sample_bilinear(x, rows, columns), image)[0, :, :, 0] == (
        pytest.approx(np.array(expected))
    )


def test_nothing_happens_outside_training():
    image = faces()
    layer = build_augmentation(AugmentationConfig(), seed=1)
    assert np.array_equal(run(layer, image, training=False), image)


def test_with_all_strengths_at_zero_a_face_is_itself_or_its_mirror_image():
    image = faces(40)
    found = run(build_augmentation(STILL, seed=3), image)
    same = np.abs(found - image).max(axis=(1, 2, 3)) < 0.01
    mirrored = np.abs(found - image[:, :, ::-1]).max(axis=(1, 2, 3)) < 0.01
    assert (same ^ mirrored).all()
    assert 8 <= same.sum() <= 32  # a fair coin, 40 times: outside once in 30,000


def test_shape_and_range_are_kept_and_faces_change():
    image = faces()
    found = run(build_augmentation(AugmentationConfig(), seed=1), image)
    assert found.shape == image.shape
    assert found.min() >= 0
    assert found.max() <= 255
    assert (np.abs(found - image).mean(axis=(1, 2, 3)) > 5).all()


def test_the_same_seed_repeats_and_another_differs():
    image = faces()
    first, again, other = (
        run(build_augmentation(AugmentationConfig(), seed=seed), image) for seed in (5, 5, 6)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_erasing_hides_one_rectangle_of_the_stated_size():
    image = np.full((50, 48, 48, 1), -1.0, np.float32)  # noise is never negative
    hidden = run(RandomErasing(share=1.0, seed=2), image)[..., 0] >= 0
    for mask in hidden:
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        assert mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        for side in (len(rows), len(columns)):
            assert 0.15 * 48 - 1 <= side <= 0.45 * 48 + 1


@pytest.mark.parametrize("change", [{"scale": 1.0}, {"erase": 1.5}, {"rotation": -1.0}])
def test_impossible_strengths_are_refused(change):
    with pytest.raises(ValueError, match=r"negative|below 1"):
        dataclasses.replace(AugmentationConfig(), **change)
