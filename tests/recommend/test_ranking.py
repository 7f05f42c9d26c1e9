from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from affetto.emotions import Mood
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines import PopularityRecommender
from affetto.recommend.ranking import Ranker, RankingWeights, Taste, unit_rows
from tests import synthetic

CENTRE = Mood(0.0, 0.0)
QUIET = RankingWeights(noise=0.0, aside=0.0)
axis = st.floats(-1, 1, allow_nan=False)
moods = st.builds(Mood, axis, axis)


def _ranker(*rows: dict[str, object], weights: RankingWeights = QUIET) -> Ranker:
    """A ranker by popularity over hand-written rows, without noise."""
    tracks = Catalogue(synthetic.table(*rows))
    return Ranker(tracks, PopularityRecommender(tracks), weights=weights)


def _pick(ranker: Ranker, n: int, **options: object) -> list[int]:
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    return ranker.pick([CENTRE] * n, **{"allowed": everything, **options})


@pytest.fixture(scope="module")
def ranker() -> Ranker:
    released = synthetic.released()
    return Ranker(released.catalogue, released.recommender)


def test_the_better_score_comes_first_where_moods_are_equal() -> None:
    assert _pick(_ranker({"popularity": 1}, {"popularity": 9}, {"popularity": 5}), 3) == [1, 2, 0]


def test_the_nearer_mood_comes_first_where_scores_are_equal() -> None:
    ranker = _ranker({"valence": 0.5}, {"valence": 0.1}, {"valence": -0.3})
    assert _pick(ranker, 3) == [1, 2, 0]


class _Indifferent(PopularityRecommender):
    """Scores every track alike, so that familiarity alone can decide."""

    def scores(self, history, wanted=None, *, among=None):  # type: ignore[no-untyped-def]
        return np.zeros(self.size if among is None else len(among), np.float32)


def test_what_many_know_comes_to_who_named_no_songs() -> None:
    # four playlists are two doublings, of the song and of its artist: 2 × (0.35 + 0.3) = 1.3
    # deviations; half a radius (0.1) of distance costs 0.25, so fame wins here
    rows = ({"popularity": 4, "valence": 0.1}, {"popularity": 1}, {"popularity": 400})
    tracks = Catalogue(synthetic.table(*rows))
    ranker = Ranker(tracks, _Indifferent(tracks), weights=QUIET)
    assert ranker.pick([Mood(0, 0)], allowed=np.array([True, True, False])) == [0]
    gain = ranker._familiar(np.arange(3), named=0)
    assert gain == pytest.approx([1.3, 0.0, 3.9])  # beyond 64 playlists no more is gained
    assert ranker._familiar(np.arange(3), named=1) == pytest.approx([0.65, 0.0, 1.95])


def test_the_lists_own_picks_are_no_taste() -> None:
    """The last of six songs is as well known as the first ones are, or nearly."""
    rows = [{"popularity": 16 if k % 2 else 1, "valence": 0.01 * k} for k in range(40)]
    tracks = Catalogue(synthetic.table(*rows))
    ranker = Ranker(tracks, _Indifferent(tracks), weights=QUIET)
    picked = ranker.pick([CENTRE] * 6, allowed=np.ones(40, dtype=bool))
    assert (tracks.popularity[picked] == 16).all()


def test_a_mood_that_labels_or_sound_tell_comes_before_one_that_company_tells() -> None:
    """Sound is worth 0.375 deviations, 0.15 on the plane; labels of the very song twice that."""
    rows = (
        {"tempo": None},
        {"valence": 0.13},
        {"valence": 0.19},
        {"tempo": None, "labelled": True, "valence": 0.12},
    )
    tracks = Catalogue(synthetic.table(*rows))
    assert tracks.mood_certainty.tolist() == [0.0, 0.5, 0.5, 1.0]
    ranker = Ranker(tracks, _Indifferent(tracks), weights=QUIET)
    assert ranker.pick([CENTRE] * 4, allowed=np.ones(4, dtype=bool)) == [3, 1, 0, 2]
    assert ranker.pick([None] * 4, allowed=np.ones(4, dtype=bool)) == [0, 1, 2, 3]


