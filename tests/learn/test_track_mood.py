"""Track mood: targets and weights by hand, no leak, and a twin that cannot learn."""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.emotions import Mood
from affetto.errors import DataError, InputError
from affetto.learn.track_mood import MODELS, DummyMood, PlainMood
from affetto.learn.track_mood_data import KINDS, load_mood_world, with_own_labels
from affetto.learn.track_mood_evaluation import (
    agreement,
    correlation,
    cross_source,
    difference,
    figures,
    predict_apart,
)
from affetto.learn.track_mood_evidence import Evidence, usable_playlists
from affetto.learn.track_mood_labels import (
    TAGS,
    MoodLabels,
    label_weights,
    load_labels,
    quadrants_of,
    tags_path,
)
from affetto.learn.track_mood_release import spread_moods, vocabulary_moods
from affetto.learn.track_mood_report import BY_NUMBER, judge_file, read_labels
from affetto.learn.vocabulary import rank_moods
from affetto.sources.registry import load_registry
from tests.learn import mood_songs


@pytest.fixture(scope="module")
def world():
    return mood_songs.world()


def _labels(*rows: tuple[str, str, float, float]) -> MoodLabels:
    """Labels of (song, source, valence, arousal) rows; the song is also its artist."""
    frame = pd.DataFrame(rows, columns=["song", "source", "valence", "arousal"])
    keys = [[song] for song in frame["song"]]
    numbers = pd.factorize(frame["song"])[0]
    return MoodLabels(frame.assign(recording_id=numbers, title=frame["song"], artist_keys=keys))


def test_quadrants_are_numbered_by_their_signs_and_unknown_ones_are_minus_one() -> None:
    moods = np.array([[-0.2, -0.3], [0.2, -0.3], [-0.2, 0.3], [0.2, 0.3], [np.nan, 0.3], [0, 0]])
    assert quadrants_of(moods).tolist() == [0, 1, 2, 3, -1, 0]


SIDE = st.floats(-1, 1).filter(bool)


@given(SIDE, SIDE)
def test_a_mood_off_the_axes_lies_in_one_quadrant_whoever_counts(
    valence: float, arousal: float
) -> None:
    number = int(quadrants_of(np.array([[valence, arousal]]))[0])
    assert BY_NUMBER[number] == Mood(valence, arousal).quadrant


def test_playlists_give_signs_tags_give_numbers_and_lively_words_arousal_alone() -> None:
    told = pd.DataFrame(
        {
            "recording_id": [0, 0, 1, 2, 3],
            "source": ["p", "p", "t", "p", "p"],
            "mood": ["calm", "sad", "happy", None, "angry"],
            "valence": [np.nan, np.nan, 0.2, np.nan, np.nan],
            "arousal": [np.nan, np.nan, 0.9, np.nan, np.nan],
            "playlist_id": [None, None, None, None, "held out"],
        }
    )
    songs = pd.DataFrame({"title": list("abcd"), "artist_keys": [["x"]] * 4})
    found = load_labels(told, songs, left_out={"held out"})
    # calm (1, -1) and sad (-1, -1) mean (0, -1); a tag of 0.2 is 0.6 of a third, 0.9 is beyond it
    expected = np.array([[0, -1], [0.6, 1], [np.nan, 1]])
    np.testing.assert_allclose(found.targets, expected, atol=1e-6)


def test_every_source_and_every_quadrant_in_it_weigh_alike() -> None:
    labels = _labels(
        ("a", "one", 1, 1), ("b", "one", 1, 1), ("c", "one", -1, -1), ("d", "two", 1, -1)
    )
    weights = label_weights(labels)
    # source one: happy 1/2 shared by two, sad 1/2; source two: all of its 1 on one song
    assert weights / weights[3] == pytest.approx([0.25, 0.25, 0.5, 1.0])
    assert weights.mean() == pytest.approx(1.0)


