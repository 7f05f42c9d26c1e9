"""The smoke chain, all notebooks: the numbers that its rows imply, and the same from a second run.

The made-up rows have known faults, so what the notebooks find can be said beforehand.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from affetto.runner import run_notebooks
from tests.notebooks.conftest import NAMES, read_metrics

TIMES = re.compile(r"(^|_)(ms|seconds|minutes)(_|$)")  # what may differ on a second run


def metrics_of(folder: Path, *given: str, names: tuple[str, ...] = NAMES) -> dict[str, dict]:
    """Notebook → its metrics, from a run in ``folder`` that sees neither mirror nor network."""
    given = (f"DATA_DIR={folder}/data", f"METRICS_DIR={folder}/metrics", *given)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AFFETTO_DATA_MIRROR", raising=False)
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
            patch.setenv(name, "http://127.0.0.1:9")  # nothing listens there
        run_notebooks(names, params="smoke", given=given, out=folder / "out")
    return read_metrics(folder / "metrics", names)


def test_tracks(smoke: dict[str, dict]) -> None:
    """3,000 songs: one source has 60 %; the next 45 to 85 %, and 250 of all as twins."""
    found = smoke["01_collect_tracks"]
    new = found["new_ids_by_source"]
    assert found["origin"] == "synthetic"
    assert new["spotify-2024-by-genre"] == 1800
    assert new["spotify-tracks-114k"] == 1000  # 3,000 × (0.85 - 0.60) + 3,000 / 12
    assert found["ids"] == sum(new.values())
    # A twin is no recording of its own, unless no source holds the song that it repeats.
    assert 3000 - 250 <= found["recordings"] <= found["ids"] - 200
    measured = new["spotify-2024-by-genre"] + new["spotify-tracks-114k"]
    measured += new["mood-playlists-editorial-2022"]
    lent = found["features_lent_by_a_twin"]
    assert found["with_features"] == pytest.approx(measured / found["ids"] + lent, abs=1e-5)
    assert found["with_genre"] == 1.0  # each artist has one genre, so it can be borrowed


def test_features(smoke: dict[str, dict]) -> None:
    """Twins copy the tempo, and get an energy that is off by a normal error of 0.02."""
    found = smoke["02_explore_features"]
    pairs = found["remeasured"]["pairs"]
    assert 200 < pairs <= 250
    assert found["remeasured"] == {"pairs": pairs, "tempo_same": 1.0, "tempo_doubled": 0.0}
    apart = found["energy_apart"]
    assert apart["twins"] == pytest.approx(0.6745 * 0.02, abs=0.004)
    assert apart["strangers"] > 10 * apart["twins"]
    assert found["energy_loudness_rank_correlation"] > 0.6
    # energy is drawn close to the arousal, spotify_valence only loosely along with the valence
    assert found["felt"]["arousal_r"] > 0.7
    assert 0.3 < found["felt"]["valence_r"] < 0.65


def test_faces(smoke: dict[str, dict]) -> None:
    """1,200 drawn faces, 48 of which repeat another (a third of them brightened); two are blank."""
    found = smoke["03_prepare_faces"]
    assert (found["rows"], found["constant"], found["mostly_not_a_face"]) == (1200, 2, 2)
    assert found["distinct"] == 1200 - 48 + 16 - 1
    assert 0 < found["exact_groups_with_conflicting_labels"] < found["exact_groups"] <= 33
    assert found["counts_as_published"] is False
    assert 0.75 < found["crowd_agrees_with_label"] < 0.95  # 15 % were given a random label


def test_playlists(smoke: dict[str, dict]) -> None:
    """Songs of a list lie together in no order; 120 lists of the archive and 15 editorial ones."""
    found = smoke["06_prepare_playlists"]
    assert found["playlists"] == sum(found["parts"].values()) == 135
    assert min(found["parts"].values()) > 0
    assert found["largest_overlap_between_parts"] < 0.5
    steps = found["step_on_the_mood_plane"]
    assert steps["adjacent"] == pytest.approx(steps["shuffled"], abs=0.015)
    assert steps["anywhere"] > 1.3 * steps["shuffled"]
    assert min(found["time_targets"].values()) > 100
    assert 900 < found["mood_labels"]["deezer-mood-2018"] <= 1000  # a third of the songs, by name


def timeless(value: Any) -> Any:
    """Everything but how long something took."""
    if isinstance(value, dict):
        return {key: timeless(item) for key, item in value.items() if not TIMES.search(key)}
    return [timeless(item) for item in value] if isinstance(value, list) else value


@pytest.mark.slow
def test_a_second_run_gives_the_same_numbers(smoke: dict[str, dict], tmp_path: Path) -> None:
    """Metrics and losses of every notebook, trained networks included; JSON keeps six digits.

    The second run starts from nothing and sees neither mirror nor network.
    """
    assert timeless(metrics_of(tmp_path)) == timeless(smoke)


def test_another_seed_gives_other_numbers(smoke: dict[str, dict], tmp_path: Path) -> None:
    """So the test above compares numbers that could have differed."""
    other = metrics_of(tmp_path, "SEED=8", names=("01_collect_tracks",))
    assert other["01_collect_tracks"]["ids"] != smoke["01_collect_tracks"]["ids"]