def test_another_seed_sets_half_of_all_tracks_aside() -> None:
    tracks = Catalogue(synthetic.table(*({} for _ in range(200))))
    ranker = Ranker(tracks, _Indifferent(tracks), weights=replace(QUIET, aside=2.0))
    everything = np.ones(200, dtype=bool)
    first, other, third = (
        set(ranker.pick([CENTRE] * 50, allowed=everything, seed=seed)) for seed in (0, 1, 2)
    )
    assert first == set(range(50))  # nothing is set aside, and all else is equal
    assert 15 < len(first & other) < 35
    assert len(other) == len(third) == 50 != len(other & third)


def test_a_lean_to_the_known_or_the_new_counts_per_doubling_of_playlists() -> None:
    # 1, 4 and 64 playlists are 0, 2 and 6 doublings; nobody gains for more than 64.  Half a lean
    # gives 0.5 × 0.75 = 0.375 a doubling, beside the 0.65 of who named no songs.
    rows = ({"popularity": 1}, {"popularity": 4}, {"popularity": 64}, {"popularity": 900})
    tracks = Catalogue(synthetic.table(*rows))
    ranker = Ranker(tracks, _Indifferent(tracks), weights=QUIET)
    known = ranker._familiar(np.arange(4), named=0, lean=0.5)
    assert known == pytest.approx([0.0, 2 * 1.025, 6 * 1.025, 6 * 1.025])
    new = ranker._familiar(np.arange(4), named=0, lean=-1.0)
    assert new == pytest.approx([0.0, -1.5, -4.5, -4.5])
    everything = np.ones(4, dtype=bool)
    assert ranker.pick([CENTRE], allowed=everything, familiar=-1.0) == [0]
    assert ranker.pick([CENTRE], allowed=everything, familiar=1.0) == [2]


def test_the_new_is_by_artists_whom_few_know() -> None:
    """A second id of an evergreen stands in one playlist, too."""
    rows = (
        {"artists": ["Queen"], "popularity": 1},
        {"artists": ["Queen"], "popularity": 64},
        {"artists": ["Nobody"], "popularity": 3},
    )
    tracks = Catalogue(synthetic.table(*rows))
    assert tracks.artist_popularity.tolist() == [65, 65, 3]
    ranker = Ranker(tracks, _Indifferent(tracks), weights=QUIET)
    assert ranker.pick([CENTRE], allowed=np.ones(3, dtype=bool), familiar=-1.0) == [2]


def test_only_tracks_that_are_allowed_are_picked() -> None:
    ranker = _ranker({}, {}, {}, {})
    assert _pick(ranker, 4, allowed=np.array([False, True, False, True])) == [1, 3]


def test_no_artist_stands_more_than_twice_in_any_twenty_whatever_the_spelling() -> None:
    rows = [{"artists": ["ANN" if k % 2 else "Ánn"], "popularity": 99} for k in range(5)]
    picked = _pick(_ranker(*rows, *({} for _ in range(30))), 20)
    assert sum(item < 5 for item in picked) == 2


def test_a_guest_counts_as_an_artist() -> None:
    rows = [{"artists": [f"Host {k}", "Guest"], "popularity": 99} for k in range(5)]
    picked = _pick(_ranker(*rows, *({} for _ in range(30))), 20)
    assert sum(item < 5 for item in picked) == 2


def test_a_song_stands_once_in_whatever_version() -> None:
    versions = ["Help!", "Help! - Remastered 2009", "HELP (Live)", "Help! - Radio Edit"]
    rows = [{"title": title, "artists": ["Ann"], "popularity": 9} for title in versions]
    assert len({0, 1, 2, 3} & set(_pick(_ranker(*rows, {}, {}), 6))) == 1


def test_a_cover_by_somebody_else_is_another_song() -> None:
    rows = [{"title": "Help!", "artists": [name]} for name in ("Ann", "Ben")]
    assert sorted(_pick(_ranker(*rows), 2)) == [0, 1]


def test_seed_tracks_are_heard_and_never_listed_nor_their_versions() -> None:
    rows = [
        {"title": "Help!", "artists": ["Ann"]},
        {"title": "Help! - Live", "artists": ["Ann"]},
        {"title": "Other", "artists": ["Ann"]},
    ]
    assert _pick(_ranker(*rows), 3, taste=Taste(seeds=(0,))) == [2]


