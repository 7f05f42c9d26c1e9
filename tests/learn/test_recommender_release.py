"""From made-up playlists to a released recommender by command: two runs, served as one."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from affetto.cli import main
from affetto.errors import DataError
from affetto.files import sha256_of
from affetto.learn.playlist_data import load_playlist_data, load_time_data
from affetto.learn.playlists_report import open_folder
from affetto.recommend.released import ITEMS, NEIGHBOURS, NETWORK
from affetto.sources import collect
from affetto.sources.moods import build_moods
from affetto.sources.playlists import build_playlists

SMALL = {"dim": 16, "units": 16, "mixed": 16, "negatives": 64}


@pytest.fixture
def world(tmp_path, monkeypatch):
    """A data folder of made-up music, built and split; a settings file for a small network."""
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    sources = collect.collect("synthetic", songs=1000)
    tracks = collect.merge_tracks(sources)
    playlists = build_playlists(sources, tracks)
    collect.freeze(playlists, tmp_path / "splits", anew=True)
    tables = {
        "tracks.parquet": tracks,
        "playlists.parquet": playlists,
        "track_moods.parquet": build_moods(sources, tracks, playlists),
    }
    collect.keep(tables, tmp_path / "processed", origin="synthetic", kind="music")
    (tmp_path / "small.json").write_text(json.dumps({"network": SMALL}))
    (tmp_path / "smaller.json").write_text(json.dumps({"network": {**SMALL, "units": 8}}))
    return tmp_path


def train(world, run, *words, config="small.json"):
    asked = ["--config", str(world / config), "--epochs", "1", *words]
    assert main(["train", "recommender", "--run", run, *asked]) == 0


def heard(data):
    """The training sequences, as track ids."""
    ids = data.chosen["track_id"].to_numpy()
    return sorted(
        tuple(ids[items]) for group in data.groups for playlist in group for items in playlist
    )


def told(data, rows):
    """What a network may hear of ``rows``: their songs in the vocabulary, where they are two."""
    known = set(data.chosen["track_id"])
    kept = (tuple(t for t in ids if t in known) for ids in rows["track_ids"])
    return sorted(ids for ids in kept if len(ids) > 1)


def test_training_hears_nothing_of_what_is_held_out(world):
    places = world / "processed", world / "splits"
    playlists = pd.read_parquet(places[0] / "playlists.parquet")
    split = json.loads((places[1] / "by_playlist.json").read_text())
    data = load_playlist_data(*places, size=10_000)
    rows = playlists[playlists["playlist_id"].isin(split["train"])]
    assert heard(data) == told(data, rows)
    assert 0 < len(rows) < len(playlists)
    for part in ("validation", "test"):
        asked = {challenge.playlist_id for challenge in data.challenges[part]}
        assert asked
        assert asked <= set(split[part])


def test_training_by_time_hears_nothing_from_the_cut_on(world):
    places = world / "processed", world / "splits"
    playlists = pd.read_parquet(places[0] / "playlists.parquet")
    cut = json.loads((places[1] / "by_time.json").read_text())["cuts"]["test"]
    data = load_time_data(*places, size=10_000)
    before = pd.to_datetime(playlists["date"]) < pd.Timestamp(cut)
    assert heard(data) == told(data, playlists[before])
    assert 0 < before.sum() < len(playlists)
    assert data.split == "by_time test"
    assert data.challenges["test"]
    assert {*data.challenges} == {"test"}


@pytest.mark.parametrize("table", ["tracks.parquet", "playlists.parquet"])
@pytest.mark.parametrize("load", [load_playlist_data, load_time_data])
def test_training_refuses_what_came_over_the_web_api(world, load, table):
    path = world / "processed" / table
    pd.read_parquet(path).assign(provenance="spotify_api").to_parquet(path)
    with pytest.raises(DataError, match="forbids training"):
        load(world / "processed", world / "splits", size=100)


def test_two_runs_are_released_as_one_recommender(world, capsys):
    train(world, "one")
    train(world, "two", "--seed", "8")
    into = world / "release"
    asked = ["release", "recommender", "--run", "one", "--run", "two", "--into", str(into)]
    assert main(asked) == 0
    released, section = open_folder(into)
    assert [(run["seed"], run["epoch"]) for run in section["runs"]] == [(7, 1), (8, 1)]
    assert released.recommender.lstm.items.vectors.shape[1] == 2 * SMALL["dim"]
    models = section["metrics"]["test"]["models"]
    assert models["lstm"] != models["untrained"]  # the runs' own weights
    assert section["split"] == "by_playlist"
    kept = json.loads((into / "metrics" / "recommender_history.json").read_text())
    assert [(run["seed"], len(run["history"])) for run in kept["runs"]] == [(7, 1), (8, 1)]

    train(world, "other", "--seed", "9", config="smaller.json")
    before = sorted(file.read_bytes() for file in into.iterdir() if file.is_file())
    for third in ("other", "one"):  # another size, and the same network twice
        capsys.readouterr()
        assert main([*asked, "--run", third]) == 2
        assert "must differ in their seed alone" in capsys.readouterr().err
    assert sorted(file.read_bytes() for file in into.iterdir() if file.is_file()) == before


def test_a_run_is_released_by_what_it_learned_from_alone(world, capsys):
    train(world, "one", "--split", "by-time")
    into = world / "release"
    asked = ["release", "recommender", "--run", "one", "--into", str(into)]
    assert main(asked) == 2
    assert "learned from the split by_time test, not from by_playlist" in capsys.readouterr().err
    asked = [*asked, "--split", "by-time"]
    path = world / "processed" / "tracks.parquet"
    before = pd.read_parquet(path)
    before.assign(tempo=100.0).to_parquet(path)
    again = ["train", "recommender", "--run", "one", "--split", "by-time"]
    for words in (asked, [*again, "--config", str(world / "small.json"), "--epochs", "2"]):
        assert main(words) == 2
        assert "learned from another tracks.parquet than is here" in capsys.readouterr().err
    assert not into.exists()


def test_facts_of_the_released_songs_are_renewed_and_the_networks_stay(world, capsys):
    train(world, "one")
    into = world / "release"
    assert main(["release", "recommender", "--run", "one", "--into", str(into)]) == 0
    networks = [(into / name).read_bytes() for name in (NETWORK, ITEMS, NEIGHBOURS)]
    path = world / "processed" / "tracks.parquet"
    tracks = pd.read_parquet(path)
    was = open_folder(into)[0].catalogue.column("genres").to_pylist()
    tracks["genres"] = [["jazz"]] * len(tracks)
    tracks.to_parquet(path)
    capsys.readouterr()
    assert main(["release", "vocabulary", "--into", str(into)]) == 0
    assert f"of {len(was)} songs changed" in capsys.readouterr().out
    released, section = open_folder(into)  # which refuses a vocabulary that is not the manifest's
    genres = released.catalogue.column("genres").to_pylist()
    assert genres == [["jazz"]] * len(was) != was
    assert [(into / name).read_bytes() for name in (NETWORK, ITEMS, NEIGHBOURS)] == networks
    assert section["vocabulary_data"]["tracks.parquet"] == sha256_of(path)
    assert section["data"]["tracks.parquet"] != sha256_of(path)  # of the training

    held = released.catalogue.column("track_id")[0].as_py()
    path = world / "processed" / "playlists.parquet"
    playlists = pd.read_parquet(path)
    playlists["track_ids"] = [ids[ids != held] for ids in playlists["track_ids"]]
    playlists.to_parquet(path)
    before = sorted(file.read_bytes() for file in into.iterdir() if file.is_file())
    assert main(["release", "vocabulary", "--into", str(into)]) == 2
    assert "choose other tracks" in capsys.readouterr().err
    assert sorted(file.read_bytes() for file in into.iterdir() if file.is_file()) == before


def test_settings_that_are_no_object_are_refused_in_a_sentence(tmp_path, capsys):
    (tmp_path / "list.json").write_text("[1, 2]")
    assert main(["train", "recommender", "--config", str(tmp_path / "list.json")]) == 2
    assert "no JSON object of names and values" in capsys.readouterr().err
