"""Settings are chosen by search, and what was chosen is the best that was tried."""

from __future__ import annotations

import json

import pytest

from affetto.errors import InputError, ModelError
from affetto.learn import baselines
from affetto.learn.baselines import GRIDS, coordinate_search, objective, tuned_settings
from affetto.learn.baselines_tuning import keep, tune_baselines
from affetto.settings import reports_dir

REPORT = reports_dir() / "metrics" / "baselines.json"


def test_the_search_finds_the_top_of_a_hill_and_asks_no_more_than_it_must():
    asked = []

    def hill(settings):
        asked.append(dict(settings))
        return -((settings["x"] - 3) ** 2) - (settings["y"] - 1) ** 2

    grid = {"x": (1, 2, 3, 4), "y": (0, 1, 2)}
    assert coordinate_search(grid, {"x": 1, "y": 0, "z": 9}, hill) == {"x": 3, "y": 1, "z": 9}
    assert all(one["z"] == 9 for one in asked)  # what the grid leaves alone stays


def test_among_equals_what_stands_stays():
    assert coordinate_search({"x": (1, 2)}, {"x": 1}, lambda settings: 0.0) == {"x": 1}


def test_no_split_and_no_metric_outweighs_the_others():
    # twice as good on one number is worth twice as bad on another
    one = objective({"a": {"hr@50": 0.2, "ndcg@100": 0.1}, "b": {"hr@50": 0.02, "ndcg@100": 0.01}})
    two = objective({"a": {"hr@50": 0.1, "ndcg@100": 0.1}, "b": {"hr@50": 0.04, "ndcg@100": 0.01}})
    assert one == pytest.approx(two)
    assert objective({"a": {"hr@50": 0.0}}) > 0  # a zero is no reason to fall over


def test_a_search_is_kept_beside_the_others(tmp_path):
    tuned, report = tmp_path / "tuned.json", tmp_path / "report.json"
    for name, size in (("s_knn", 50), ("item_item", 7), ("s_knn", 100)):
        found = {"grid": {}, "trials": [], "chosen": {"neighbours": size}}
        keep(name, found, tuned=tuned, report=report)
    chosen = {"item_item": {"neighbours": 7}, "s_knn": {"neighbours": 100}}
    assert json.loads(tuned.read_text()) == chosen
    searches = json.loads(report.read_text())["baselines"]
    assert {name: own["chosen"] for name, own in searches.items()} == chosen


def test_an_unknown_baseline_is_refused(tmp_path):
    with pytest.raises(InputError, match="known: popularity"):
        tune_baselines(tmp_path, tmp_path, only=["svd"], tell=print)


@pytest.mark.parametrize("text", ["{", "{}", '{"s_knn": 3}'])
def test_damaged_settings_are_an_error(tmp_path, text):
    path = tmp_path / "tuned.json"
    path.write_text(text)
    with pytest.raises(ModelError, match="reinstall"):
        tuned_settings(path)


def test_the_settings_in_use_are_the_best_of_the_committed_search():
    searches = json.loads(REPORT.read_text())["baselines"]
    in_use = tuned_settings()
    for name, own in searches.items():
        best = max(trial["objective"] for trial in own["trials"])
        reached = [t["objective"] for t in own["trials"] if t["settings"] == own["chosen"]]
        assert in_use[name] == own["chosen"]
        assert reached == [pytest.approx(best)]


def test_every_setting_of_a_grid_was_tried():
    searches = json.loads(REPORT.read_text())["baselines"]
    for name, own in searches.items():
        assert own["grid"] == {key: list(values) for key, values in GRIDS[name].items()}
        for setting, values in own["grid"].items():
            tried = {trial["settings"][setting] for trial in own["trials"]}
            assert set(values) <= tried, f"{name}: {setting}"


def test_names_of_the_contract_are_all_there():
    assert list(baselines.GRIDS) == [
        "popularity", "mood_popularity", "item_item", "last_track_knn",
        "s_knn", "vs_knn", "markov", "nearest_mood",
    ]  # fmt: skip
