"""The emotion network's report: everything measured anew on what is bundled, by one command.

``affetto evaluate faces-report`` writes ``emotion_cnn_report.json``, the figures and the model
card.
Each file names the SHA-256 of the model that it speaks of, so that a card can never mix two.
"""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go

from affetto.bundled import read_bundled, read_manifest
from affetto.errors import DataError
from affetto.faces.classifier import MANIFEST_ENTRY, MODEL_FILE, EmotionClassifier
from affetto.files import write_json, write_text, write_whole
from affetto.learn import face_figures, metrics, robustness
from affetto.learn.emotion_card import card
from affetto.learn.face_groups import by_agreement, by_picture
from affetto.learn.faces_evaluation import (
    HASHES_FILE,
    calibrated,
    crowd_majority,
    evaluate_faces,
    look_at_all,
)
from affetto.learn.faces_speed import speed
from affetto.settings import reports_dir
from affetto.sources.datasets.fer2013 import CrowdVotes, LabelledFaces

log = logging.getLogger(__name__)
REPORT, PEERS = "emotion_cnn_report.json", "peers.json"
HISTORY, TWIN = "emotion_cnn_history.json", "04_train_emotion_cnn.json"
CARD = "emotion-cnn.md"
FIGURES = "emotion-cnn"  # folder in reports/figures
DIGITS = 6
TIMED = 150
PATIENCE = 240_000  # milliseconds that Chromium may take, on a machine that trains
Told = Callable[[str], None]


def measure(
    faces: LabelledFaces,
    votes: CrowdVotes,
    *,
    disturbed: int = robustness.FACES,
    timed: int = TIMED,
    workers: Sequence[EmotionClassifier] = (),
    alike: np.ndarray | None = None,
    told: Told = lambda what: None,
) -> dict[str, Any]:
    """All that the report says of the bundled network on one split.

    faces, votes : of that split, row-aligned.  disturbed : faces behind the robustness curves.
    timed : faces answered one by one for the speed.
    workers : two released networks of one thread each, where they are loaded already.
    alike : bool [n], faces that look like one of Training; None where nobody compared them.
    told : hears what is being measured.
    """
    workers = workers or [EmotionClassifier.load(threads=1) for _ in range(2)]
    classifier = workers[0]
    told("both readouts")
    views = look_at_all(classifier, faces.pixels)
    evaluation = evaluate_faces(
        classifier,
        faces.pixels,
        faces.labels,
        votes,
        training_hashes=read_bundled(HASHES_FILE),
        views=views,
    )
    majority = crowd_majority(votes)
    told("pictures that are dark, flat or soft")
    report = {
        "model": bundled_model(),
        "usage": str(faces.usage[0]),
        "evaluation": evaluation,
        "labels_agree": float((majority == faces.labels)[majority >= 0].mean()),
        "groups": groups(calibrated(classifier, views.averaged["crowd"], "crowd"), faces, votes),
        "without_look_alikes": None,
    }
    if alike is not None:
        asked = {"fer2013": faces.labels, "crowd": majority}
        chances = {name: calibrated(classifier, views.averaged[name], name) for name in asked}
        report["without_look_alikes"] = without(alike, chances, asked)
    rows = robustness.some_faces(majority >= 0, faces=disturbed)
    answers = {"fer2013": faces.labels[rows], "crowd": majority[rows]}
    report["robustness"] = robustness.robustness(classifier, faces.pixels[rows], answers, told=told)
    told("speed")
    report["speed"] = speed(workers, faces.pixels, runs=timed)
    return rounded(report)


