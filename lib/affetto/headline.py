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

TAGS = "deezer-mood-2018"  # the one source of labels that listeners made
Row = tuple[str, str, str, str]
BASELINES = {
    "markov": "tuned Markov chain", "item_item": "item to item", "vs_knn": "VS-KNN",
    "s_knn": "S-KNN", "last_track_knn": "last-track kNN",
}  # fmt: skip


def figures_table(manifest: Mapping[str, Any], serving: Path) -> str:
    """A Markdown table: what, our figure, that of others, how it was measured.

    manifest : the bundled models'.  serving : ``reports/metrics/serving.json``; what others reach
    stands in ``peers.json``, ``playlists.json`` and ``mood_control.json`` beside it, and the app
    with many listeners in ``app.json``, where they were measured.
    Raises DataError where the benchmark has not been run.
    """
    try:
        bench = json.loads(serving.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{serving.name} is missing or damaged; run: make bench.") from error
    peers = _beside(serving, "peers.json").get("networks", {})
    judged = _beside(serving, "playlists.json").get("splits", {})
    visited = _beside(serving, "app.json")
    rows = [
        *_faces(manifest, peers),
        *_recommender(manifest, judged),
        *_steering(_beside(serving, "mood_control.json")),
        *_serving(bench, visited),
    ]
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


def _fairly(peers: Mapping[str, Any], measure: str) -> str:
    """As above, beside our own readout of FER2013's labels, which is what others learned."""
    own, theirs = peers.get("Affetto"), _of_peers(peers, measure)
    if own is None or not theirs:
        return theirs
    written = f"{own[measure]:.3f}" if measure == "ece" else percent(own[measure])
    return f"{theirs} (trained on FER2013's labels; our readout of those: {written})"


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
            f"{found['duplicates']:,} exact duplicates left out; FER+ without them "
            f"{percent(votes['accuracy_without_duplicates'])}",
        ),
        (
            "Emotion that ten people named most often (FER+)",
            f"**{percent(votes['accuracy'])}** ({crowd_low} to {crowd_high})",
            _fairly(peers, "crowd_accuracy"),
            f"{votes['n']:,} faces; {votes['left_out']:,} without a clear one of seven left out",
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
            _fairly(peers, "ece"),
            "15 equal-mass bins; fitted on the same faces; "
            f"{carried['crowd']['ece']:.3f} fitted on the other half",
        ),
    ]


def _recommender(manifest: Mapping[str, Any], judged: Mapping[str, Any]) -> list[Row]:
    """Both splits as ``evaluate playlists`` judged them; else what the release measured."""
    found = manifest["recommender"]["metrics"]["test"]
    models = found["models"]
    fresh, later = judged.get("by_playlist"), judged.get("by_time")
    if fresh is None:
        ours, popular = (percent(models[name]["hr@50"]) for name in ("released", "popularity"))
        return [(_NEXT, f"**{ours}**", f"popularity {popular}", _asked(found))]
    everything = percent(fresh["models_all"]["released"]["hr@50"])
    parts = (
        f"its LSTMs alone {percent(fresh['models']['lstm']['hr@50'])}, "
        f"before training {percent(models['untrained']['hr@50'])}"
    )
    rows = _split_rows(
        _NEXT,
        fresh,
        others=f"{_best_three(fresh, 'hr@50')}, "
        f"popularity {percent(models['popularity']['hr@50'])}",
        how=f"{_asked(fresh)}; {_ahead(fresh)}; {everything} of all songs sought; {parts}",
    )
    if later is not None:
        twin = "a twin that learned only from what was dated before"
        how = f"{twin}; {_asked(later)}; {_ahead(later)}"
        rows += _split_rows(_LATER, later, others=_best_three(later, "hr@50"), how=how)
    return rows


_NEXT = "Next song of a new playlist, among the first 50"
_LATER = "Song added to a known playlist later, among the first 50"


def _split_rows(what: str, split: Mapping[str, Any], *, others: str, how: str) -> list[Row]:
    """HR@50 and NDCG@100 of the released recommender; others, how : beside HR@50."""
    ours = split["models"]["released"]
    return [
        (what, f"**{percent(ours['hr@50'])}** ({_span(split)})", others, how),
        (
            "… how high on the list (NDCG@100)",
            f"{ours['ndcg@100']:.3f}",
            _best_three(split, "ndcg@100"),
            _ahead(split, "ndcg@100"),
        ),
    ]


def _asked(split: Mapping[str, Any]) -> str:
    return (
        f"songs that it knows ({percent(split['coverage'])} of {split['targets']:,}) in "
        f"{split['playlists']} playlists; full ranking of 60,000"
    )


def _span(split: Mapping[str, Any]) -> str:
    low, high = split["intervals"]["released"]["hr@50"]
    return f"{percent(low)} to {percent(high)}"


def _ranked(split: Mapping[str, Any], measure: str) -> list[str]:
    """The baselines, best first."""
    scores = {name: split["models"][name][measure] for name in BASELINES if name in split["models"]}
    return sorted(scores, key=scores.__getitem__, reverse=True)


def _best_three(split: Mapping[str, Any], measure: str) -> str:
    told = percent if measure.startswith("hr") else "{:.3f}".format
    return ", ".join(
        f"{BASELINES[name]} {told(split['models'][name][measure])}"
        for name in _ranked(split, measure)[:3]
    )


def _ahead(split: Mapping[str, Any], measure: str = "hr@50") -> str:
    """The lead over the best baseline with its 95 % interval, or that there is none."""
    best = _ranked(split, measure)[0]
    low, high = split["differences"][best][measure]
    span = f"{low:+.3f} to {high:+.3f}"
    if measure.startswith("hr"):
        span = f"{100 * low:+.1f} to {100 * high:+.1f} points"
    word = "ahead of" if low > 0 else "behind" if high < 0 else "level with"
    return f"{word} {BASELINES[best]} ({span}, 95 %)"


def _steering(control: Mapping[str, Any]) -> list[Row]:
    """Whether songs chosen for a mood are ones that people put there; nothing where unmeasured."""
    if not control:
        return []
    people = control["people"]
    found, pools = people["precision@10"], people["pools"]
    low, high = people["differences"]["raw"]
    tags = pools[TAGS]["precision@10"]
    return [
        (
            "Songs for a wished mood that people put there, of ten",
            f"**{percent(found['learned'])}**",
            f"Spotify's valence and energy {percent(found['raw'])}",
            f"labelled songs alone, moods learned from other artists; mean of {len(pools)} sources "
            f"of labels; ahead by {100 * low:.1f} to {100 * high:.1f} points (95 %); on listeners' "
            f"tags {percent(tags['learned'])} and {percent(tags['raw'])}",
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