def test_disliked_tracks_are_never_listed_nor_their_versions() -> None:
    rows = [{"title": "Help!"}, {"title": "Help! - Live"}, {}]
    rows[0]["artists"] = rows[1]["artists"] = ["Ann"]
    assert _pick(_ranker(*rows), 3, taste=Taste(disliked=(1,))) == [2]


def test_liked_tracks_may_be_listed() -> None:
    assert sorted(_pick(_ranker({}, {}), 2, taste=Taste(liked=(0,)))) == [0, 1]


def test_unknown_moods_come_last_where_a_mood_is_wanted() -> None:
    unknown = {"valence": None, "arousal": None, "popularity": 99}
    ranker = _ranker(unknown, {"valence": 1.0, "arousal": 1.0}, {})
    assert _pick(ranker, 3) == [2, 1, 0]


def test_unknown_moods_compete_where_none_is_wanted() -> None:
    ranker = _ranker({"valence": None, "arousal": None, "popularity": 99}, {}, {})
    everything = np.ones(3, dtype=bool)
    assert ranker.pick([None], allowed=everything) == [0]


def test_a_list_ends_where_nothing_more_fits() -> None:
    assert len(_pick(_ranker({}, {}), 5)) == 2
    assert _pick(_ranker({}), 5, taste=Taste(seeds=(0,))) == []


def test_a_valence_floor_holds_where_enough_tracks_lie_above_it() -> None:
    below = [{"valence": -0.1, "popularity": 99} for _ in range(5)]
    above = [{"valence": 0.1} for _ in range(30)]
    picked = _pick(_ranker(*below, *above), 5, min_valence=0.0)
    assert min(picked) >= 5
    # The 1.5 · 5 → 8 most pleasant compete where fewer lie above: here all 7, and one just below
    # the floor, but nothing darker, however many know it
    near = {"valence": -0.05, "popularity": 50}
    few = _pick(_ranker(*below, near, *above[:7]), 5, min_valence=0.0)
    assert 5 in few
    assert min(few) == 5
    # a floor that only far-away tracks keep still holds: it is a promise, nearness is a wish
    far = [{"valence": 0.1, "arousal": 0.9} for _ in range(15)]
    assert min(_pick(_ranker(*below, *far), 5, min_valence=0.0)) >= 5


def test_an_arousal_ceiling_is_a_floor_upside_down() -> None:
    lively = [{"arousal": 0.3, "popularity": 99} for _ in range(5)]
    calm = [{"arousal": -0.3} for _ in range(8)]
    assert min(_pick(_ranker(*lively, *calm), 5, max_arousal=0.0)) >= 5
    assert min(_pick(_ranker(*lively, *calm[:4]), 5, max_arousal=0.0)) < 5


@settings(deadline=None, max_examples=25)
@given(
    places=st.sets(st.integers(0, 24), min_size=1, max_size=6),
    disliked=st.lists(st.integers(0, 2999), max_size=3).map(tuple),
    seed=st.integers(0, 3),
)
def test_kept_tracks_stand_at_their_places_and_the_others_keep_the_rules_around_them(
    ranker: Ranker, places: set[int], disliked: tuple[int, ...], seed: int
) -> None:
    before = _pick(ranker, 20)
    kept = {
        place: before[place] for place in places if place < 20 and before[place] not in disliked
    }
    taste = Taste(liked=tuple(kept.values()), disliked=disliked)
    found = _pick(ranker, 20, taste=taste, seed=seed, kept=kept)
    assert {place: found[place] for place in kept} == kept
    tracks = ranker.catalogue.tracks(found)
    assert len(set(found)) == 20
    assert max(Counter(key for track in tracks for key in track.artist_keys).values()) <= 2
    songs = [key for track in tracks for key in track.song_keys]
    assert len(songs) == len(set(songs))
    assert not set(found) & set(disliked)


def test_a_recommender_of_another_size_is_refused() -> None:
    tracks = Catalogue(synthetic.table({}, {}))
    with pytest.raises(ValueError, match="2 scores for 1 tracks"):
        Ranker(Catalogue(synthetic.table({})), PopularityRecommender(tracks))


