"""The committed card says what the committed figures say."""

from __future__ import annotations

import json

import pytest

from affetto.learn.track_mood_card import track_mood_card
from affetto.settings import project_dir

REPORTS = project_dir() / "reports"


def _figures(name: str):
    path = REPORTS / "metrics" / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def test_the_card_is_written_from_the_committed_figures() -> None:
    mood, control = _figures("track_mood.json"), _figures("mood_control.json")
    card = REPORTS / "cards" / "track-mood.md"
    assert card.is_file() == (mood is not None)  # a card without figures, or the other way round
    if mood is not None:
        assert card.read_text(encoding="utf-8") == track_mood_card(mood, control)


def _part(quadrant: float, *models: str) -> dict:
    gap = {"quadrant_accuracy": [0.01, 0.05], "balanced": [-0.02, 0.04]}
    return {
        "n": 1234,
        "models": {name: {"quadrant_accuracy": quadrant, "balanced": 0.5} for name in models},
        "differences": {name: gap for name in models if name != "learned"},
    }


def test_every_figure_of_the_card_is_taken_from_the_reports() -> None:
    models = ("dummy", "commonest", "plain", "linear", "boosted", "ridge", "learned")
    axis = {"half_width": 0.875, "held": 0.7912}
    mood = {
        "labels": {"tags": {"songs": 5432, "with_sound": 4321, "quadrants": {"sad": 7, "calm": 8}}},
        "left_out": 17,
        "agreement_of_sources": {
            "a & b": {"songs": 90, "agreement": 0.95},
            "a & c": {"songs": 30, "agreement": 0.6},
            "b & c": {"songs": 10, "agreement": 0.2},
            "all pairs": {"songs": 130, "agreement": 0.8},
        },
        "by_artist": {
            "mean_of_sources": _part(0.5671, *models),
            "sources": {"tags": _part(0.5212, *models)},
        },
        "cross_source": {"one_left_out": {"tags": _part(0.4321, "plain", "linear", "learned")}},
        "uncertainty": {
            "kinds": {"sound": {"n": 7, "quadrant_accuracy": 0.6, "valence": axis, "arousal": axis}}
        },
    }
    card = track_mood_card(mood, None)
    for figure in ("5,432", "4,321", "7 · 8", "17 labels", "56.7 %", "52.1 %", "+1.0 to +5.0"):
        assert figure in card
    for figure in ("50.0 % of 40 times", "95.0 % of 90 times in a & b", "in 1 and behind in 0"):
        assert figure in card
    for figure in ("all but tags", "43.2 %", "-2.0 to +4.0", "± 0.88 (79.1 %)"):
        assert figure in card
    assert "Does it steer" not in card
    control = {
        "own": {"top": 10, "within": 0.35, "grid": {"near": 0.951, "points": 49},
                "emotions": {"near": 0.973}, "sparse": [{}, {}]},
        "people": {"precision@10": {"learned": 0.712, "plain": 0.601, "raw": 0.623},
                   "differences": {"plain": [0.05, 0.15], "raw": [0.04, 0.14]},
                   "pools": {"tags": {"precision@10": {"learned": 0.4321, "raw": 0.4123}}}},
        "price": {"ratio": 0.987, "ratio_interval": [0.95, 1.02]},
        "tables": {"table": "Somebody 1999", "overlap": 0.43, "emotions": {"happy": {}},
                   "not_in_it": ["fear"]},
    }  # fmt: skip
    steered = track_mood_card(mood, control)
    for figure in ("95.1 %", "97.3 %", "2 points", "71.2 %", "60.1 %", "98.7 %", "43.0 %", "fear",
                   "62.3 %", "+4.0 to +14.0", "tags 43.2 % and 41.2 %"):  # fmt: skip
        assert figure in steered

    control["price"]["ratio"] = None
    assert "its price cannot be told" in track_mood_card(mood, control)


@pytest.mark.parametrize("goal", ["to calm", "to lift", "`--goal match`"])
def test_the_card_says_the_default_that_a_listener_can_change(goal: str) -> None:
    from affetto.learn.track_mood_card import _TAIL

    assert goal in " ".join(_TAIL.split())