def test_listeners_tags_weigh_as_much_as_all_playlists_together() -> None:
    labels = _labels(
        ("a", TAGS, 1, 1), ("b", TAGS, 1, -1), ("c", "one", 1, 1), ("d", "two", 1, -1),
        ("e", "three", -1, -1),
    )  # fmt: skip
    weights = label_weights(labels)
    assert weights / weights[2] == pytest.approx([1.5, 1.5, 1, 1, 1])
    alone = label_weights(labels, np.array([0, 1]))
    assert alone == pytest.approx([1, 1, 0, 0, 0])


def test_playlists_that_label_and_their_namesakes_are_no_evidence() -> None:
    lists = pd.DataFrame(
        {"playlist_id": list("abcd"), "name": ["Deep Sleep", "deep  sleep!", "Roads", "Test"]}
    )
    usable = usable_playlists(lists, labelling={"a"}, left_out={"d"})
    assert usable["playlist_id"].tolist() == ["c"]


def test_evidence_without_sound_says_nothing_of_it(world) -> None:
    deaf = world.book.describe(world.labels.frame.head(5), sound=False)
    assert np.isnan(deaf.spotify).all()
    assert np.isnan(deaf.sound[:, :12]).all()
    assert not np.isnan(world.evidence.spotify).any()


def _evidence(spotify: list[tuple[float, float]]) -> Evidence:
    import scipy.sparse as sp

    found = np.array(spotify, np.float32)
    return Evidence(found, sp.csr_matrix(found), found, found)


def test_a_song_without_a_title_is_described_by_the_rest(world) -> None:
    songs = world.labels.frame.head(3).assign(title=[np.nan, None, ""])
    nameless = world.book.describe(songs)
    named = world.book.describe(world.labels.frame.head(3))
    assert np.array_equal(nameless.dense, named.dense, equal_nan=True)
    assert (named.sparse != nameless.sparse).nnz > 0  # the words of a title are evidence


def test_plain_thresholds_part_the_quadrants_where_that_is_possible() -> None:
    evidence = _evidence([(0.2, 0.2), (0.2, 0.9), (0.6, 0.2), (0.6, 0.9), (np.nan, np.nan)])
    targets = np.array([[-1, -1], [-1, 1], [1, -1], [1, 1], [1, 1]], float)
    model = PlainMood().fit(evidence, targets, np.ones(5), np.arange(5))
    assert 0.2 <= model.thresholds[0] < 0.6
    assert 0.2 <= model.thresholds[1] < 0.9
    assert quadrants_of(model.predict(evidence)).tolist() == [0, 2, 1, 3, -1]


def test_the_dummy_names_the_quadrant_with_the_greatest_weight() -> None:
    evidence = _evidence([(0.5, 0.5)] * 3)
    targets = np.array([[1, -1], [1, -1], [-1, 1]], float)
    heavy = DummyMood().fit(evidence, targets, np.array([1, 1, 5.0]), np.arange(3))
    assert heavy.predict(evidence)[0].tolist() == [-1, 1]


def test_evidence_beside_the_sound_is_learned_from(world) -> None:
    found = predict_apart(world, world.labels.artists, ("plain", "learned"))
    right = {
        name: figures(moods, world.labels.targets)["quadrant_accuracy"]
        for name, moods in found.items()
    }
    # Spotify's numbers lean by a third of their noise: each axis comes right 63 % of the time,
    # both about 40 %; playlists and words give the mood away
    assert right["plain"] < 0.5 < 0.9 < right["learned"]


def test_on_shuffled_labels_the_same_code_scores_at_chance() -> None:
    twin = mood_songs.world(shuffled=True)
    moods = predict_apart(twin, twin.labels.artists, ("learned",))["learned"]
    # 360 songs at one in four: two standard errors are 4.6 points
    assert abs(figures(moods, twin.labels.targets)["balanced"] - 0.25) < 0.07


