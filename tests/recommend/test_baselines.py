"""Each baseline on four playlists that can be followed by hand, and what their settings refuse."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from affetto.emotions import Mood
from affetto.music.catalogue import Catalogue
from affetto.recommend.baselines import (
    ItemKnnConfig,
    ItemKnnRecommender,
    MarkovConfig,
    MarkovRecommender,
    MoodPopularityConfig,
    MoodPopularityRecommender,
    PlaylistKnowledge,
    SessionKnnConfig,
    SessionKnnRecommender,
    item_knn,
)
from affetto.recommend.baselines.knowledge import TIE, artist_matrix
from affetto.recommend.baselines.markov import follow_rules
from tests import synthetic

# Seven tracks.  Oldest first: [0 1 2], [0 1 3], [4 5], and a later snapshot [4 5 6] of the third.
PLAYLISTS = ([0, 1, 2], [0, 1, 3], [4, 5], [4, 5, 6])
ARTISTS = [["Ada"], ["Ben"], ["Cyd"], ["Cyd"], ["Dan"], ["Eve"], ["ada"]]  # 0 and 6: one person


def knowledge(playlists=PLAYLISTS, groups=(0, 1, 2, 2)) -> PlaylistKnowledge:
    return PlaylistKnowledge(
        sequences=tuple(np.array(p) for p in playlists),
        groups=np.array(groups),
        artists=artist_matrix(ARTISTS),
        popularity=np.array([2, 2, 1, 1, 1, 1, 1], np.float32),
    )


def without_ties(scores: np.ndarray) -> np.ndarray:
    """What a model says apart from popularity's say among equals."""
    popularity = np.log1p([2, 2, 1, 1, 1, 1, 1]) / np.log(3)
    return scores - TIE * popularity


def test_playlists_of_a_group_can_count_as_one():
    assert knowledge().matrix(snapshots=True).shape == (4, 7)
    union = knowledge().matrix(snapshots=False).toarray()
    assert union.shape == (3, 7)
    assert union[2].tolist() == [0, 0, 0, 0, 1, 1, 1]


def test_artists_are_one_whatever_their_case():
    matrix = artist_matrix(ARTISTS).toarray()
    assert matrix.shape == (7, 5)
    assert (matrix[0] == matrix[6]).all()


def test_s_knn_adds_up_the_playlists_in_common():
    # history [2]: only [0 1 2] holds it, so its three tracks score alike and the best is 1
    model = SessionKnnRecommender(knowledge())
    np.testing.assert_allclose(without_ties(model.scores([2])), [1, 1, 1, 0, 0, 0, 0], atol=1e-6)
    # history [0, 3]: cosine with [0 1 3] is 2/√3, with [0 1 2] 1/√3; track 1 stands in both
    votes = np.array([3, 3, 1, 2, 0, 0, 0]) / 3
    np.testing.assert_allclose(without_ties(model.scores([0, 3])), votes, atol=1e-6)


def test_one_neighbour_is_the_nearest_and_of_equals_the_newest():
    model = SessionKnnRecommender(knowledge(), SessionKnnConfig(neighbours=1))
    assert without_ties(model.scores([0]))[3] == pytest.approx(1, abs=1e-5)  # [0 1 3], not [0 1 2]
    assert without_ties(model.scores([0]))[2] == pytest.approx(0, abs=1e-5)


def test_a_sample_of_one_takes_the_newest_playlist_in_common():
    model = SessionKnnRecommender(knowledge(), SessionKnnConfig(sample=1))
    # [4 5] is as like as [4 5 6] or more, but older
    np.testing.assert_allclose(without_ties(model.scores([4])), [0, 0, 0, 0, 1, 1, 1], atol=1e-6)


