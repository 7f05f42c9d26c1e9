"""What every reader of a music data set must do, on made-up messy copies and on the real files."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from affetto.emotions import QUADRANTS
from affetto.errors import DataError
from affetto.sources.datasets import MUSIC_READERS
from affetto.sources.datasets.rows import MOOD_COLUMNS, PLAYLIST_COLUMNS, TRACK_COLUMNS, MusicRows
from affetto.sources.registry import load_registry
from affetto.sources.schema import EVIDENCE, FEATURE_RANGES
from tests.sources import real, samples

ID = r"[0-9A-Za-z]{22}"
REAL = [
    pytest.param((name, "real"), marks=pytest.mark.needs_data, id=f"{name}, real")
    for name in MUSIC_READERS
]
MADE_UP = [pytest.param((name, "made up"), id=f"{name}, made up") for name in MUSIC_READERS]


@pytest.fixture(params=[*MADE_UP, *REAL])
def named_rows(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, MusicRows]:
    name, which = request.param
    if which == "real":
        return name, real.rows(name, request.getfixturevalue("mirror"))
    return name, MUSIC_READERS[name](samples.write(name, tmp_path))


def test_every_reader_has_a_sample_and_a_registry_entry() -> None:
    music = {name for name, source in load_registry().items() if source.kind == "music"}
    assert set(MUSIC_READERS) == set(samples.MAKERS) == music


def test_tracks_keep_the_contract(named_rows: tuple[str, MusicRows]) -> None:
    tracks = named_rows[1].tracks
    if tracks is None:
        assert named_rows[0] == "deezer-mood-2018"  # the one set without Spotify ids
        return
    assert tuple(tracks.columns) == TRACK_COLUMNS
    assert tracks["track_id"].is_unique
    assert tracks["track_id"].str.fullmatch(ID).all()
    for artists in tracks["artists"]:
        assert isinstance(artists, list)
        assert all(isinstance(name, str) and name.strip() == name != "" for name in artists)
    years = tracks["year"].dropna()
    assert years.between(1900, 2100).all()


def test_numbers_lie_in_their_ranges(named_rows: tuple[str, MusicRows]) -> None:
    tracks = named_rows[1].tracks
    if tracks is None:
        return
    for name, (low, high) in FEATURE_RANGES.items():
        known = tracks[name].dropna()
        assert known.between(low, high).all(), name
    assert tracks["popularity"].dropna().between(0, 100).all()
    for name in ("tempo", "time_signature", "duration_ms"):  # zero meant unknown
        assert (tracks[name].dropna() > 0).all(), name
    assert (tracks["duration_ms"].dropna() > 1_000).all()  # milliseconds, not seconds


def test_playlists_keep_the_contract(named_rows: tuple[str, MusicRows]) -> None:
    rows = named_rows[1]
    if rows.playlists is None:
        return
    assert tuple(rows.playlists.columns) == PLAYLIST_COLUMNS
    assert rows.playlists["playlist_id"].str.fullmatch(ID).all()
    assert not rows.playlists.duplicated(["playlist_id", "date"]).any()
    known = set(rows.tracks["track_id"])
    for ids in rows.playlists["track_ids"]:
        assert 0 < len(ids) == len(set(ids))
        assert known.issuperset(ids)


def test_moods_keep_the_contract(named_rows: tuple[str, MusicRows]) -> None:
    moods = named_rows[1].moods
    if moods is None:
        return
    assert tuple(moods.columns) == MOOD_COLUMNS
    assert moods["evidence"].isin(EVIDENCE).all()
    assert moods["mood"].dropna().isin(QUADRANTS).all()
    assert (moods["mood"].notna() | moods["label"].notna()).all()
    for axis in ("valence", "arousal"):
        assert moods[axis].dropna().between(-1, 1).all()
    assert (moods["track_id"].dropna().astype(str).str.fullmatch(ID)).all()


@pytest.mark.needs_data
@pytest.mark.parametrize("name", MUSIC_READERS)
def test_the_registry_counts_the_real_rows(name: str, mirror: Path) -> None:
    assert real.rows(name, mirror).files_rows == load_registry()[name].rows


@pytest.mark.parametrize("name", MUSIC_READERS)
def test_a_zip_reads_like_its_folder(name: str, tmp_path: Path) -> None:
    folder = MUSIC_READERS[name](samples.write(name, tmp_path))
    packed = MUSIC_READERS[name](samples.write(name, tmp_path, form="zip"))
    assert folder.files_rows == packed.files_rows
    for one, other in (
        (folder.tracks, packed.tracks),
        (folder.playlists, packed.playlists),
        (folder.moods, packed.moods),
    ):
        if one is not None:
            pd.testing.assert_frame_equal(one, other)


@pytest.mark.parametrize("name", MUSIC_READERS)
def test_a_file_cut_short_is_refused(name: str, tmp_path: Path) -> None:
    path = samples.write(name, tmp_path, form="zip")
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError):
        MUSIC_READERS[name](path)


@pytest.mark.parametrize("name", MUSIC_READERS)
def test_a_missing_path_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nowhere"):
        MUSIC_READERS[name](tmp_path / "nowhere")