@settings(max_examples=25, deadline=None)
@given(start=moods, end=moods, seed=st.integers(0, 2**32), n=st.integers(1, 45))
def test_every_list_keeps_the_rules(
    ranker: Ranker, start: Mood, end: Mood, seed: int, n: int
) -> None:
    """Any moods, even far jumps: right length, no repeats, artists and songs by the rules."""
    path = [start if k % 2 else end for k in range(n)]
    items = ranker.pick(path, allowed=np.ones(len(ranker.catalogue), dtype=bool), seed=seed)
    tracks = ranker.catalogue.tracks(items)
    assert len(items) == len(set(items)) == n
    assert len({key for track in tracks for key in track.song_keys}) == sum(
        len(track.song_keys) for track in tracks
    )
    for first in range(max(1, n - 19)):
        window = Counter(key for t in tracks[first : first + 20] for key in t.artist_keys)
        assert max(window.values()) <= 2
    assert all(track.mood is not None for track in tracks)


@pytest.mark.parametrize(
    "mood", [Mood(0.6, 0.5), Mood(-0.5, 0.7), Mood(-0.4, -0.5), Mood(0.4, -0.6), CENTRE]
)
def test_nine_in_ten_of_the_first_ten_lie_within_035_of_the_wanted_mood(
    ranker: Ranker, mood: Mood
) -> None:
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    tracks = ranker.catalogue.tracks(ranker.pick([mood] * 10, allowed=everything))
    assert sum(track.mood.distance(mood) <= 0.35 for track in tracks) >= 9


def test_the_same_seed_gives_the_same_list_and_another_one_another(ranker: Ranker) -> None:
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    one, again, other = (
        ranker.pick([CENTRE] * 20, allowed=everything, seed=seed) for seed in (1, 1, 2)
    )
    assert one == again
    assert len(set(one) & set(other)) <= 15


def test_another_seed_is_about_as_good(ranker: Ranker) -> None:
    """By the recommender's own scores, first picks of many seeds lie far above a random pick."""
    scores = ranker.recommender.scores((), CENTRE)
    mood = ranker.catalogue.mood
    near = scores[np.hypot(mood[:, 0], mood[:, 1]) <= 0.2]  # NaN is not near
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    lists = [ranker.pick([CENTRE] * 5, allowed=everything, seed=seed) for seed in range(20)]
    assert len({item for items in lists for item in items}) >= 15  # twenty lists of five
    first = [items[0] for items in lists]
    assert scores[first].mean() > (near.mean() + near.max()) / 2


def test_seed_tracks_pull_the_list_towards_their_scene(ranker: Ranker) -> None:
    """At the centre several scenes meet; ten hip hop seeds bring more hip hop than none do."""
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    hip_hop = tuple(range(4, 4 + 6 * 10, 6))
    counts = [
        sum(
            "hip hop" in track.genres
            for track in ranker.catalogue.tracks(
                ranker.pick([CENTRE] * 10, allowed=everything, taste=Taste(seeds=seeds))
            )
        )
        for seeds in ((), hip_hop)
    ]
    assert counts[1] > counts[0]


def test_a_liked_track_pulls_its_like_forward() -> None:
    """Track 2 is a twin of the liked one, 1 a stranger to it; nothing else tells them apart."""
    tracks = Catalogue(synthetic.table({}, {}, {}))
    recommender = _Indifferent(tracks)
    recommender.vectors = np.array([[1, 0], [0, 1], [1, 0]], np.float32)
    ranker = Ranker(tracks, recommender, weights=QUIET)
    allowed = np.array([False, True, True])
    assert ranker.pick([CENTRE], allowed=allowed) == [1]
    assert ranker.pick([CENTRE], allowed=allowed, taste=Taste(liked=(0,))) == [2]


def test_disliked_tracks_push_their_scene_away(ranker: Ranker) -> None:
    """At the centre ambient leads; after ten dislikes of it there is less."""
    everything = np.ones(len(ranker.catalogue), dtype=bool)
    ambient = tuple(range(5, 5 + 6 * 10, 6))
    counts = [
        sum(
            "ambient" in track.genres
            for track in ranker.catalogue.tracks(
                ranker.pick([CENTRE] * 10, allowed=everything, taste=Taste(disliked=disliked))
            )
        )
        for disliked in ((), ambient)
    ]
    assert counts[1] < counts[0]


def test_unit_rows_leave_zeros_alone() -> None:
    assert unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist() == [[0.6, 0.8], [0.0, 0.0]]
