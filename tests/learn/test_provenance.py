"""Nothing that came over Spotify's Web API is ever learned from."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from affetto.errors import DataError
from affetto.learn.baselines_tuning import validation_worlds
from affetto.learn.playlist_data import load_playlist_data
from affetto.learn.playlists_report import judge_stand_in
from affetto.learn.provenance import refuse_spotify_api


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("provenance", "spotify_api"),
        ("features_provenance", "spotify_api"),
        ("source", "spotify_api"),
        ("sources", ["tidytuesday-2020", "spotify_api"]),
    ],
)
def test_one_row_is_enough(column: str, cell: object) -> None:
    other = ["tidytuesday-2020"] if column == "sources" else "tidytuesday-2020"
    table = pd.DataFrame({"track_id": ["a", "b", "c"], column: [other, cell, None]})
    with pytest.raises(DataError, match="1 of 3 rows have the provenance spotify_api"):
        refuse_spotify_api(table)


def test_public_data_pass() -> None:
    refuse_spotify_api(pd.DataFrame({"provenance": ["spotify-tracks-114k"], "sources": [["x"]]}))
    refuse_spotify_api(pd.DataFrame({"provenance": [], "sources": []}))
    refuse_spotify_api(pd.DataFrame({"track_id": ["a"]}))


@pytest.mark.parametrize("tainted", ["tracks.parquet", "playlists.parquet"])
def test_the_loader_of_training_data_refuses_such_tables(tainted: str, tmp_path: Path) -> None:
    """It must refuse before it builds anything from them."""
    for name in ("tracks.parquet", "playlists.parquet"):
        source = "spotify_api" if name == tainted else "playlist-archive"
        columns = {"track_id": ["a" * 22], "provenance": [source], "sources": [[source]]}
        if name == "playlists.parquet":
            columns = {"playlist_id": ["p" * 22], "source": [source]}
        pd.DataFrame(columns).to_parquet(tmp_path / name)
    split = tmp_path / "by_playlist.json"
    split.write_text(json.dumps({"train": [], "validation": [], "test": []}))
    with pytest.raises(DataError, match="forbids training"):
        load_playlist_data(tmp_path, tmp_path, size=10)
    with pytest.raises(DataError, match="forbids training"):
        validation_worlds(tmp_path, tmp_path)
    how = {"part": "test", "ablate": False, "seed": 0, "tell": print}
    with pytest.raises(DataError, match="forbids training"):
        judge_stand_in("markov", processed=tmp_path, splits=tmp_path, **how)
