"""The tables that the real files give: their size, that nothing leaks, that nothing moved."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from affetto import explore
from affetto.settings import project_dir
from affetto.sources.schema import CORE_FEATURES, FEATURE_RANGES
from affetto.sources.splits import check_frozen, split_by_playlist, split_by_time, time_targets
from tests.sources import real

pytestmark = pytest.mark.needs_data
SPLITS = project_dir() / "data" / "splits"


@pytest.fixture(scope="module")
def built(mirror: Path) -> dict[str, pa.Table]:
    return real.tables(mirror)


@pytest.fixture(scope="module")
def tracks(built: dict[str, pa.Table]) -> pd.DataFrame:
    return built["tracks.parquet"].to_pandas()


def test_the_catalogue_has_its_size(tracks: pd.DataFrame) -> None:
    assert len(tracks) == 264_469
    assert tracks["track_id"].is_unique
    measured = (tracks["features_from"] == tracks["track_id"]).sum()
    assert measured == 217_577  # ids that some source measured, held-out playlists aside
    repeats = 1 - tracks["recording_id"].nunique() / len(tracks)
    assert 0.10 < repeats < 0.14  # about a tenth is the same song under another id


def test_tracks_with_features_have_all_core_features_in_range(tracks: pd.DataFrame) -> None:
    full = tracks[tracks["has_features"]]
    assert full[list(CORE_FEATURES)].notna().all().all()
    for name, (low, high) in FEATURE_RANGES.items():
        assert tracks[name].dropna().between(low, high).all(), name


def test_more_archive_rows_have_features_than_have_ids_in_common(
    built: dict[str, pa.Table], tracks: pd.DataFrame
) -> None:
    archive = built["playlists.parquet"].to_pandas().query("source == 'playlist-archive'")
    rows = archive["track_ids"].explode()
    by_id = rows.isin(tracks.loc[tracks["features_from"] == tracks["track_id"], "track_id"])
    featured = rows.isin(tracks.loc[tracks["has_features"], "track_id"])
    assert 0.30 < by_id.mean() < 0.32
    assert 0.39 < featured.mean() < 0.41


def test_the_data_card_says_what_the_tables_say(
    built: dict[str, pa.Table], tracks: pd.DataFrame
) -> None:
    card = " ".join((project_dir() / "data" / "README.md").read_text(encoding="utf-8").split())
    own = tracks["features_from"] == tracks["track_id"]
    lent = tracks["features_from"].notna() & ~own
    sounds = explore.known_by_sound(built["playlists.parquet"].to_pandas(), tracks)
    archive = sounds.loc["playlist-archive"]
    for told in (
        f"The {len(tracks):,} ids are {tracks['recording_id'].nunique():,} recordings",
        f"{own.sum():,} ids were measured by some source. {lent.sum():,} more borrow",
        f"`has_features` ({tracks['has_features'].sum():,})",
        f"{archive['own']:.1%} have features by id, {archive['with_twins']:.1%} with twins",
        f"`track_moods.parquet` ({built['track_moods.parquet'].num_rows:,} labels)",
    ):
        assert told.replace("%", " %") in card


def test_the_committed_splits_are_those_of_these_playlists(built: dict[str, pa.Table]) -> None:
    playlists = built["playlists.parquet"]
    for name, split in (
        ("by_playlist.json", split_by_playlist(playlists)),
        ("by_time.json", split_by_time(playlists)),
    ):
        assert json.loads((SPLITS / name).read_text(encoding="utf-8")) == split


def test_no_playlist_leaks_from_train_to_test(
    built: dict[str, pa.Table], tracks: pd.DataFrame
) -> None:
    """By its own count: no two playlists on two sides share half of the smaller one."""
    split = json.loads((SPLITS / "by_playlist.json").read_text(encoding="utf-8"))
    check_frozen(built["playlists.parquet"], split)
    part = {playlist: name for name, ids in split.items() for playlist in ids}
    assert len(part) == sum(map(len, split.values()))  # no id on two sides
    recording = dict(zip(tracks["track_id"], tracks["recording_id"], strict=True))
    frame = built["playlists.parquet"].to_pandas()
    held = [
        (part[row.playlist_id], {recording[t] for t in row.track_ids}) for row in frame.itertuples()
    ]
    train = [songs for name, songs in held if name == "train"]
    others = [songs for name, songs in held if name != "train"]
    worst = max(len(a & b) / min(len(a), len(b)) for a in others for b in train)
    assert 0.3 < worst < 0.5  # and the rule is not idle: some come close


def test_nothing_of_the_future_stands_in_a_history(built: dict[str, pa.Table]) -> None:
    playlists = built["playlists.parquet"]
    by_time = json.loads((SPLITS / "by_time.json").read_text(encoding="utf-8"))
    frame = playlists.to_pandas().query("source == 'playlist-archive'")
    for part in ("validation", "test"):
        cut = pd.Timestamp(by_time["cuts"][part]).date()
        before = frame[frame["date"] < cut].groupby("playlist_id")["track_ids"]
        known = {playlist: set().union(*lists) for playlist, lists in before}
        targets = time_targets(playlists, by_time, part)
        assert len(targets) > 50
        for target in targets:
            assert not known[target.playlist_id] & set(target.targets)
            assert set(target.history) <= known[target.playlist_id]


def test_mood_labels_have_their_kinds(built: dict[str, pa.Table]) -> None:
    moods = built["track_moods.parquet"].to_pandas()
    assert (moods["joined_by"] == "name").sum() > 4_000
    assert set(moods["evidence"]) == {"listeners' tags", "playlist membership"}
    assert moods["track_id"].isin(built["tracks.parquet"]["track_id"].to_pylist()).all()
    kinds = moods.dropna(subset="mood").groupby(["source", "evidence"])["mood"].nunique()
    assert kinds.min() >= 3
