"""The recommender's loop on made-up scenes of tracks, and the served step against the sequence."""

import dataclasses
import json

import numpy as np
import pytest

from affetto.errors import InputError
from affetto.learn.checkpoints import load_arrays
from affetto.learn.ensemble import Ensemble, round_weights
from affetto.learn.next_track import Challenge, evaluate, score_each, summarise
from affetto.learn.places import build_places
from affetto.learn.recommender import (
    RecommenderTrainConfig,
    build_network,
    fit,
    score_at_once,
)
from affetto.learn.recommender_release import ContentOnly, network_files, served
from affetto.learn.sequences import PlaylistBatches, SequenceConfig, wanted_moods
from affetto.recommend.network import ItemTable, Places, RecommenderConfig

SCENES, TRACKS = 6, 120
CONFIG = RecommenderTrainConfig(
    epochs=6,
    rate=1e-2,
    warm_up=5,
    network=RecommenderConfig(dim=16, units=16, mixed=16, negatives=64, dropout=0.1),
    sequences=SequenceConfig(length=12, batch=8),
)
NOBODY_TWICE = np.arange(1, TRACKS + 1)[:, None].astype(np.int32)  # artists tell nothing


def playlists(count, *, seed, length=12, shuffled=False):
    """Each playlist draws its tracks from one scene; ``shuffled`` from all of them."""
    rng = np.random.default_rng(seed)
    size = TRACKS // SCENES
    pools = [np.arange(scene * size, (scene + 1) * size) for scene in range(SCENES)]
    return [
        rng.permutation(TRACKS if shuffled else pools[number % SCENES])[:length]
        for number in range(count)
    ]


def as_groups(found):
    """Each playlist a group of its own, with one version."""
    return [[[tracks]] for tracks in found]


def items(groups):
    rng = np.random.default_rng(4)
    own, shared = build_places(groups, NOBODY_TWICE, stretch=6)
    held = np.concatenate([tracks for group in groups for tracks in group[0]])
    return ItemTable(
        content=rng.normal(size=(TRACKS, 3)).astype(np.float32),
        counts=np.bincount(held, minlength=TRACKS).astype(np.float32),
        own=own,
        shared=shared,
    )


MOODS = np.full((TRACKS, 2), np.nan, np.float32)
CHALLENGES = [
    Challenge(str(number), tracks[:4], tracks[4:])
    for number, tracks in enumerate(playlists(24, seed=9))
]


def train(folder, *, shuffled=False, **options):
    groups = as_groups(playlists(90, seed=0, shuffled=shuffled))
    return fit(groups, items(groups), MOODS, CONFIG, run_dir=folder, judge=hit_rate, **options)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    return *train(folder), folder


def serve(*networks):
    """As they are released: copies, so that rounding leaves the networks themselves alone."""
    copies = [build_network(network.tower.items, CONFIG) for network in networks]
    for copy, network in zip(copies, networks, strict=True):
        copy.set_weights(network.get_weights())
        round_weights(copy)
    together = Ensemble(copies)
    return served(network_files(together)), together


def spread(differences):
    """Their root mean square."""
    return np.sqrt(np.mean(differences**2))


def hit_rate(network, challenges=CHALLENGES):
    # a window that a whole playlist fits into; longer ones only cost time
    return summarise(evaluate(challenges, {"m": score_at_once(network, window=24)})["m"])["hr@10"]


def test_it_learns_the_scenes_and_its_untrained_twin_does_not_know_them(trained):
    # a scene has 20 tracks of which at most 11 were heard: 10 of the rest at random hit > 0.5
    network, history, _ = trained
    assert hit_rate(network) > 0.5
    assert history[-1]["loss"] < history[0]["loss"]


def test_its_twin_that_was_told_no_places_is_lost():
    # untrained, and every track stands nowhere: ten of 116 at random hit 0.09
    bare = items(as_groups(playlists(90, seed=0)))
    nowhere = {
        name: Places(np.full_like(p.where, len(p.owners)), 0 * p.weight, p.owners)
        for name, p in bare.own.items()
    }
    lost = dataclasses.replace(bare, own=nowhere, shared={})
    assert hit_rate(build_network(lost, CONFIG)) < 0.25


def test_content_alone_knows_nothing_of_where_a_track_stands():
    bare = dataclasses.replace(items(as_groups(playlists(90, seed=0))), shared={})
    network = build_network(bare, CONFIG)
    lstm, alone = serve(network)
    hits = {
        name: summarise(evaluate(CHALLENGES, {"m": score_each(model)})["m"])["hr@10"]
        for name, model in (("all", lstm), ("content", ContentOnly(lstm, alone)))
    }
    assert hits["all"] > 0.5  # even untrained, sums of one's places are near to each other
    assert hits["content"] < 0.25  # ten of 116 at random hit 0.09


def test_its_twin_on_shuffled_playlists_stays_near_chance(tmp_path):
    network, _ = train(tmp_path, shuffled=True)
    fresh = [
        Challenge(str(number), tracks[:4], tracks[4:])
        for number, tracks in enumerate(playlists(48, seed=77))
    ]
    assert hit_rate(network, fresh) < 0.25


