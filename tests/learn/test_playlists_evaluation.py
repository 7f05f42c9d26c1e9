"""The judge: what it says of recommenders that are known to be good, bad, blended or bound."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.learn.baselines import AIMS, GRIDS, build_baselines, tuned_settings
from affetto.learn.next_track import LONGEST_HISTORY, METRICS, Challenge
from affetto.learn.playlist_worlds import World
from affetto.learn.playlists_evaluation import BAR, LENGTHS, Subject, evaluate_playlists
from affetto.recommend.baselines import (
    NearestMoodRecommender,
    PopularityRecommender,
    SessionKnnConfig,
    SessionKnnRecommender,
)
from affetto.recommend.recommender import MEMORY
from tests import synthetic

KEYS = {"playlists", "targets", "coverage", "models", "models_all", "differences"}


@pytest.fixture(scope="module")
def world() -> World:
    """Twelve playlists, each of one scene of a small vocabulary; one target in five is unknown."""
    rng = np.random.default_rng(3)
    challenges = []
    for number in range(12):
        scene = np.arange(number % len(synthetic.SCENES), 300, len(synthetic.SCENES))
        items = rng.choice(scene, 10, replace=False)
        targets = np.append(items[5:9], -1)
        challenges.append(Challenge(f"p{number}", items[:5], targets))
    return World(synthetic.catalogue(300), synthetic.knowledge(300), challenges)


class Blend:
    """Something released that has an LSTM in it."""

    name, vectors = "blend", None

    def __init__(self, lstm, other):
        self.size, self.lstm, self.other = lstm.size, lstm, other

    def scores(self, history, wanted=None, *, among=None):
        return self.lstm.scores(history, wanted, among=among) + self.other.scores(
            history, wanted, among=among
        )


def knn(world):
    return SessionKnnRecommender(world.knowledge)


def judged(world, released, **more):
    baselines = {"popularity": PopularityRecommender(world.catalogue)}
    return evaluate_playlists(world, Subject.of(released), baselines, **more)


class Listening:
    """Knows nothing, and remembers what it was told: tracks and wish."""

    name, vectors = "listening", None

    def __init__(self, size):
        self.size, self.heard = size, []

    def scores(self, history, wanted=None, *, among=None):
        self.heard.append((list(history), wanted))
        return np.zeros(self.size)


class Placing:
    """Puts what is sought at a rank: of ``ranks``, by the length of the history."""

    name, vectors = "placing", None

    def __init__(self, size, ranks):
        self.size, self.ranks = size, ranks

    def scores(self, history, wanted=None, *, among=None):
        rank, target = self.ranks[len(history)], len(history)
        scores = -np.arange(self.size, dtype=float)
        others = [item for item in range(self.size) if item not in {target, *history}]
        scores[[*others[: rank - 1], target]] = np.arange(rank, 0, -1)
        return scores


def test_what_it_says_is_the_contract(world):
    found = judged(world, knn(world))
    assert set(found) >= KEYS
    assert found["playlists"] == 12
    assert found["targets"] == 60
    assert found["coverage"] == pytest.approx(48 / 60)
    assert set(found["models"]) == set(found["models_all"]) == {"released", "lstm", "popularity"}
    assert all(tuple(scores) == METRICS for scores in found["models"].values())
    assert set(found["differences"]) == {"popularity"}
    assert set(found["differences"]["popularity"]) == set(METRICS)


def test_unknown_targets_are_misses_in_models_all(world):
    found = judged(world, knn(world))
    for model in ("released", "popularity"):
        for metric in ("hr@50", "mrr", "ndcg@100"):
            known, everything = (found[k][model][metric] for k in ("models", "models_all"))
            assert everything == pytest.approx(known * 48 / 60)


def test_playlists_of_one_scene_are_found_by_their_neighbours(world):
    # a scene is 50 of 300 tracks; popularity knows nothing of scenes, neighbours do
    found = judged(world, knn(world))
    assert found["models"]["released"]["hr@50"] > 0.9
    assert found["models"]["popularity"]["hr@50"] < 0.5
    low, high = found["differences"]["popularity"]["hr@50"]
    assert 0.2 < low < high
    best = found["best_baseline"]["hr@50"]
    assert best["name"] == "popularity"
    assert best["ratio"] >= BAR
    assert best["reached"]


def test_the_best_baseline_is_the_best_of_them(world):
    baselines = {"popularity": PopularityRecommender(world.catalogue), "s_knn": knn(world)}
    found = evaluate_playlists(world, Subject.of(baselines["popularity"]), baselines)
    for aim in AIMS:
        best = found["best_baseline"][aim]
        assert best["name"] == "s_knn"
        assert best["score"] == found["models"]["s_knn"][aim]
        assert best["ratio"] == pytest.approx(found["models"]["released"][aim] / best["score"])
        assert not best["reached"]


def test_the_bar_is_reached_only_with_an_interval_above_zero(world):
    # playlists of one target each, which comes after as many tracks as the playlist's number
    playlists = [Challenge(str(n), np.arange(n), np.array([n])) for n in (3, 4)]
    few = World(world.catalogue, world.knowledge, playlists)
    weak = {"weak": Placing(300, {3: 20, 4: 20})}
    for ranks, reached in (({3: 1, 4: 20}, False), ({3: 1, 4: 1}, True)):
        found = evaluate_playlists(few, Subject.of(Placing(300, ranks)), weak)
        best = found["best_baseline"]["ndcg@100"]
        assert best["ratio"] >= BAR
        assert best["reached"] == reached  # with one alone, a quarter of the draws show no lead


def test_a_recommender_is_not_ahead_of_itself(world):
    found = judged(world, PopularityRecommender(world.catalogue))
    assert found["differences"]["popularity"]["ndcg@100"] == (0.0, 0.0)
    assert found["best_baseline"]["ndcg@100"]["ratio"] == pytest.approx(1)
    assert not found["best_baseline"]["ndcg@100"]["reached"]
    assert found["blend"] is None


def test_of_a_blend_the_lstm_is_judged_apart(world):
    popular = PopularityRecommender(world.catalogue)
    found = judged(world, Blend(popular, knn(world)))
    assert found["models"]["lstm"] == found["models"]["popularity"]
    assert found["models"]["released"]["hr@50"] > found["models"]["lstm"]["hr@50"]
    assert set(found["blend"]) == {"lstm", "s_knn"}
    assert found["blend"]["lstm"]["hr@50"][0] > 0
    assert found["models"]["s_knn"]["hr@50"] > found["models"]["lstm"]["hr@50"]
    assert found["lstm_differences"]["popularity"]["hr@50"] == (0.0, 0.0)


def test_the_same_seed_gives_the_same_figures(world):
    assert judged(world, knn(world), seed=4) == judged(world, knn(world), seed=4)


def test_ablations_change_what_is_told_and_nothing_else(world):
    found = judged(world, knn(world), ablate=True)["ablations"]
    assert set(found) == {
        "mood_random", "mood_of_history", "mood_true", "history_shuffled",
        *(f"history_{length}" for length in LENGTHS),
    }  # fmt: skip
    plain = judged(world, knn(world))["models"]["released"]
    for name in ("mood_true", "mood_random", "history_shuffled", "history_50"):
        # a plain S-KNN knows neither mood nor order, and no history here is longer than nine
        assert {metric: found[name][metric] for metric in AIMS} == pytest.approx(
            {metric: plain[metric] for metric in AIMS}
        ), name
    assert found["history_0"]["hr@50"] < plain["hr@50"]
    assert found["history_0"]["gain"]["hr@50"][1] < 0


def test_what_is_told(world):
    moods, told = world.catalogue.mood, {}
    tracks = np.flatnonzero(~np.isnan(moods[:, 0]))[:130]
    asked = Challenge("long", tracks[:120], tracks[120:122])
    one, ours, theirs = (
        World(world.catalogue, world.knowledge, [asked]),
        *map(Listening, (300, 300)),
    )

    def tell(doing):
        ours.heard = told.setdefault(doing, [])

    evaluate_playlists(one, Subject.of(ours), {"theirs": theirs}, ablate=True, tell=tell)
    heard = [tracks[:120].tolist(), tracks[:121].tolist()]
    assert theirs.heard == [(tracks, None) for tracks in heard]
    assert told["released"] == [(tracks[-LONGEST_HISTORY:], None) for tracks in heard]
    for length in LENGTHS:
        latest = [(tracks[len(tracks) - length :], None) for tracks in heard]
        assert told[f"ablation history_{length}"] == latest
    wishes = {
        name: np.array([(wish.valence, wish.arousal) for _, wish in told[f"ablation {name}"]])
        for name in ("mood_of_history", "mood_true", "mood_random")
    }
    means = [moods[tracks[-LONGEST_HISTORY:]].mean(axis=0) for tracks in heard]
    assert wishes["mood_of_history"] == pytest.approx(np.array(means), abs=1e-5)
    assert wishes["mood_true"] == pytest.approx(moods[tracks[120:122]])
    assert not np.allclose(wishes["mood_random"], wishes["mood_true"])
    for (shuffled, wish), tracks in zip(told["ablation history_shuffled"], heard, strict=True):
        assert wish is None
        assert sorted(shuffled) == sorted(tracks[-MEMORY:])
        assert shuffled != tracks[-MEMORY:]


def test_only_the_true_mood_gives_the_target_away(world):
    found = judged(world, NearestMoodRecommender(world.catalogue), ablate=True)["ablations"]
    assert found["mood_true"]["hr@50"] > 0.8
    assert found["mood_random"]["hr@50"] < 0.5


def test_order_matters_to_whom_it_matters(world):
    latest = SessionKnnRecommender(world.knowledge, SessionKnnConfig(decay=0.01))
    found = judged(world, latest, ablate=True)["ablations"]
    assert found["history_shuffled"]["ndcg@100"] != found["history_50"]["ndcg@100"]


def test_every_tuned_baseline_can_be_built(world):
    models = build_baselines(world, tuned_settings())
    assert list(models) == list(GRIDS)
    assert all(model.name == name for name, model in models.items())
    found = evaluate_playlists(world, Subject.of(knn(world)), models)
    assert set(found["differences"]) == set(GRIDS)


def test_nothing_to_predict_is_said(world):
    with pytest.raises(ValueError, match="nothing to predict"):
        judged(World(world.catalogue, world.knowledge, []), knn(world))