def test_no_artist_stands_on_both_sides_of_a_source(world) -> None:
    # both sources know every artist, so without shared artists nothing is left to train on
    with pytest.raises(DataError, match="Every artist of one stands in other too"):
        cross_source(world, ["one"], "other")


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_every_song_or_says_that_it_cannot(world, name) -> None:
    rows = np.arange(200)
    labels = world.labels
    model = MODELS[name]().fit(
        world.evidence.rows(rows), labels.targets[rows], np.ones(200), labels.songs[rows]
    )
    answers = model.predict(world.evidence)
    assert answers.shape == (len(labels), 2)
    deaf = model.predict(world.book.describe(labels.frame, sound=False))
    assert np.isnan(deaf).all() == (name in ("plain", "linear"))


def test_figures_and_agreement_by_hand() -> None:
    targets = np.array([[1, 1], [1, 1], [-1, -1], [1, -1]], float)
    moods = np.array([[0.5, 0.5], [0.2, -0.1], [-0.3, -0.2], [0.4, -0.6]])
    found = figures(moods, targets)
    assert found["quadrant_accuracy"] == 0.75
    assert found["balanced"] == pytest.approx((0.5 + 1 + 1) / 3)
    assert correlation(np.ones(5), np.arange(5.0)) is None
    both = agreement(
        _labels(("a", "x", 1, 1), ("a", "y", 1, 1), ("b", "x", 1, 1), ("b", "y", -1, 1))
    )
    assert both["x & y"] == {"songs": 2, "agreement": 0.5}


def test_a_difference_that_is_everywhere_has_an_interval_of_one_point() -> None:
    targets = np.tile([[1.0, 1.0], [-1.0, -1.0]], (20, 1))
    gap = difference(targets, -targets, targets, np.arange(40))
    assert gap["quadrant_accuracy"] == [1.0, 1.0]
    assert difference(targets, targets, targets, np.arange(40))["balanced"] == [0.0, 0.0]


def test_own_labels_pull_the_answer_of_the_model() -> None:
    moods = pd.DataFrame({"valence": [0.0, 0.5], "arousal": [0.2, 0.5]}, index=[0, 7])
    told = _labels(("a", "x", 1, -1), ("a", "y", 1, np.nan))
    found = with_own_labels(moods, told)
    # valence (0 + 1 + 1) / 3; arousal (0.2 - 1) / 2; song 7 has no label
    assert found.loc[0, ["valence", "arousal"]].tolist() == pytest.approx([2 / 3, -0.4])
    assert found.loc[7, ["valence", "arousal"]].tolist() == [0.5, 0.5]
    assert found["labels"].tolist() == [2, 0]


def test_what_a_mood_rests_on(world) -> None:
    songs = pd.DataFrame(
        {
            "recording_id": [0, -1, -1],
            "title": ["tears number 0", "new", "new"],
            "artist_keys": [["band 0"], ["band 0"], ["nobody"]],
        }
    )
    assert world.kinds(songs).tolist() == [KINDS[0], "artist", "nothing"]
    unlabelled = world.kinds(songs.head(1), labelled=np.flatnonzero(world.labels.artists > 0))
    assert unlabelled.tolist() == ["sound"]


def test_spreading_keeps_signs_and_order_and_fills_the_plane() -> None:
    moods = np.array([[0.1, -0.3], [0.2, -0.1], [0.3, 0.4], [np.nan, np.nan], [-0.01, 0.4]])
    found = spread_moods(moods)
    # three pleasant: 1/6, 3/6, 5/6; one unpleasant: the middle of its side; two lively tie
    assert found[:, 0] == pytest.approx([1 / 6, 0.5, 5 / 6, np.nan, -0.5], nan_ok=True)
    assert found[:, 1] == pytest.approx([-0.75, -0.25, 0.5, np.nan, 0.5], nan_ok=True)


def _write_tables(folder: Path, songs: pd.DataFrame) -> Path:
    songs.to_parquet(folder / "tracks.parquet")
    mood_songs.playlists(songs).assign(group_id=1, source="s").to_parquet(
        folder / "playlists.parquet"
    )
    told = mood_songs.labels(songs).assign(title=songs["title"], artist="", evidence="e", label="")
    told.to_parquet(folder / "track_moods.parquet")
    split = folder / "by_playlist.json"
    split.write_text(json.dumps({"train": [], "validation": [], "test": ["promise sad"]}))
    return split