def test_a_stopped_run_ends_with_the_weights_of_an_unbroken_one(trained, tmp_path):
    _, _, folder = trained
    for _ in range(2):
        train(tmp_path, stop_after=3)
    unbroken, _ = load_arrays(folder / "last.npz")
    broken, _ = load_arrays(tmp_path / "last.npz")
    assert all(np.array_equal(unbroken[name], broken[name]) for name in unbroken)


def test_a_begun_run_is_not_gone_on_with_under_other_settings(trained, tmp_path):
    groups = as_groups(playlists(30, seed=0))
    told = {"run_dir": tmp_path, "judge": lambda network: 1.0, "stop_after": 1}
    fit(groups, items(groups), MOODS, CONFIG, **told)
    before = (tmp_path / "config.json").read_bytes()
    other = dataclasses.replace(CONFIG, seed=8, rate=0.1)
    with pytest.raises(
        InputError, match="begun with another rate, seed; give these settings a run"
    ):
        fit(groups, items(groups), MOODS, other, **told)
    assert (tmp_path / "config.json").read_bytes() == before


def test_a_run_where_nothing_is_hit_yet_still_gives_a_network(tmp_path):
    groups = as_groups(playlists(30, seed=0))
    network, history = fit(
        groups, items(groups), MOODS, CONFIG, run_dir=tmp_path, judge=lambda _: 0.0, stop_after=2
    )
    assert [row.get("validation") for row in history] == [None, 0.0]
    kept, _ = load_arrays(tmp_path / "best.npz")
    assert all(np.array_equal(kept[v.path], v.numpy()) for v in network.weights)


def test_settings_newer_than_a_run_are_those_it_had(tmp_path):
    groups = as_groups(playlists(30, seed=0))
    told = {"run_dir": tmp_path, "judge": lambda network: 1.0, "stop_after": 1}
    fit(groups, items(groups), MOODS, CONFIG, **told)
    config = json.loads((tmp_path / "config.json").read_text())
    del config["weight_decay"]  # as a run that was begun before this setting existed
    (tmp_path / "config.json").write_text(json.dumps(config))
    other = dataclasses.replace(CONFIG, weight_decay=0.5)
    with pytest.raises(InputError, match="begun with another weight_decay"):
        fit(groups, items(groups), MOODS, other, **told)
    fit(groups, items(groups), MOODS, CONFIG, **told)


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"rate": 0.0}, {"warm_up": -1}])
def test_impossible_settings_are_refused(wrong):
    with pytest.raises(ValueError, match=r"epoch at least|rate lies above 0"):
        RecommenderTrainConfig(**wrong)


def test_the_served_step_scores_as_the_trained_sequence_does(trained):
    network, _, _ = trained
    recommender, _ = serve(network)
    challenge = CHALLENGES[0]
    ours = score_at_once(network)(challenge.history, challenge.targets)
    theirs = np.stack([*score_each(recommender)(challenge.history, challenge.targets)])
    # rounding vectors of so few numbers moves a score by a tenth of their spread or two
    assert spread(ours - theirs) < 0.2 * ours.std()
    assert np.abs(ours - theirs).max() > 0  # two computations, not one compared with itself


def test_networks_served_as_one_say_the_mean_of_what_each_says(trained):
    network, _, _ = trained
    other = build_network(network.tower.items, dataclasses.replace(CONFIG, seed=8))
    challenge = CHALLENGES[1]
    each = [score_at_once(one)(challenge.history, challenge.targets) for one in (network, other)]
    recommender, together = serve(network, other)
    theirs = np.stack([*score_each(recommender)(challenge.history, challenge.targets)])
    ours = np.mean(each, axis=0)
    assert spread(ours - theirs) < 0.2 * ours.std()
    assert min(spread(one - theirs) for one in each) > 0.4 * ours.std()
    vectors, bias = together.table()
    turned = vectors @ vectors[:5].T  # turning changes no product
    beside = [one.tower.table() for one in (network, other)]
    np.testing.assert_allclose(turned, sum(v @ v[:5].T for v, _ in beside), rtol=2e-3, atol=2e-3)
    np.testing.assert_allclose(bias, np.mean([b for _, b in beside], axis=0), rtol=1e-6)


def test_a_long_history_is_scored_in_windows_that_see_the_latest_tracks(trained):
    network, _, _ = trained
    long = np.random.default_rng(1).integers(0, TRACKS, 130)
    found = score_at_once(network, window=20)(long[:60], long[60:])
    assert found.shape == (70, TRACKS)
    # position 15 of a later window has 15 tracks before it in that window and 5 in the one before
    again = score_at_once(network, window=20)(long[:75], long[75:])
    assert np.allclose(found[15:], again, atol=1e-4)


