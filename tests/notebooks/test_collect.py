"""The three origins of notebook 01 give the same columns; Spotify's answers stay apart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from affetto.errors import AuthError, DataError, InputError
from affetto.learn.provenance import refuse_spotify_api
from affetto.runner import run_notebooks
from affetto.sources import collect
from affetto.sources.datasets.rows import TRACK_COLUMNS
from affetto.sources.playlists import build_playlists
from affetto.sources.schema import TRACK_MOODS, TRACKS
from affetto.sources.spotify.app import spotify_app
from tests.servers import reccobeats, spotify
from tests.servers.loopback import serve


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "")  # empty, so that no .env file fills it in
    spotify_app.cache_clear()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[spotify.World]:
    """A Spotify of 35 songs and a ReccoBeats, configured as a user would."""
    world = spotify.small_world()
    beats = reccobeats.build(reccobeats.Beats())
    with serve(spotify.build(world)) as web, serve(beats) as features:
        monkeypatch.setenv("SPOTIPY_CLIENT_ID", world.client_id)
        monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", world.client_secret)
        monkeypatch.setenv("AFFETTO_SPOTIFY_API", f"{web}/v1")
        monkeypatch.setenv("AFFETTO_SPOTIFY_ACCOUNTS", web)
        monkeypatch.setenv("AFFETTO_RECCOBEATS", f"{features}/v1")
        monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "data"))
        spotify_app.cache_clear()
        yield world
        spotify_app.cache_clear()


@pytest.mark.usefixtures("no_account")
def test_without_an_account_auto_means_the_public_files() -> None:
    assert collect.choose_origin() == "public"
    assert collect.choose_origin("synthetic") == "synthetic"
    with pytest.raises(AuthError, match="No Spotify app is set up"):
        collect.choose_origin("spotify")
    with pytest.raises(InputError, match="ORIGIN must be auto, public, spotify, synthetic; got 'x"):
        collect.choose_origin("xx")


@pytest.mark.usefixtures("account")
def test_with_an_account_auto_means_spotify() -> None:
    assert collect.choose_origin() == "spotify"
    assert collect.choose_origin("public") == "public"


@pytest.mark.usefixtures("account")
def test_spotify_gives_the_same_columns() -> None:
    """Ten songs are by Bo; the second search finds one of them again."""
    sources = collect.collect("spotify", queries=["Bo", "Drift 1"], per_query=10)
    (rows,) = sources.values()
    assert tuple(rows.tracks.columns) == TRACK_COLUMNS
    assert len(rows.tracks) == rows.tracks["track_id"].nunique() == 10
    assert set(rows.tracks["artists"].str[0]) == {"Bo"}
    table = collect.merge_tracks(sources)
    assert table.schema.equals(TRACKS)
    assert set(table["provenance"].to_pylist()) == {"spotify_api"}
    with pytest.raises(DataError, match="spotify_api"):
        refuse_spotify_api(table.to_pandas())


@pytest.mark.usefixtures("account")
def test_a_search_that_finds_nothing_is_said() -> None:
    with pytest.raises(InputError, match="Spotify found nothing"):
        collect.collect("spotify", queries=["no such song anywhere"])


@pytest.mark.usefixtures("account")
def test_notebook_01_collects_from_spotify_and_leaves_the_catalogue_alone(tmp_path: Path) -> None:
    given = [
        f"DATA_DIR={tmp_path}/made",
        f"METRICS_DIR={tmp_path}/metrics",
        "ORIGIN=auto",
        "QUERIES=[Bo, Ada]",
    ]
    run_notebooks(["01"], params="smoke", given=given, out=tmp_path / "out")
    found = json.loads((tmp_path / "metrics" / "01_collect_tracks.json").read_text())
    assert (found["origin"], found["ids"]) == ("spotify", 35)
    assert [path.name for path in (tmp_path / "made" / "processed").iterdir()] == [
        "tracks_spotify.parquet"
    ]
    kept = pq.read_table(tmp_path / "made" / "processed" / "tracks_spotify.parquet")
    assert kept.schema.equals(TRACKS)


# --- made-up rows ------------------------------------------------------------------------------


def test_made_up_rows_depend_on_the_seed_alone() -> None:
    first, again, other = (collect.collect("synthetic", songs=200, seed=s) for s in (1, 1, 2))
    for name, rows in first.items():
        if rows.tracks is not None:
            pd.testing.assert_frame_equal(rows.tracks, again[name].tracks)
    name = "spotify-2024-by-genre"
    assert not first[name].tracks["energy"].equals(other[name].tracks["energy"])


def test_listeners_tags_join_by_name() -> None:
    """A third of 300 songs is tagged; those whose song stands in the catalogue are found."""
    table = collect.merge_tracks(collect.collect("synthetic", songs=300, seed=3))
    tags = collect.listeners_tags("synthetic", table, songs=300, seed=3)
    assert tags.schema.equals(TRACK_MOODS)
    assert 80 < tags.num_rows <= 100
    assert set(tags["joined_by"].to_pylist()) == {"name"}
    assert set(tags["evidence"].to_pylist()) == {"listeners' tags"}


def test_splits_once_frozen_stay_and_are_checked(tmp_path: Path) -> None:
    """Moving one of two overlapping playlists to the other side must be noticed."""
    sources = collect.collect("synthetic", songs=400, seed=5)
    lists = build_playlists(sources, collect.merge_tracks(sources))
    first = collect.freeze(lists, tmp_path)
    stamp = (tmp_path / "by_playlist.json").read_bytes()
    assert collect.freeze(lists, tmp_path) == first
    groups = lists.select(["playlist_id", "group_id"]).to_pandas().drop_duplicates()
    paired = groups[groups["group_id"].duplicated(keep=False)]["playlist_id"]
    split = json.loads(stamp)
    moved = next(playlist for playlist in paired if playlist in split["train"])
    split["train"].remove(moved)
    split["test"].append(moved)
    (tmp_path / "by_playlist.json").write_text(json.dumps(split))
    with pytest.raises(DataError, match="so the frozen split leaks"):
        collect.freeze(lists, tmp_path)
    collect.freeze(lists, tmp_path, anew=True)
    assert (tmp_path / "by_playlist.json").read_bytes() == stamp


def test_faces_that_are_drawn_are_as_many_as_asked_and_hold_every_class() -> None:
    faces, votes = collect.collect_faces("synthetic", faces=300, seed=2)
    assert faces.pixels.shape == (300, 48, 48)
    assert set(faces.labels.tolist()) == set(range(7))
    assert (faces.usage == "Training").sum() == 240
    assert votes is not None
    assert (votes.emotions.sum(axis=1) + votes.others.sum(axis=1) == 10).all()
