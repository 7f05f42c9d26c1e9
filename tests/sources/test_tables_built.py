"""Merging the made-up sources: tracks, recordings, features, playlists, groups, moods."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affetto.sources.catalogue import build_tracks, split_comma_artists
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.rows import MusicRows
from affetto.sources.moods import NameIndex, build_moods
from affetto.sources.playlists import build_playlists, group_ids
from affetto.sources.schema import PLAYLISTS, TRACK_MOODS, TRACKS, write_table
from tests.sources import samples
from tests.sources.samples import track_id


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, MusicRows]:
    folder = tmp_path_factory.mktemp("samples")
    return {name: read(samples.write(name, folder)) for name, read in MUSIC_READERS.items()}


@pytest.fixture(scope="module")
def tracks(sources: dict[str, MusicRows]) -> pd.DataFrame:
    table = build_tracks(split_comma_artists(sources))
    assert table.schema == TRACKS
    return table.to_pandas().set_index("track_id", drop=False)


def test_one_row_a_track_sorted(tracks: pd.DataFrame) -> None:
    names = "abcdefghijklmnopqrs"  # every track of samples.py
    assert tracks["track_id"].tolist() == [track_id(name) for name in names]


def test_names_come_from_the_source_that_lists_most_artists(tracks: pd.DataFrame) -> None:
    rain = tracks.loc[track_id("a")]
    assert rain["title"] == "Rain"
    assert list(rain["artists"]) == ["Ann", "Bob"]
    assert list(rain["artist_keys"]) == ["ann", "bob"]
    assert rain["year"] == 1998  # only TidyTuesday knows it
    assert list(rain["raw_genres"]) == ["acoustic", "album rock", "folk", "folk rock", "rock"]
    assert list(rain["genres"]) == ["rock", "indie", "folk"]  # Ann's own, as one source knows
    assert list(rain["sources"]) == [
        "spotify-tracks-114k", "mood-playlists-editorial-2022", "tidytuesday-2020-01-21",
    ]  # fmt: skip
    assert rain["provenance"] == "spotify-tracks-114k"


def test_comma_artists_are_split_by_what_others_know(tracks: pd.DataFrame) -> None:
    # nobody knows "Ink, Pen & Co", so every comma parts
    assert list(tracks.loc[track_id("f"), "artists"]) == ["Ann", "Ink", "Pen & Co"]


def test_one_recording_for_one_song_under_several_ids(tracks: pd.DataFrame) -> None:
    rain = {track_id(name) for name in "adpq"}  # plain, remastered, a hit, in the archive
    number = tracks.loc[track_id("a"), "recording_id"]
    assert set(tracks.index[tracks["recording_id"] == number]) == rain
    nameless = tracks[tracks["title"].isna()]
    assert set(nameless.index) == {track_id("c"), track_id("o")}
    assert nameless["recording_id"].is_unique  # without a name: each a recording of its own


def test_features_are_borrowed_from_the_twin_nearest_in_duration(tracks: pd.DataFrame) -> None:
    # q lasts 201.0 s; a and d last 200.0 s, p 208.0 s
    borrowed = tracks.loc[track_id("q")]
    assert borrowed["features_from"] == track_id("a")
    assert bool(borrowed["has_features"])
    assert borrowed["energy"] == np.float32(0.8)
    assert borrowed["provenance"] == "spotify-tracks-114k"
    alone = tracks.loc[track_id("s")]
    assert pd.isna(alone["features_from"])
    assert not alone["has_features"]
    assert alone["provenance"] == "playlist-archive"


def test_a_twin_that_is_much_longer_lends_nothing(sources: dict[str, MusicRows]) -> None:
    archive = sources["playlist-archive"]
    longer = archive.tracks.assign(duration_ms=240_000.0)  # 40 s more than any twin's, over 15
    changed = sources | {"playlist-archive": MusicRows(1, longer, archive.playlists)}
    table = build_tracks(split_comma_artists(changed)).to_pandas().set_index("track_id")
    assert not table.loc[track_id("q"), "has_features"]


def test_without_a_beat_the_features_are_not_complete(tracks: pd.DataFrame) -> None:
    noise = tracks.loc[track_id("b")]
    assert not noise["has_features"]
    assert noise["energy"] == np.float32(0.01)  # what is known stays
    assert noise["features_from"] == track_id("b")


def test_a_song_without_words_has_its_artists_genres(tracks: pd.DataFrame) -> None:
    new = tracks.loc[track_id("r")]  # by Ann, without a genre word
    assert new["genres_from"] == "artist"
    assert "folk" in list(new["genres"])
    assert pd.isna(tracks.loc[track_id("s"), "genres_from"])
    assert list(tracks.loc[track_id("s"), "genres"]) == []


def test_playlists_are_snapshots_with_context(sources: dict[str, MusicRows]) -> None:
    tracks = build_tracks(split_comma_artists(sources))
    table = build_playlists(sources, tracks)
    assert table.schema == PLAYLISTS
    frame = table.to_pandas()
    order = ("P1", "P2", "P3", "P4", "P4")
    assert frame["playlist_id"].tolist() == [track_id(name) for name in order]
    contexts = dict(zip(table["name"].to_pylist(), table["mood_context"].to_pylist(), strict=True))
    assert contexts == {
        "Hits": None,
        "Happy Days": "happy",
        "Folk Mix": None,
        "Calm & Quiet": "calm",
    }
    # P2 = {Sun, Rain}, P3 = {Rain, nameless}, P4 first = {Rain, Alone}: each shares one of two
    groups = dict(zip(frame["playlist_id"], frame["group_id"], strict=True))
    assert groups[track_id("P2")] == groups[track_id("P3")] == groups[track_id("P4")]
    assert groups[track_id("P1")] != groups[track_id("P2")]


def test_groups_share_half_of_the_smaller_and_pass_it_on() -> None:
    ids = pd.Series(["a", "b", "c", "d", "d"])
    held = [[1, 2, 3, 4], [3, 4, 5, 6, 7, 8], [8, 7, 6, 20, 21, 22], [30, 31, 32], [1, 33, 34, 35]]
    # a-b share 2 of 4; b-c share 3 of 6; d's second snapshot shares 1 of 4 with a
    assert group_ids(ids, held).tolist() == [0, 0, 0, 1, 1]
    held[4] = [1, 2, 33, 34]  # now 2 of 4: d joins through any of its snapshots
    assert group_ids(ids, held).tolist() == [0, 0, 0, 0, 0]


def test_one_track_less_than_half_keeps_them_apart() -> None:
    ids = pd.Series(["a", "b"])
    assert group_ids(ids, [[1, 2, 3], [1, 4, 5]]).tolist() == [0, 1]
    assert group_ids(ids, [[1, 2], [1, 4, 5, 6]]).tolist() == [0, 0]


def test_moods_are_joined_and_say_what_they_rest_on(sources: dict[str, MusicRows]) -> None:
    tracks = build_tracks(split_comma_artists(sources))
    moods = build_moods(sources, tracks, build_playlists(sources, tracks))
    assert moods.schema == TRACK_MOODS
    frame = moods.to_pandas()
    tags = frame[frame["evidence"] == "listeners' tags"]
    # "ANN & The Band: Rain" is Ann's; d is her best-known Rain (popularity 61) with features
    assert set(tags["track_id"]) == {track_id("d")}
    assert len(tags) == 3  # one a file; "Unheard" joins nothing and is left out
    promised = frame[frame["source"] == "mood-playlists-editorial-2022"]
    assert set(promised["mood"]) == {"happy"}
    assert set(promised["playlist_id"]) == {track_id("P2")}
    assert (frame["joined_by"] == "name").sum() == 3


def test_a_first_artists_song_comes_before_a_guests(sources: dict[str, MusicRows]) -> None:
    index = NameIndex(build_tracks(split_comma_artists(sources)))
    assert index.find("Bob", "Rain") is not None  # he is a guest there
    assert index.find("bob", "rain - live") is None
    assert index.find("", "Rain") is None


def test_the_same_rows_give_the_same_bytes(sources: dict[str, MusicRows], tmp_path: Path) -> None:
    paths = [
        write_table(build_tracks(split_comma_artists(sources)), tmp_path / name)
        for name in ("one.parquet", "two.parquet")
    ]
    assert paths[0].read_bytes() == paths[1].read_bytes()