def test_decay_lets_the_latest_track_decide():
    history = [2, 4]  # a track of the first playlist, then one of the third
    flat = SessionKnnRecommender(knowledge(), SessionKnnConfig(snapshots=False)).scores(history)
    assert flat[0] == pytest.approx(flat[5], abs=1e-3)
    late = SessionKnnRecommender(knowledge(), SessionKnnConfig(snapshots=False, decay=0.1))
    assert late.scores(history)[5] > 5 * late.scores(history)[0]


def test_a_rare_track_says_more_with_idf():
    history = [0, 2]  # 0 stands in two playlists, 2 in one: [0 1 2] holds both
    plain = without_ties(SessionKnnRecommender(knowledge()).scores(history))
    rare = without_ties(SessionKnnRecommender(knowledge(), SessionKnnConfig(idf=1)).scores(history))
    assert rare[3] < plain[3]  # [0 1 3] has only the common one


def test_artists_bring_in_songs_that_no_playlist_joins():
    # 6 never stands with 0, but Ada sings both
    own = SessionKnnRecommender(knowledge(), SessionKnnConfig(own_artists=0.5))
    assert without_ties(own.scores([0]))[6] == pytest.approx(0.5, abs=1e-6)
    # 3 is Cyd's, as is 2: [0 1 2] votes for it through her alone
    neighbour = SessionKnnRecommender(
        knowledge(), SessionKnnConfig(neighbours=1, neighbour_artists=0.25)
    )
    votes = without_ties(neighbour.scores([2]))
    assert votes[3] / votes[2] == pytest.approx(0.25 / 1.25, abs=1e-5)
    # nobody holds 6 and a track of the first two playlists, yet they are alike through Ada
    alike = SessionKnnRecommender(
        knowledge([[0, 1, 2], [4, 5]], [0, 1]), SessionKnnConfig(artist_similarity=1)
    )
    assert without_ties(alike.scores([6]))[1] > 0.9


def test_a_discount_favours_what_few_playlists_hold():
    model = SessionKnnRecommender(knowledge(), SessionKnnConfig(discount=1.0))
    scores = without_ties(model.scores([2]))  # 0 and 1 stand in two playlists, 2 in one
    assert scores[0] / scores[2] == pytest.approx(0.5, abs=1e-5)


def test_item_similarities_are_cosines_of_playlists():
    table = ItemKnnRecommender(knowledge()).table.toarray()
    assert table[0, 1] == pytest.approx(1)  # always together
    assert table[0, 2] == pytest.approx(1 / np.sqrt(2))  # once, of 2 and of 1 playlists
    assert table[4, 6] == pytest.approx(1 / np.sqrt(2))  # snapshots: once, of 2 and of 1
    assert table[0, 4] == 0
    assert (np.diag(table) == 0).all()
    shrunk = ItemKnnRecommender(knowledge(), ItemKnnConfig(shrink=2)).table.toarray()
    assert shrunk[0, 1] == pytest.approx(2 / (2 + 2))


def test_a_table_keeps_the_nearest_neighbours():
    table = ItemKnnRecommender(knowledge(), ItemKnnConfig(neighbours=1)).table
    assert np.diff(table.indptr).max() == 1
    assert table[0].indices.tolist() == [1]
    with_strangers = synthetic.knowledge()
    whole = ItemKnnRecommender(with_strangers, ItemKnnConfig(neighbours=5000)).table
    few = ItemKnnRecommender(with_strangers, ItemKnnConfig(neighbours=5)).table
    for row in (0, 777, 2999):
        best = np.sort(whole[row].data)[::-1][:5]
        np.testing.assert_allclose(np.sort(few[row].data)[::-1], best, rtol=1e-6)


def test_last_track_knn_forgets_the_rest():
    last = ItemKnnRecommender(knowledge(), ItemKnnConfig(last=1))
    np.testing.assert_array_equal(last.scores([4, 2]), last.scores([0, 2]))
    everything = ItemKnnRecommender(knowledge())
    assert (everything.scores([4, 2]) != everything.scores([0, 2])).any()