def test_batches_repeat_for_a_seed_and_hold_every_track_once():
    groups = as_groups(playlists(30, seed=3))
    config = SequenceConfig(length=12, batch=8, later=0, common=0)
    first, again, other = (
        PlaylistBatches(groups, np.ones(TRACKS), MOODS, config, seed=1, epoch=epoch)
        for epoch in (0, 0, 1)
    )
    for index in range(len(first)):
        assert np.array_equal(first[index][0]["target"], again[index][0]["target"])
    assert any(
        not np.array_equal(first[i][0]["target"], other[i][0]["target"]) for i in range(len(first))
    )
    heard = [
        target
        for batch in range(len(first))
        for target, weight in zip(
            first[batch][0]["target"].ravel(), first[batch][2].ravel(), strict=True
        )
        if weight
    ]
    assert sorted(heard) == sorted(np.concatenate([group[0][0] for group in groups]).tolist())


def test_what_was_heard_is_the_target_before_and_nothing_at_the_start():
    counts = np.ones(TRACKS)
    counts[3] = 2
    config = SequenceConfig(length=5, batch=1, shuffled=0, later=0, common=0, lone=0.25)
    batch = PlaylistBatches([[[np.array([3, 1, 2])]]], counts, MOODS, config, seed=0, epoch=0)[0]
    assert batch[0]["target"][0].tolist() == [3, 1, 2, 2, 2]
    assert batch[0]["heard"][0, :3].tolist() == [TRACKS, 3, 1]
    # another playlist holds track 3 too; what only this one holds counts a quarter
    assert batch[2][0].tolist() == [1, 0.25, 0.25, 0, 0]


def test_a_known_playlist_is_asked_only_for_what_joined_it():
    versions = [np.array([0, 1, 2, 3]), np.array([2, 3, 4, 5]), np.array([4, 5, 6, 1])]
    config = SequenceConfig(length=8, batch=1, shuffled=0, later=1)
    seen = set()
    for epoch in range(12):
        found = PlaylistBatches([[versions]], np.ones(9), MOODS[:9], config, seed=0, epoch=epoch)[0]
        asked = found[2][0] > 0
        told = found[0]["told"][0] > 0
        heard = found[0]["heard"][0, told].tolist()
        seen.add((tuple(heard), tuple(found[0]["target"][0, asked].tolist())))
        assert found[0]["open"][0] == 1
    # by hand: after the first day 4, 5 and 6 are new (1 was there before); after the second only 6
    assert seen == {((0, 1, 2, 3), (4, 5, 6)), ((2, 3, 4, 5), (6,))}


def test_a_playlist_of_one_version_is_cut_in_two():
    config = SequenceConfig(length=20, batch=1, later=1)
    found = PlaylistBatches([[[np.arange(10)]]], np.ones(10), MOODS[:10], config, seed=0, epoch=0)[
        0
    ]
    assert found[0]["told"][0].sum() == 7  # seven tenths of ten
    assert (found[2][0] > 0).sum() == 3
    assert found[0]["open"][0] == 0  # its other tracks are no wrong answers


def test_a_playlists_own_places_are_left_out_of_what_it_holds():
    groups = as_groups([np.array([0, 1]), np.array([1, 2])])
    network = build_network(items(groups), CONFIG)
    whole, _ = network.tower(np.array([0, 1]))
    apart, _ = network.tower(np.array([0, 1]), np.array([0, 0]))
    new, _ = network.tower(np.array([0, 1]), as_new=True)
    whole, apart, new = (np.array(x) for x in (whole, apart, new))
    # track 0 stands in group 0 alone, track 1 in group 1 as well; without group 0 the former is
    # known by its content only (its artist has no other song), the latter still has a place
    content = np.array(network.tower.content(network.tower.items.content[:2]))
    assert np.allclose(apart[0], content[0], atol=1e-6)
    assert np.abs(apart[1] - content[1]).max() > 0.01
    assert np.abs(whole - apart).max() > 0.01
    assert np.abs(new - content).max() > 0.01  # its artist stands in a playlist


def test_training_passes_over_the_stated_share_of_places_and_serving_over_none():
    groups = as_groups(playlists(90, seed=0))
    network = build_network(items(groups), CONFIG)
    places = network.tower.own[0]
    everyone = np.arange(TRACKS)
    whole = places(everyone)[1]
    np.testing.assert_array_equal(whole, places(everyone)[1])
    seen = [np.array(places(everyone, training=True)[1]) for _ in range(50)]
    assert not np.array_equal(*seen[:2])
    share = np.sum(seen) / (len(seen) * np.sum(whole))
    assert share == pytest.approx(1 - CONFIG.network.place_dropout, abs=0.02)


def test_moods_are_told_to_the_stated_share_and_never_made_up():
    moods = np.array([[0.5, -0.5], [np.nan, np.nan]], np.float32)
    target = np.tile([0, 1], (4000, 1))
    config = SequenceConfig(wanted=0.5, mood_noise=0.1)
    wanted = wanted_moods(target, moods, config, np.random.default_rng(0))
    told = wanted[..., 2] == 1
    assert told[:, 0].mean() == pytest.approx(0.5, abs=0.03)
    assert not told[:, 1].any()
    assert (wanted[~told] == 0).all()
    assert wanted[told][:, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert wanted[told][:, 0].std() == pytest.approx(0.1, abs=0.01)