def test_the_vocabulary_gets_learned_moods_or_spotifys_where_labels_are_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    monkeypatch.delenv("AFFETTO_DATA_MIRROR", raising=False)
    songs = mood_songs.tracks()
    split = _write_tables(tmp_path, songs)
    assert load_mood_world(tmp_path, split).left_out == 92  # 23 sad artists of 90, 4 songs each
    assert vocabulary_moods(tmp_path, split) is rank_moods  # 268 labels are fewer than 500
    monkeypatch.setattr("affetto.learn.track_mood_data.FEWEST", 100)
    learned = vocabulary_moods(tmp_path, split)
    rows = songs.sample(50, random_state=1)
    moods = learned(rows)
    told = pd.read_parquet(tmp_path / "track_moods.parquet")
    named = rows["recording_id"].isin(told[told["playlist_id"] != "promise sad"]["recording_id"])
    assert moods["labelled"].tolist() == named.tolist()
    assert 0 < named.sum() < 50
    calm = (rows["recording_id"] // 4 % 4 == 1).to_numpy()
    assert (quadrants_of(moods.loc[calm, ["valence", "arousal"]].to_numpy()) == 1).all()
    assert len(list((tmp_path / "interim" / "track_mood").iterdir())) == 1
    pd.testing.assert_frame_equal(vocabulary_moods(tmp_path, split)(rows), moods)  # read again


def test_by_time_nothing_counts_but_tags_and_playlists_dated_before_the_day(
    tmp_path: Path,
) -> None:
    songs = mood_songs.tracks()
    split = _write_tables(tmp_path, songs)
    playlists = pd.read_parquet(tmp_path / "playlists.parquet")
    days = {"promise happy": "2021-03-31", "promise calm": "2021-04-01", "list happy 0": "2020-1-1"}
    dates = pd.to_datetime(playlists["playlist_id"].map(days)).dt.date  # the others have none
    playlists.assign(date=dates).to_parquet(tmp_path / "playlists.parquet")
    told = pd.read_parquet(tmp_path / "track_moods.parquet")
    tags = told.head(3).assign(source=TAGS, playlist_id=None, valence=-0.5, arousal=-0.5)
    pd.concat([told, tags]).to_parquet(tmp_path / "track_moods.parquet")

    world = load_mood_world(tmp_path, split, until=datetime.date(2021, 4, 1))
    early = told["playlist_id"] == "promise happy"
    assert (world.labels.sources == TAGS).sum() == 3
    assert len(world.labels) == 3 + early.sum()
    held = songs.loc[
        songs["recording_id"] // 4 % 4 == mood_songs.QUADRANTS.index("happy"), "recording_id"
    ]
    other = songs.loc[
        songs["recording_id"] // 4 % 4 == mood_songs.QUADRANTS.index("calm"), "recording_id"
    ]
    assert world.book.playlists_of(held.to_numpy()).sum() == len(held[::2])  # of "list happy 0"
    assert world.book.playlists_of(other.to_numpy()).sum() == 0
    whole = load_mood_world(tmp_path, split)
    assert len(whole.labels) > len(world.labels)
    assert whole.book.playlists_of(other.to_numpy()).sum() > 0


def test_songs_that_joined_the_catalogue_are_no_strangers_however_they_are_spelled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from affetto.learn import track_mood_labels

    axes = {"valence": [0.1, 0.2, 0.3], "arousal": 0.0, "mood": None}
    tagged = pd.DataFrame(
        {"title": ["Help", "Yellow", "YELLOW"], "artist": ["Beatles & Co", "Coldplay", "coldplay"]}
    ).assign(**axes)
    rows = type("Rows", (), {"moods": tagged})
    monkeypatch.setattr(track_mood_labels, "tags_path", lambda processed: tmp_path)
    monkeypatch.setitem(track_mood_labels.MUSIC_READERS, TAGS, lambda path: rows)
    joined = pd.DataFrame({"source": [TAGS], "title": ["Help"], "artist": ["Beatles & Co"]})
    found = track_mood_labels.load_strangers(joined, tmp_path).frame
    assert found["title"].tolist() == ["Yellow"]  # once


def test_peoples_tags_say_nothing_of_songs_that_were_not_built_from_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made-up songs get the same moods where the public files are at hand as where they are not."""
    source = load_registry()[TAGS]
    mirrored = tmp_path / source.mirror.file
    mirrored.parent.mkdir(parents=True, exist_ok=True)
    mirrored.touch()
    monkeypatch.setenv("AFFETTO_DATA_MIRROR", str(tmp_path))
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "data"))
    assert tags_path(tmp_path) is None
    (tmp_path / "build.json").write_text('{"inputs": {"fer2013": "…"}}', encoding="utf-8")
    assert tags_path(tmp_path) is None
    (tmp_path / "build.json").write_text(f'{{"inputs": {{"{TAGS}": "…"}}}}', encoding="utf-8")
    assert tags_path(tmp_path) == mirrored


def test_tables_that_are_not_built_are_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="affetto data build"):
        load_mood_world(tmp_path, tmp_path / "by_playlist.json")


def test_a_users_own_labels_are_judged(world, tmp_path: Path) -> None:
    import pyarrow as pa

    songs = mood_songs.tracks()
    table = pa.Table.from_pandas(songs.assign(features_from=songs["track_id"]))
    file = tmp_path / "labels.csv"
    file.write_text(
        "artist,title,mood\n"
        "Band 0,tears number 0,sad\n"
        "BAND 0,Tears Number 0,sad\n"  # the same song: counts once
        "Band 1,still number 4,calm\n"
        "Nobody,tears of somebody,sad\n"
    )
    found = judge_file(world, table, read_labels(file))
    assert found["n"] == 3
    assert found["coverage"] == pytest.approx(2 / 3)
    assert found["learned"] == {"quadrant_accuracy": 1.0, "valence_r": None, "arousal_r": None}
    assert found["kinds"]["own labels"] == 2
    assert found["kinds"]["nothing"] == 1
    assert found["strangers"]["n"] == 0
    assert found["strangers"]["learned"] is None


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("artist,title\na,b\n", "needs the columns"),
        ("", "needs the columns"),
        ("artist,title,mood\n", "holds no label"),
        ("artist,title,mood\na,b,glad\n", "Line 2: the mood 'glad' is none of"),
        ("artist,title,valence,arousal\na,b,0.1,x\n", "Line 2: valence and arousal must be"),
        ("artist,title,valence,arousal\na,b,5,1\n", "Line 2: .* between -1 and 1"),
        ("artist,title,mood\n\n\n\na,b,glad\n", "Line 5: the mood 'glad'"),
        ('artist,title,mood\na,"b\nc",glad\n', "Line 3: the mood 'glad'"),
        (f"artist,title,mood\na,{'b' * 200_000},sad\n", r"labels\.csv, line 1: field larger"),
    ],
)
def test_bad_label_files_are_told_in_a_sentence(tmp_path: Path, content, sentence) -> None:
    file = tmp_path / "labels.csv"
    file.write_text(content)
    with pytest.raises(InputError, match=sentence):
        read_labels(file)


def test_label_files_that_are_not_there_or_no_text_are_told_without_the_systems_numbers(
    tmp_path: Path,
) -> None:
    with pytest.raises(
        InputError, match=r"labels\.csv cannot be read: No such file or directory\.$"
    ):
        read_labels(tmp_path / "labels.csv")
    (tmp_path / "labels.csv").write_bytes(b"artist,title,mood\nBj\xf6rk,Human Behaviour,happy\n")
    with pytest.raises(InputError, match="is no text in UTF-8"):
        read_labels(tmp_path / "labels.csv")
