"""What the committed reports say is what the released models and the measurements say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from affetto.bundled import read_manifest
from affetto.readings import released_answers
from affetto.learn.playlists_report import read_report, summary
from affetto.reports.build import BY_CONFIDENCE, confidence_is_current
from affetto.reports.index import SHOWN
from affetto.settings import reports_dir

AGAIN = "affetto reports build --params release"  # what mends each of these
METRICS = reports_dir() / "metrics"


def metrics(name: str) -> dict[str, Any]:
    return json.loads((METRICS / f"{name}.json").read_text(encoding="utf-8"))


def rounded(value: Any) -> Any:
    """As a notebook records it: six significant digits."""
    if isinstance(value, dict):
        return {name: rounded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.6g}") if isinstance(value, float) else value


def test_counts_by_confidence_belong_to_network_and_calibration(tmp_path: Path) -> None:
    """A release may change either: the same network, calibrated anew, answers otherwise."""
    (tmp_path / "metrics").mkdir()
    path = tmp_path / "metrics" / BY_CONFIDENCE
    now = released_answers()
    assert not confidence_is_current(tmp_path), "nothing there"
    path.write_text(json.dumps({**now, "usage": "PublicTest"}))
    assert confidence_is_current(tmp_path)
    for changed in ({"model": "0" * 64}, {"calibration": {**now["calibration"], "crowd": {}}}):
        path.write_text(json.dumps({**now, **changed}))
        assert not confidence_is_current(tmp_path)


def test_the_committed_counts_are_the_released_networks() -> None:
    assert confidence_is_current(reports_dir()), AGAIN


def test_notebook_05_scored_the_released_network() -> None:
    (part,) = read_manifest()["emotion_cnn"]["metrics"].values()
    found = metrics("05_evaluate_emotion_cnn")
    assert found["faces"] == part["n"]
    assert found["accuracy"] == {
        "fer2013": pytest.approx(part["accuracy"], rel=1e-5),
        "crowd": pytest.approx(part["votes"]["accuracy"], rel=1e-5),
    }, AGAIN


def test_notebooks_04_and_07_tell_the_released_runs() -> None:
    manifest = read_manifest()
    faces, songs = metrics("04_train_emotion_cnn"), metrics("07_train_recommender_lstm")
    assert faces["trained_here"] is songs["trained_here"] is False
    assert faces["weights"] == manifest["emotion_cnn"]["parameters"], AGAIN
    assert faces["kept_epoch"] == manifest["emotion_cnn"]["best_epoch"], AGAIN
    runs = {str(run["seed"]): run["history"] for run in metrics("recommender_history")["runs"]}
    judged = {
        seed: [row["validation"] for row in history if row.get("validation") is not None]
        for seed, history in runs.items()
    }
    stated = {str(run["seed"]): run["epoch"] for run in manifest["recommender"]["runs"]}
    assert songs["kept_epoch"] == stated, AGAIN
    assert songs["epochs"] == {seed: len(history) for seed, history in runs.items()}, AGAIN
    kept = {seed: rounded(max(values)) for seed, values in judged.items()}
    assert songs["validation_ndcg@100"]["kept"] == kept, AGAIN


def test_notebook_08_tells_what_was_measured() -> None:
    report = read_report(METRICS / "playlists.json")
    told = metrics("08_evaluate_recommender")["splits"]
    assert told == {name: rounded(summary(own)) for name, own in report.items()}, AGAIN


@pytest.mark.parametrize("folder", ["notebooks", "cards"])
def test_every_page_is_in_the_index_and_has_a_source(folder: str) -> None:
    index = (reports_dir() / "index.html").read_text(encoding="utf-8")
    pages = {path.stem for path in (reports_dir() / folder).glob("*.html")}
    project = reports_dir().parent
    found = (project / "notebooks").glob("[0-9][0-9]_*.ipynb")
    sources = {path.stem for path in found}
    if folder == "cards":
        sources = {path.stem for path in (reports_dir() / "cards").glob("*.md")} | {"data"}
    assert pages == sources, AGAIN
    assert all(f"{folder}/{name}.html" in index for name in pages), AGAIN


def test_every_link_of_every_page_leads_to_a_file() -> None:
    link = re.compile(r"""\b(?:href|src)=(["'])(?!#|[a-z]+:)([^"'#]+)""")
    pages = list(reports_dir().rglob("*.html"))
    assert len(pages) > 15
    lost = [
        f"{page.name}: {target}"
        for page in pages
        for _, target in link.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]
    assert lost == []


def test_every_picture_of_the_gallery_has_words_of_its_own() -> None:
    figures = reports_dir() / "figures"
    found = {path.relative_to(figures).with_suffix("").as_posix() for path in figures.rglob("*.png")}
    assert {name for name in found if not name.startswith("notebooks/")} == set(SHOWN)