def without(
    alike: np.ndarray, chances: Mapping[str, np.ndarray], asked: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Accuracy of each readout without some faces, with its 95 % interval.

    alike : bool [n], to be left out.  chances : [n, 7].  asked : int [n], -1 for no answer.
    """
    found: dict[str, Any] = {"left_out": int(alike.sum())}
    for name, labels in asked.items():
        rows = ~alike & (labels >= 0)
        hits = int((chances[name][rows].argmax(axis=1) == labels[rows]).sum())
        interval = list(metrics.wilson_interval(hits, int(rows.sum())))
        found[name] = {"accuracy": hits / int(rows.sum()), "accuracy_interval": interval}
    return found


def groups(
    chances: np.ndarray, faces: LabelledFaces, votes: CrowdVotes
) -> dict[str, list[dict[str, Any]]]:
    """Accuracy by kind of picture and by how far people agreed.

    chances : [n, 7] of the crowd readout.
    """
    majority = crowd_majority(votes)
    rows = majority >= 0
    right = chances[rows].argmax(axis=1) == majority[rows]
    return {
        **by_picture(faces.pixels[rows], right),
        "agreement": by_agreement(votes.emotions[rows], right),
    }


def bundled_model() -> str:
    """SHA-256 of the released network's file, as the manifest states it."""
    return read_manifest()["files"][MODEL_FILE]["sha256"]


def rounded(value: Any) -> Any:
    """The same with DIGITS decimals, as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    if isinstance(value, float | np.floating):
        return round(float(value), DIGITS)
    return int(value) if isinstance(value, np.integer) else value


def write_report(found: Mapping[str, Any], folder: Path, *, name: str = REPORT) -> None:
    """Keep measured numbers, whole or not at all.  folder : of reports.  name : REPORT or PEERS."""
    write_json(folder / "metrics" / name, found)


def read_reports(folder: Path | None = None) -> dict[str, Any]:
    """The measured files that the card is made of: ``report``, ``peers``, ``history``, ``twin``.

    What was not measured yet, or was measured on another model than the bundled one, is None.
    Raises DataError where the report itself is missing or is of another model.
    """
    folder = (folder or reports_dir()) / "metrics"
    found = {
        name: _of_this_model(folder / file)
        for name, file in {"report": REPORT, "peers": PEERS, "history": HISTORY}.items()
    }
    if found["report"] is None:
        raise DataError("The bundled network has no report; run: affetto evaluate faces-report.")
    twin = folder / TWIN  # of the same code on few faces: it belongs to no released model
    found["twin"] = json.loads(twin.read_text(encoding="utf-8")) if twin.is_file() else None
    return found


def _of_this_model(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    found = json.loads(path.read_text(encoding="utf-8"))
    if found.get("model") == bundled_model():
        return found
    log.warning("%s was measured on another model and is left out.", path.name)
    return None


def card_text(folder: Path | None = None) -> str:
    """The model card of the bundled network, from the measured files in ``folder``."""
    manifest = read_manifest()
    size = int(manifest["files"][MODEL_FILE]["bytes"])
    return card(manifest[MANIFEST_ENTRY], size, read_reports(folder))


def write_card(folder: Path | None = None) -> Path:
    """Write the card; returns its path."""
    path = (folder or reports_dir()) / "cards" / CARD
    write_text(path, card_text(folder))
    return path


def figures(reports: Mapping[str, Any]) -> dict[str, go.Figure]:
    """File name without ending → figure.  reports : as ``read_reports`` gives them."""
    report, history, peers = reports["report"], reports.get("history"), reports.get("peers")
    found = evaluation_figures(report["evaluation"])
    found["robustness"] = face_figures.robustness(
        report["robustness"], title=f"Disturbed pictures, {report['robustness']['n']} faces"
    )
    found["groups"] = face_figures.groups(
        report["groups"], title="Whom it fails: accuracy of the crowd readout"
    )
    if history:
        found["training"] = face_figures.training(
            history["history"], title="The released run, by epoch"
        )
    if peers:
        faces = next(iter(peers["networks"].values()))["n"]
        found["peers"] = face_figures.compared(
            peers["networks"], title=f"The same {faces:,} faces of {peers['usage']}"
        )
    return found


def evaluation_figures(fer: Mapping[str, Any]) -> dict[str, go.Figure]:
    """The figures of one ``evaluate_faces``; of one readout alone where there were no votes."""
    both = {"crowd": fer["votes"], "fer2013": fer} if fer["votes"] else {"fer2013": fer}
    found = {
        f"confusion_{name}": face_figures.confusion(
            part["confusion"], title=f"{name}: what each emotion was taken for"
        )
        for name, part in both.items()
    }
    found["recall"] = face_figures.recalls(both, title="Share of each emotion that is found")
    found["reliability"] = face_figures.reliability(
        {name: part["reliability"] for name, part in both.items()},
        title="Do the probabilities mean what they say?",
    )
    found["coverage"] = face_figures.coverage(
        {name: part["coverage_curve"] for name, part in both.items()},
        sure=fer["votes"]["sure"] if fer["votes"] else None,
        title="Accuracy on the faces that get an answer",
    )
    return found


def page(found: Mapping[str, go.Figure], *, title: str) -> str:
    """All figures below each other in one HTML page that needs no network."""
    parts = [
        figure.to_html(full_html=False, include_plotlyjs=at == 0, config={"displayModeBar": False})
        for at, figure in enumerate(found.values())
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<body style="max-width:60rem;margin:2rem auto;background:#fffdfa">'
        f"{''.join(parts)}</body></html>\n"
    )


def write_pictures(
    found: Mapping[str, go.Figure], folder: Path, *, browser: Callable[[], Any]
) -> list[Path]:
    """Each figure as PNG.  browser : a context manager that gives Playwright's Chromium."""
    paths = []
    with browser() as chromium:
        tab = chromium.new_page(viewport={"width": 960, "height": 700})
        tab.set_default_timeout(PATIENCE)
        tab.set_content(page(found, title="report"), wait_until="load")
        plots = tab.locator(".plotly-graph-div").all()
        for name, plot in zip(found, plots, strict=True):
            path = folder / f"{name}.png"
            write_whole(path, _light(plot.screenshot(type="png")))
            paths.append(path)
    return paths


def _light(picture: bytes) -> bytes:
    """A PNG with a palette, which lines and letters need no more than: a third of the bytes."""
    from PIL import Image

    sink = io.BytesIO()
    Image.open(io.BytesIO(picture)).convert("RGB").quantize(256).save(sink, "PNG", optimize=True)
    return sink.getvalue()
