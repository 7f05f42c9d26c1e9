"""Twins get the same faces and other labels; one learns, the other cannot."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from affetto.learn.twin import shuffled, some_of, true_and_shuffled
from tests.learn.test_faces_training import TINY, made_up_faces


def test_only_labels_and_their_votes_are_dealt_out_anew() -> None:
    split = made_up_faces(70, seed=0)
    other = shuffled(split, seed=1)
    assert (other.pixels == split.pixels).all()
    assert (other.labels != split.labels).any()
    assert sorted(other.labels) == sorted(split.labels)
    assert (other.votes.argmax(axis=1) == other.labels).all()  # the votes went with the labels


def test_some_are_rows_of_the_whole() -> None:
    split = made_up_faces(30, seed=0)
    part = some_of(split, 10, seed=0)
    assert len(part.labels) == 10
    assert all(any(np.array_equal(face, one) for one in split.pixels) for face in part.pixels)
    assert len(some_of(split, 99, seed=0).labels) == 30


def test_only_one_of_the_two_learns(tmp_path: Path) -> None:
    found = true_and_shuffled(
        made_up_faces(640, seed=0), made_up_faces(500, seed=1), TINY, folder=tmp_path
    )
    assert found["true_labels"] > 0.8
    # Made-up faces of one kind are told alike, so chance is seven draws at 1/7, not 250: five of
    # the seven or more are right once in a thousand.
    assert found["shuffled_labels"] < 0.65
    assert 1 / 7 <= found["commonest"] < 0.25
    assert (found["faces"], found["tested"], found["epochs"]) == (640, 250, TINY.epochs)
