"""The measured figures of the README, as Markdown, from what the project itself has written.

``affetto info --markdown`` prints them, and a test holds the README to that output.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from affetto.errors import DataError
from affetto.learn.cards import percent, table

Row = tuple[str, str, str, str]
BASELINES = {
    "markov": "tuned Markov chain", "item_item": "item to item", "vs_knn": "VS-KNN",
    "s_knn": "S-KNN", "last_track_knn": "last-track kNN",
}  # fmt: skip


def figures_table(manifest: Mapping[str, Any], serving: Path) -> str:
    """A Markdown table: what, our figure, that of others, how it was measured.

    manifest : the bundled models'.  serving : ``reports/metrics/serving.json``; what others reach
    stands in ``peers.json`` and ``playlists.json`` beside it, and the app with many listeners in
    ``app.json``, where they were measured.
    Raises DataError where the benchmark has not been run.
    """
    try:
        bench = json.loads(serving.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{serving.name} is missing or damaged; run: make bench.") from error
    peers = _beside(serving, "peers.json").get("networks", {})
    judged = _beside(serving, "playlists.json").get("splits", {})
    visited = _beside(serving, "app.json")
    rows = [*_faces(manifest, peers), *_recommender(manifest, judged), *_serving(bench, visited)]
    return table(("What", "Affetto", "Others, measured here", "How"), rows)


def _beside(serving: Path, name: str) -> Mapping[str, Any]:
    """A report's content; empty where it was not measured."""
    try:
        return json.loads(serving.with_name(name).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _of_peers(peers: Mapping[str, Any], measure: str) -> str:
    """What other people's best network reaches on the same faces; empty where not compared."""
    others = {name: own for name, own in peers.items() if not name.startswith("Affetto")}
    if not others:
        return ""
    best = max(others, key=lambda name: others[name]["accuracy"])
    value = others[best][measure]
    written = f"{value:.3f}" if measure == "ece" else percent(value)
    return f"PyPI `fer`: {written}"


def _by_labels(peers: Mapping[str, Any], measure: str) -> str:
    """Our own readout of FER2013's labels, which is what others learned; empty as above."""
    own = peers.get("Affetto")
    if own is None:
        return ""
    written = f"{own[measure]:.3f}" if measure == "ece" else percent(own[measure])
    return f"; others learned FER2013's labels, and our readout of those has {written}"


def _faces(manifest: Mapping[str, Any], peers: Mapping[str, Any]) -> list[Row]:
    found = manifest["emotion_cnn"]["metrics"]["PublicTest"]
    votes, sure = found["votes"], found["votes"]["sure"]
    carried = found["calibrated_on_the_other_half"]
    low, high = (percent(value) for value in found["accuracy_interval"])
    crowd_low, crowd_high = (percent(value) for value in votes["accuracy_interval"])
    return [
        (
            "Emotion, FER2013's labels",
            f"**{percent(found['accuracy'])}** ({low} to {high})",
            _of_peers(peers, "accuracy"),
            f"{found['n']:,} faces of PublicTest, which also chose the training epoch, "
            f"the views and the calibration; {percent(carried['fer2013']['accuracy'])} calibrated "
            "on the other half of them",
        ),
        (
            "… without faces that also stand in Training",
            percent(found["accuracy_without_duplicates"]),
            "",
            f"{found['duplicates']:,} exact duplicates left out",
        ),
        (
            "Emotion that ten people named most often (FER+)",
            f"**{percent(votes['accuracy'])}** ({crowd_low} to {crowd_high})",
            _of_peers(peers, "crowd_accuracy"),
            f"{votes['n']:,} faces; {votes['left_out']:,} without a clear one of seven left out"
            + _by_labels(peers, "crowd_accuracy"),
        ),
        (
            "… of the answers it calls sure",
            f"{percent(sure['accuracy'])}",
            "",
            f"it calls {percent(sure['coverage'])} sure; of the rest it says “not sure”",
        ),
        (
            "Calibration error of those probabilities",
            f"{votes['ece']:.3f} ({votes['ece_expected']:.3f} if perfect)",
            _of_peers(peers, "ece"),
            "15 equal-mass bins; fitted on the same faces; "
            f"{carried['crowd']['ece']:.3f} fitted on the other half" + _by_labels(peers, "ece"),
        ),
    ]


def _recommender(manifest: Mapping[str, Any], judged: Mapping[str, Any]) -> list[Row]:
    found = manifest["recommender"]["metrics"]["test"]
    models = found["models"]
    tuned = judged.get("by_playlist", {}).get("models", {})
    scores = {name: tuned[name]["hr@50"] for name in BASELINES if name in tuned}
    best = sorted(scores, key=scores.__getitem__, reverse=True)[:3]
    others = [f"{BASELINES[name]} {percent(scores[name])}" for name in best]
    first = best[0] if best else "popularity"
    ahead = judged["by_playlist"]["differences"] if best else found["differences"]
    low, high = ahead[first]["hr@50"]
    others += [f"{n} {percent(models[n]['hr@50'])}" for n in ("popularity", "untrained")]
    return [
        (
            "Next song of a playlist among the first 50",
            f"**{percent(models['released']['hr@50'])}**",
            ", ".join(others),
            f"songs that it knows ({percent(found['coverage'])} of {found['targets']:,}) in "
            f"{found['playlists']} playlists never trained on; full ranking of 60,000; ahead of "
            f"{BASELINES.get(first, first)} by {100 * low:.1f} to {100 * high:.1f} points (95 %)",
        )
    ]


def _crowded(visited: Mapping[str, Any]) -> str:
    """What the app's memory comes to with many listeners; empty where that was not measured."""
    memory = visited.get("memory")
    return f"; {memory['rss_mb']:.0f} MB after {memory['photos']} of many" if memory else ""


def _serving(bench: Mapping[str, Any], visited: Mapping[str, Any]) -> list[Row]:
    warm, cold, app = bench["warm_ms"]["photo_to_tracks"], bench["cold_command_s"], bench["app"]
    cores = f"{bench['machine']['cores']} cores"
    return [
        (
            "Photo to 20 songs, warm",
            f"{warm['p50']:.0f} ms (p95 {warm['p95']:.0f} ms)",
            "",
            f"1280-pixel photo, {warm['runs']} runs, {cores}",
        ),
        (
            "`affetto recommend --photo`, the whole process",
            f"{cold['median']:.1f} s",
            "",
            f"median of {cold['runs']} cold runs",
        ),
        (
            "The app's memory",
            f"{app['rss_mb']:.0f} MB",
            "",
            f"after {app['photos']} photos of one listener{_crowded(visited)}",
        ),
    ]
