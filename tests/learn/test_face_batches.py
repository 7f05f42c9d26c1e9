"""What training asks of the network for each face: targets told by votes, faces mixed in pairs."""

import numpy as np
import pytest

from affetto.emotions import EMOTIONS
from affetto.learn.face_batches import Batches, FaceSplit, label_chances, soft_targets, taught
from affetto.learn.faces import TrainConfig

HAPPY, SAD = EMOTIONS.index("happy"), EMOTIONS.index("sad")


def split_of(labels, votes, weight=None, pixels=None):
    count = len(labels)
    return FaceSplit(
        np.zeros((count, 48, 48), np.uint8) if pixels is None else pixels,
        np.asarray(labels),
        np.asarray(votes, np.float32),
        np.ones(count, np.float32) if weight is None else np.asarray(weight, np.float32),
    )


def test_smoothing_spreads_evenly_and_the_rest_stays_on_the_label():
    targets = soft_targets(split_of([HAPPY], [np.eye(7)[SAD]]), smoothing=0.14, share=0.0)
    assert targets[0, HAPPY] == pytest.approx(0.86 + 0.02)
    assert targets[0, SAD] == pytest.approx(0.02)
    assert targets.sum() == pytest.approx(1.0)


def disputed():
    """Of 300 faces that all call sad, 200 are labelled sad and 100 happy; 300 more are happy."""
    votes = np.repeat(np.eye(7)[[SAD, SAD, HAPPY]], [200, 100, 300], axis=0)
    return split_of(np.repeat([SAD, HAPPY, HAPPY], [200, 100, 300]), votes)


def test_the_same_votes_get_the_share_in_which_they_have_each_label():
    chances = label_chances(disputed())
    assert chances[0, SAD] == pytest.approx(2 / 3, abs=0.02)
    assert chances[0, HAPPY] == pytest.approx(1 / 3, abs=0.02)
    assert chances[-1, HAPPY] > 0.97
    assert chances[:, EMOTIONS.index("fear")].tolist() == [0.0] * 600  # a label that nobody has


def test_a_share_of_the_target_is_what_the_votes_say():
    targets = soft_targets(disputed(), smoothing=0.0, share=0.3)
    # labelled happy, called sad by all: 0.7 of its own label and 0.3 × (2/3 sad, 1/3 happy)
    assert targets[200, HAPPY] == pytest.approx(0.8, abs=0.01)
    assert targets[200, SAD] == pytest.approx(0.2, abs=0.01)


def test_a_share_of_both_targets_is_what_the_teacher_answers():
    split = split_of([HAPPY], [np.eye(7)[SAD]])
    labels = soft_targets(split, smoothing=0.0, share=0.0)
    fear, angry = (np.eye(7)[[EMOTIONS.index(name)]] for name in ("fear", "angry"))
    told, targets = taught(split, labels, {"fer2013": fear, "crowd": angry}, share=0.4)
    assert targets == pytest.approx(0.6 * np.eye(7)[[HAPPY]] + 0.4 * fear)
    assert told.votes == pytest.approx(0.6 * np.eye(7)[[SAD]] + 0.4 * angry)
    assert told.labels.tolist() == [HAPPY]


def faces(count=24):
    rng = np.random.default_rng(0)
    votes = rng.dirichlet(np.ones(7), count)
    weight = rng.uniform(0.1, 1, count)
    pixels = np.repeat(np.arange(count, dtype=np.uint8), 48 * 48).reshape(count, 48, 48)
    return split_of(rng.integers(0, 7, count), votes, weight, pixels)


def batch_of(split, mixup):
    targets = soft_targets(split, smoothing=0.0, share=0.0)
    return Batches(split, targets, batch=len(split.labels), seed=1, epoch=2, mixup=mixup)


def test_without_mixing_a_batch_holds_the_faces_and_their_own_targets():
    split = faces()
    image, target, weight = batch_of(split, 0.0)[0]
    rows = image[:, 0, 0, 0].astype(int)  # each face's pixels are its row
    assert sorted(rows) == list(range(24))
    assert target["fer2013"].argmax(axis=1).tolist() == split.labels[rows].tolist()
    assert np.allclose(target["crowd"], split.votes[rows], atol=1e-6)
    assert np.allclose(weight["crowd"], split.vote_weight[rows])


def test_mixed_faces_have_the_targets_of_both_in_the_same_shares():
    split = faces()
    image, target, weight = batch_of(split, 1.0)[0]
    grey = image[:, 0, 0, 0]
    plain = batch_of(split, 0.0)
    first = plain[0][0][:, 0, 0, 0]  # the same order of rows, before mixing
    assert (grey != first).any()
    own = np.eye(7)[split.labels]
    found = 0
    for row in range(24):
        a = int(first[row])
        for b in set(range(24)) - {a}:
            share = (grey[row] - b) / (a - b)
            mixed = share * own[a] + (1 - share) * own[b]
            cast = share * split.vote_weight[a] + (1 - share) * split.vote_weight[b]
            if (
                0 <= share < 1
                and np.allclose(mixed, target["fer2013"][row], atol=1e-4)
                and np.isclose(cast, weight["crowd"][row], atol=1e-4)
            ):
                votes = share * split.votes[a] * split.vote_weight[a]
                votes = votes + (1 - share) * split.votes[b] * split.vote_weight[b]
                assert np.allclose(votes / cast, target["crowd"][row], atol=1e-3)
                found += 1
                break
    assert found >= 20  # a face may be mixed with itself


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_a_teacher_tells_nothing_to_all(share):
    with pytest.raises(ValueError, match=r"lies in \[0, 1\]"):
        TrainConfig(teacher_share=share)


def test_an_epoch_is_mixed_the_same_way_again_and_another_otherwise():
    split = faces()
    targets = soft_targets(split, smoothing=0.1, share=0.0)
    images = [Batches(split, targets, batch=8, seed=1, epoch=e, mixup=0.4)[1][0] for e in (3, 3, 4)]
    assert np.array_equal(images[0], images[1])
    assert not np.array_equal(images[0], images[2])


@pytest.mark.parametrize("wrong", [{"votes_share": 0.95}, {"votes_share": -0.2}, {"mixup": -0.1}])
def test_shares_that_leave_nothing_to_the_label_are_refused(wrong):
    with pytest.raises(ValueError, match="at most 1 together"):
        TrainConfig(**wrong)
