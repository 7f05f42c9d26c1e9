"""Every reader's own rules, with the values that stand in ``samples``."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from affetto.errors import DataError
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.editorial_moods import snapshot_date
from affetto.sources.datasets.rows import TRACK_COLUMNS, MusicRows
from tests.sources import samples
from tests.sources.samples import track_id


def _read(name: str, folder: Path, form: str = "folder") -> MusicRows:
    return MUSIC_READERS[name](samples.write(name, folder, form=form))


def _track(rows: MusicRows, name: str) -> pd.Series:
    return rows.tracks.set_index("track_id").loc[track_id(name)]


def test_114k_unites_genres_and_reads_r_numbers(tmp_path: Path) -> None:
    rows = _read("spotify-tracks-114k", tmp_path)
    rain = _track(rows, "a")
    assert rows.files_rows == 4
    assert rain["raw_genres"] == ["acoustic", "folk"]
    assert rain["artists"] == ["Ann", "Bob"]
    assert rain["instrumentalness"] == 1.01e-6
    assert rain["explicit"] is np.False_ or rain["explicit"] is False
    assert rain["spotify_valence"] == 0.9


def test_what_spotify_did_not_measure_is_unknown(tmp_path: Path) -> None:
    rows = _read("spotify-tracks-114k", tmp_path)
    noise, nameless = _track(rows, "b"), _track(rows, "c")
    for name in ("tempo", "time_signature", "danceability", "spotify_valence", "speechiness"):
        assert np.isnan(noise[name]), name
    assert noise["energy"] == 0.01  # measured all the same
    assert nameless["title"] is None
    assert nameless["album"] is None
    assert nameless["artists"] == []
    assert np.isnan(nameless["duration_ms"])


@pytest.mark.parametrize("form", ["gz", "xz"])
def test_a_packed_file_reads_like_the_plain_one(form: str, tmp_path: Path) -> None:
    plain = _read("spotify-tracks-114k", tmp_path)
    packed = _read("spotify-tracks-114k", tmp_path, form)
    pd.testing.assert_frame_equal(plain.tracks, packed.tracks)


def test_one_file_a_genre_reads_like_all_in_one(tmp_path: Path) -> None:
    """The mirror holds one table, the repository of the copy 114."""
    whole = _read("spotify-tracks-114k", tmp_path)
    text = samples.MAKERS["spotify-tracks-114k"]()["dataset.csv"]
    header, *lines = text.splitlines(keepends=True)
    cut = tmp_path / "cut"
    cut.mkdir()
    for at, line in enumerate(lines):
        (cut / f"{at}.csv").write_text(header + line, encoding="utf-8", newline="")
    pd.testing.assert_frame_equal(whole.tracks, MUSIC_READERS["spotify-tracks-114k"](cut).tracks)


def test_2024_takes_the_artists_genres_not_the_search_words_that_name_its_files(
    tmp_path: Path,
) -> None:
    rows = _read("spotify-2024-by-genre", tmp_path)
    assert rows.artist_genres
    assert rows.files_rows == 3  # the empty genre adds none
    assert _track(rows, "d")["raw_genres"] == ["folk", "shoegaze"]  # and its file "Dream Pop"
    assert _track(rows, "d")["year"] == 2011
    assert pd.isna(_track(rows, "e")["year"])


def test_2024_refuses_genres_that_are_no_list(tmp_path: Path) -> None:
    path = samples.write("spotify-2024-by-genre", tmp_path) / "folk.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("['folk'", "{'folk'"), "utf-8")
    with pytest.raises(DataError, match="artist_genres"):
        MUSIC_READERS["spotify-2024-by-genre"](path.parent)


def test_high_low_joins_a_playlist_that_stands_in_both_files(tmp_path: Path) -> None:
    rows = _read("high-low-popularity-2024", tmp_path)
    assert rows.comma_artists
    assert rows.playlists["track_ids"].tolist() == [[track_id("f"), track_id("g"), track_id("h")]]
    assert np.isnan(_track(rows, "g")["energy"])


def test_editorial_dates_come_from_the_snapshot_id(tmp_path: Path) -> None:
    rows = _read("mood-playlists-editorial-2022", tmp_path)
    (playlist,) = rows.playlists.to_dict("records")
    assert playlist["date"] == dt.date(2022, 9, 9)
    assert playlist["description"] == "Smile, everyone"
    assert playlist["track_ids"] == [track_id("i"), track_id("a")]  # a repeat dropped
    assert _track(rows, "a")["title"] is None


@pytest.mark.parametrize("snapshot", ["", "not base64!", "YWJj", "LCws"])
def test_a_snapshot_id_without_a_date_has_none(snapshot: str) -> None:
    assert snapshot_date(snapshot) is None


def test_membership_keeps_conflicts_and_leaves_lively_without_quadrant(tmp_path: Path) -> None:
    moods = _read("mood-playlists-skerjanec-2022", tmp_path).moods
    told = {(r.track_id[0], r.label, r.mood) for r in moods.itertuples()}
    assert told == {
        ("j", "calm", "calm"),
        ("j", "sad", "sad"),
        ("k", "calm", "calm"),
        ("l", "active", None),
    }


def test_repeated_headers_and_rows_are_dropped(tmp_path: Path) -> None:
    rows = _read("mood-playlists-graciez-2021", tmp_path)
    assert rows.files_rows == 4  # three rows of one song, one of another
    assert len(rows.tracks) == 2
    assert len(rows.moods) == 2


def test_tidytuesday_playlists_keep_their_order(tmp_path: Path) -> None:
    rows = _read("tidytuesday-2020-01-21", tmp_path)
    (playlist,) = rows.playlists.to_dict("records")
    assert playlist["track_ids"] == [track_id("a"), track_id("o")]
    assert playlist["date"] == dt.date(2020, 1, 21)
    assert _track(rows, "a")["artists"] == ["Ann", "Bob"]
    assert _track(rows, "a")["raw_genres"] == ["album rock", "folk rock", "rock"]
    assert set(rows.playlist_genres[track_id("P3")]) == {"album rock", "folk rock", "rock"}
    assert _track(rows, "o")["title"] is None
    assert rows.tracks["time_signature"].isna().all()  # the one source that has none


def test_hits_split_their_credits_and_have_no_year(tmp_path: Path) -> None:
    rows = _read("hit-predictor-1960-2019", tmp_path)
    assert rows.files_rows == 2
    assert _track(rows, "p")["artists"] == ["Ann", "Bob"]
    assert pd.isna(_track(rows, "p")["year"])


def test_deezer_z_scores_become_thirds(tmp_path: Path) -> None:
    moods = _read("deezer-mood-2018", tmp_path).moods
    first, second = moods.iloc[0], moods.iloc[1]
    assert (first["valence"], first["arousal"], first["mood"]) == (0.5, -0.25, "calm")
    assert (second["valence"], second["mood"]) == (-1.0, "angry")  # -3.6 / 3 is cut at -1
    assert first["track_id"] is None


def test_archive_snapshots_come_oldest_first_and_names_from_the_last(tmp_path: Path) -> None:
    rows = _read("playlist-archive", tmp_path)
    assert rows.files_rows == 5
    assert rows.playlists["date"].tolist() == [dt.date(2021, 2, 1), dt.date(2021, 5, 2)]
    assert rows.playlists["name"].tolist() == ["Calm & Quiet"] * 2
    assert rows.playlists["description"].tolist() == ["", ""]
    assert rows.playlists["track_ids"].iloc[0] == [track_id("q"), track_id("s")]
    assert _track(rows, "q")["title"] == "Rain (feat. Bob)"
    assert _track(rows, "s")["artists"] == ["Eve", "Fay"]


TRACK = {"track_id": "x" * 22, "title": "Rain", "artists": "Eve", "album": "", "duration_ms": 1}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"date": "yesterday"}, "line 2"),
        ({"date": None}, "line 2"),
        ({"playlist_id": "short"}, "'short' is not a playlist id"),
        ({"tracks": [{"track_id": "x"}]}, "every track needs track_id, title, artists"),
        ({"tracks": None}, "line 2"),
        ({"name": None}, "line 2: the name is no text"),
        ({"description": 3}, "line 2: the description is no text"),
        ({"tracks": [TRACK | {"title": None}]}, "line 2: a track's title is no text"),
        ({"tracks": [TRACK | {"artists": ["Eve"]}]}, "line 2: a track's artists is no text"),
        ({"tracks": [TRACK | {"duration_ms": "3:20"}]}, "line 2: a track's duration_ms is no"),
    ],
)
def test_a_broken_line_of_the_archive_is_named(change: dict, words: str, tmp_path: Path) -> None:
    path = samples.write("playlist-archive", tmp_path) / "playlist-archive.jsonl"
    first, second = path.read_text(encoding="utf-8").splitlines()
    broken = json.dumps(json.loads(second) | change)
    path.write_text(f"{first}\n{broken}\n", encoding="utf-8")
    with pytest.raises(DataError, match=words):
        MUSIC_READERS["playlist-archive"](path)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("mood-playlists-graciez-2021", "holds none of active, energetic, angry"),
        ("mood-playlists-skerjanec-2022", "holds none of active, energetic, angry"),
        ("spotify-2024-by-genre", "holds no table with rows"),
    ],
)
def test_files_of_other_names_or_without_rows_are_refused(
    source: str, words: str, tmp_path: Path
) -> None:
    (tmp_path / "my calm songs.csv").write_text('"",\n')
    with pytest.raises(DataError, match=words):
        MUSIC_READERS[source](tmp_path)


def test_no_reader_may_hand_over_other_columns() -> None:
    with pytest.raises(DataError, match="columns"):
        MusicRows(1, tracks=pd.DataFrame({"track_id": ["a"]}))
    twice = pd.DataFrame({c: ["a", "a"] for c in TRACK_COLUMNS})
    with pytest.raises(DataError, match="once"):
        MusicRows(2, tracks=twice)