def test_long_playlists_say_less_with_idf():
    pairs = knowledge([[0, 1], [0, 2, 3, 4, 5]], [0, 1])
    plain, rare = (
        ItemKnnRecommender(pairs, ItemKnnConfig(idf=power)).table.toarray() for power in (0, 2)
    )
    assert plain[0, 1] == pytest.approx(plain[0, 2])
    assert rare[0, 1] > rare[0, 2]


def test_rules_count_what_follows_and_how_closely():
    rules = follow_rules(knowledge(), steps=2).toarray()
    assert rules[0, 1] == 2  # right after it, twice
    assert rules[0, 2] == pytest.approx(1 / 2)  # two steps after it, once
    assert rules[2, 0] == 0  # never after
    assert rules[4, 5] == 1  # both snapshots of one playlist count as one
    assert follow_rules(knowledge(), steps=1).toarray()[0, 2] == 0


def test_markov_says_what_came_next():
    model = MarkovRecommender(knowledge(), MarkovConfig(steps=1, popular=0.0))
    assert model.scores([0]).argmax() == 1
    assert without_ties(model.scores([1]))[[2, 3]] == pytest.approx([1, 1], abs=1e-5)
    by_artist = MarkovRecommender(knowledge(), MarkovConfig(steps=1, popular=0.0, artists=1.0))
    # after Ada came Ben: from her other song 6, which nothing ever followed, to his
    assert by_artist.scores([6]).argmax() == 1


def test_mood_popularity_trades_playlists_for_nearness():
    rows = [
        {"popularity": 7.0, "valence": -0.5, "arousal": 0.0},
        {"popularity": 1.0, "valence": 0.5, "arousal": 0.0},
        {"popularity": 7.0, "valence": None, "arousal": None},
    ]
    catalogue = Catalogue(synthetic.table(*rows))
    model = MoodPopularityRecommender(catalogue, MoodPopularityConfig(strength=2, unknown=0.25))
    expected = [np.log(8) - 2 * 1.0, np.log(2), np.log(8) - 2 * 0.25]
    np.testing.assert_allclose(model.scores([], Mood(0.5, 0.0)), expected, rtol=1e-5)
    np.testing.assert_allclose(model.scores([1]), expected, rtol=1e-5)  # the history's mean mood


@pytest.mark.parametrize(
    "make",
    [
        lambda: SessionKnnRecommender(knowledge()),
        lambda: ItemKnnRecommender(knowledge()),
        lambda: MarkovRecommender(knowledge()),
    ],
)
def test_without_a_history_popularity_decides(make):
    scores = make().scores([])
    assert set(np.argsort(-scores)[:2]) == {0, 1}
    assert np.ptp(scores) > 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: SessionKnnConfig(neighbours=0),
        lambda: SessionKnnConfig(decay=0),
        lambda: SessionKnnConfig(sample=-1),
        lambda: ItemKnnConfig(decay=1.1),
        lambda: ItemKnnConfig(shrink=-1),
        lambda: MarkovConfig(steps=0),
        lambda: MoodPopularityConfig(strength=-1),
        lambda: knowledge(groups=(0, 1)),
    ],
)
def test_nonsense_is_refused(wrong):
    with pytest.raises(ValueError, match=r"."):
        wrong()


def test_no_song_is_its_own_neighbour_in_any_block(monkeypatch: pytest.MonkeyPatch) -> None:
    held = sparse.csr_matrix(np.array([[1, 1, 0, 0, 1], [0, 0, 1, 1, 1]], np.float32))
    whole = item_knn.nearest_table(held, neighbours=9).toarray()
    monkeypatch.setattr(item_knn, "BLOCK", 2)
    assert (item_knn.nearest_table(held, neighbours=9).toarray() == whole).all()
    assert (whole.diagonal() == 0).all()
    assert (whole[3] > 0).tolist() == [False, False, True, False, True]
