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
    seed = stage["runs"][0]["seed"] if "runs" in stage else stage["training"]["seed"]
    known = {**asdict(settings), **stage["training"], "seed": seed}  # later settings had no effect
    assert known == json.loads(json.dumps(asdict(settings)))
