"""Training without a word on settings is training what was released."""

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
    assert read_manifest()[part]["training"] == json.loads(json.dumps(asdict(settings)))
