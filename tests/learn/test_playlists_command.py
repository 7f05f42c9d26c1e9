"""``affetto evaluate playlists`` by command, on a few playlists of songs that the bundle knows."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from affetto.cli import main
from affetto.learn.baselines import GRIDS
from affetto.learn.next_track import METRICS
from affetto.recommend.released import load_released


def song_ids(count: int) -> list[str]:
    """Ids of the vocabulary's first songs."""
    catalogue = load_released().catalogue
    return [catalogue.track(item).track_id for item in range(count)]


@pytest.fixture
def own_data(tmp_path, monkeypatch):
    """A data folder whose built playlists are forty lists of a hundred known songs."""
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "data"))
    ids, rng = song_ids(100), np.random.default_rng(5)
    rows = [
        {
            "playlist_id": f"p{number:02}",
            "group_id": number,
            "source": "playlist-archive",
            "name": "list",
            "description": "",
            "date": dt.date(2021, 1, 1),
            "track_ids": [ids[k] for k in rng.choice(100, 12, replace=False)],
            "mood_context": None,
        }
        for number in range(40)
    ]
    processed = tmp_path / "data" / "processed"
    processed.mkdir(parents=True)
    pd.DataFrame(rows).to_parquet(processed / "playlists.parquet")
    splits = tmp_path / "data" / "splits"
    splits.mkdir()
    names = [row["playlist_id"] for row in rows]
    parts = {"train": names[:30], "validation": names[30:35], "test": names[35:]}
    (splits / "by_playlist.json").write_text(json.dumps(parts))
    return tmp_path


def archive(folder, *, known: int, unknown: int):
    """One playlist: five songs told, then ``known`` songs and ``unknown`` others to find."""
    ids = [*song_ids(5 + known), *(f"{number:022}" for number in range(unknown))]
    line = {"playlist_id": "q", "tracks": [{"track_id": name} for name in ids]}
    path = folder / "archive.jsonl"
    path.write_text(json.dumps(line) + "\n")
    return path


def test_a_file_gets_the_figures_of_the_contract(own_data, capsys):
    path = archive(own_data, known=3, unknown=1)
    assert main(["evaluate", "playlists", "--data", str(path), "--json"]) == 0
    out = capsys.readouterr()
    found = json.loads(out.out)
    assert (found["playlists"], found["targets"], found["coverage"]) == (1, 4, 0.75)
    assert set(found["models"]) == {"released", "lstm", "neighbours", *GRIDS}
    assert set(found["differences"]) == set(GRIDS)
    assert all(set(scores) == set(METRICS) for scores in found["models_all"].values())
    assert "… vs_knn" in out.err


def test_the_frozen_split_is_judged_without_a_file(own_data, capsys):
    asked = ["evaluate", "playlists", "--split", "by-playlist"]
    assert main(asked) == 0
    shown = capsys.readouterr().out
    assert "by_playlist: 5 playlists, 35 tracks to find, 100.0% of them" in shown
    assert "times the best baseline" in shown


@pytest.mark.parametrize(
    ("words", "needle"),
    [
        (["--split", "by-mood"], "use by-playlist, by-time or both"),
        (["--part", "train"], "use test or validation"),
        (["--data", "nowhere.jsonl"], "cannot be read"),
        (["--split", "by-time", "--twin", "nowhere"], "affetto train recommender --split by-time"),
    ],
)
def test_what_cannot_be_judged_gets_one_sentence(own_data, capsys, words, needle):
    assert main(["evaluate", "playlists", *words]) == 2
    complaint = capsys.readouterr().err.strip().splitlines()[-1]
    assert needle in complaint


def test_a_file_that_asks_nothing_is_refused(own_data, capsys):
    path = archive(own_data, known=0, unknown=0)
    assert main(["evaluate", "playlists", "--data", str(path)]) == 2
    assert "more than five" in capsys.readouterr().err


def test_without_built_tables_the_command_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    path = archive(tmp_path, known=3, unknown=0)
    assert main(["evaluate", "playlists", "--data", str(path)]) == 2
    assert "affetto data build" in capsys.readouterr().err
