"""Training without a word on settings is training what was released, or its first stage."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from affetto.bundled import read_manifest
from affetto.learn.faces import TrainConfig
from affetto.learn.recommender import RecommenderTrainConfig


@pytest.mark.parametrize(
    ("part", "settings"),
    [("emotion_cnn", TrainConfig()), ("recommender", RecommenderTrainConfig())],
)
def test_the_defaults_are_those_of_the_released_run(part: str, settings) -> None:
    stage = read_manifest()[part]
    while stage.get("start"):  # what a released network went on from
        stage = stage["start"]
    known = {**asdict(settings), **stage["training"]}  # a setting that came later had no effect
    assert known == json.loads(json.dumps(asdict(settings)))
