"""The recommender's model card: its words from ``recommender_card.txt``, every figure measured.

A test holds the committed card to what this module makes of the committed numbers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.learn.baselines import AIMS, GRIDS
from affetto.learn.cards import plain_table
from affetto.learn.next_track import METRICS, REPEATS
from affetto.learn.playlists_evaluation import BAR
from affetto.recommend import baselines
from affetto.recommend.neighbours import KEPT, LAST
from affetto.recommend.recommender import MEMORY

TEMPLATE = Path(__file__).with_name("recommender_card.txt")
NOT_MEASURED = "Not measured on this release; `affetto evaluate playlists --ablations --save` does."
_TITLES = {"by_playlist": "By playlist: lists that nobody learned from", "by_time": "By time"}
OURS = ("released", "lstm", "neighbours")
_TOLD = {
    "mood_random": "told a mood drawn at random",
    "mood_of_history": "told the mean mood of what was heard",
    "mood_true": "told the mood of the very song sought (a ceiling, no figure of its own)",
    "history_shuffled": "the same history, shuffled",
    "history_0": "no history at all",
    "history_1": "the last song only",
    "history_5": "the last 5 songs only",
    "history_100": f"the last 100 songs, not the last {MEMORY}",
}
_NUMBERS = {2: "Two", 3: "Three", 4: "Four"}
Facts = Mapping[str, Any]


def card(entry: Facts, playlists: Facts, tuning: Facts) -> str:
    """The whole card as Markdown.

    entry : the manifest's ``recommender``.  playlists, tuning : the two reports.
    """
    splits = playlists["splits"]
    fields = {
        "kept": KEPT,
        "last": LAST,
        **_networks(entry["training"]["network"], entry["runs"]),
        "vocabulary": f"{splits['by_playlist']['vocabulary']:,}",
        "repeats": f"{REPEATS:,}",
        "verdict": bar_verdict(splits),
        "splits": "\n\n".join(_split(name, splits.get(name)) for name in _TITLES),
        "content_only": _content_only(entry),
        "targets_a_playlist": tuning["targets_a_playlist"],
        "objective": tuning["objective"],
        "tuning": _tuning(tuning["baselines"]),
        "baseline_lines": f"{_lines():,} lines",
        "coverage_words": _coverage(splits),
    }
    return TEMPLATE.read_text(encoding="utf-8").format(**fields)


def _networks(network: Facts, runs: Sequence[Facts]) -> dict[str, str]:
    """What the networks are, how they were trained, and how they are asked."""
    told = f"the last {MEMORY} songs heard and the mood wanted next"
    answer = f"with a vector of {network['dim']} numbers"
    seeds, epochs = ([str(run[name]) for run in runs] for name in ("seed", "epoch"))
    if len(runs) == 1:
        return {
            "networks": f"An LSTM of {network['units']} units reads {told}, and answers {answer}",
            "trained": f"the LSTM: epoch {epochs[0]} chosen on validation, seed {seeds[0]}",
            "joined": "gives logits",
        }
    return {
        "networks": f"{_NUMBERS.get(len(runs), len(runs))} LSTMs of {network['units']} units "
        f"read {told}, and each answers {answer}",
        "trained": f"the LSTMs: epochs {_listed(epochs)} chosen on validation, "
        f"seeds {_listed(seeds)}",
        "joined": "gives logits, of which the mean counts",
    }


def _listed(words: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _split(name: str, figures: Facts | None) -> str:
    title = f"### {_TITLES[name]}"
    if figures is None:
        return f"{title}\n\n{NOT_MEASURED}"
    parts = [
        title,
        f"{figures['playlists']:,} playlists, {figures['targets']:,} songs sought, "
        f"{figures['coverage']:.1%} of them in the vocabulary.",
        _scores(figures),
        _verdict(figures),
        _lstm(figures),
        _ablations(figures),
    ]
    return "\n\n".join(part for part in parts if part)


def _scores(figures: Facts) -> str:
    order = sorted(figures["models"], key=lambda model: -figures["models"][model]["ndcg@100"])
    shown = [model for model in order if model != "lstm" or figures["blend"]]
    rows = []
    for model in shown:
        scores = figures["models"][model]
        low, high = figures["intervals"][model]["hr@50"]
        cells = [f"{scores[metric]:.4f}" for metric in METRICS]
        everything = figures["models_all"][model]["hr@50"]
        name = f"**{model}**" if model in OURS else model
        rows.append([name, *cells, f"{low:.3f} to {high:.3f}", f"{everything:.4f}"])
    header = ["", *map(_named, METRICS), "HR@50, 95 %", "HR@50, all songs"]
    return plain_table(header, rows)


def bar_verdict(splits: Facts) -> str:
    """Where the released recommender clears our bar and where it does not, with the ratios."""
    told: dict[bool, list[str]] = {True: [], False: []}
    for name, figures in splits.items():
        for metric, best in figures["best_baseline"].items():
            low, high = best["ratio_interval"]
            told[best["reached"]].append(
                f"{_named(metric)} {name.replace('_', ' ')} ({best['ratio']:.2f} times "
                f"{best['name']}, 95 %: {low:.2f} to {high:.2f})"
            )
    words = [
        f"{word} for {', '.join(told[reached])}"
        for reached, word in ((True, "reached"), (False, "missed"))
        if told[reached]
    ]
    return (
        f"We want {BAR} times the best baseline, and a difference whose interval leaves zero out: "
        f"{'; '.join(words)}."
    )


def _named(metric: str) -> str:
    return "R-precision" if metric == "r_precision" else metric.upper()


def _verdict(figures: Facts) -> str:
    said = []
    for metric, best in figures["best_baseline"].items():
        low, high = figures["differences"][best["name"]][metric]
        said.append(
            f"{_named(metric)} less that of the best baseline, {best['name']}: "
            f"{low:+.4f} to {high:+.4f}"
        )
    return "; ".join(said) + "."


def _lstm(figures: Facts) -> str:
    """What the LSTM part does against the three that it must beat, and what each part adds."""
    said = []
    for name in ("popularity", "markov", "last_track_knn"):
        low, high = figures["lstm_differences"][name]["ndcg@100"]
        said.append(f"{name} {_word(low, high)} ({low:+.4f} to {high:+.4f})")
    text = f"The LSTMs alone, NDCG@100 against {', '.join(said)}."
    adds = {"lstm": "The table adds to the LSTMs", "neighbours": "The LSTMs add to the table"}
    for part, gains in (figures["blend"] or {}).items():
        said = [f"{_named(aim)} {gains[aim][0]:+.4f} to {gains[aim][1]:+.4f}" for aim in AIMS]
        text += f" {adds[part]} {' and '.join(said)}."
    return text


def _content_only(entry: Facts) -> str:
    """What becomes of tracks that stand in no playlist, as the release measured it."""
    models = entry.get("metrics", {}).get("test", {}).get("models", {})
    if "content_only" not in models:
        return "Not measured on this release; `affetto release recommender` does."
    ours, popular = models["content_only"], models["popularity"]
    return (
        "As if no playlist held any song, by their artists and content alone, the LSTM part finds "
        f"them at HR@50 {ours['hr@50']:.4f} and NDCG@100 {ours['ndcg@100']:.4f} by playlist; "
        "popularity, which would know in how many playlists they stand, finds "
        f"{popular['hr@50']:.4f} and {popular['ndcg@100']:.4f}."
    )


def _word(low: float, high: float) -> str:
    if low > 0:
        return "ahead"
    return "behind" if high < 0 else "undecided"


def _ablations(figures: Facts) -> str:
    if not figures["ablations"]:
        return ""
    rows = [["as trained, no wish", *_two(figures["models"]["lstm"]), ""]]
    for name, words in _TOLD.items():
        own = figures["ablations"][name]
        low, high = own["gain"]["hr@50"]
        rows.append([words, *_two(own), f"{low:+.4f} to {high:+.4f}"])
    table = plain_table(["The LSTM part …", "HR@50", "NDCG@100", "changes HR@50 by"], rows)
    nothing = [
        words
        for name, words in _TOLD.items()
        if figures["ablations"][name]["gain"]["hr@50"][0] <= 0
        and figures["ablations"][name]["gain"]["hr@50"][1] >= 0
    ]
    if nothing:
        table += f"\n\nNo difference can be shown for: {'; '.join(nothing)}."
    return table


def _two(scores: Facts) -> list[str]:
    return [f"{scores[metric]:.4f}" for metric in AIMS]


def _tuning(searches: Facts) -> str:
    rows = []
    for name, own in searches.items():
        first, best = own["trials"][0], max(own["trials"], key=lambda one: one["objective"])
        changed = {key: value for key, value in own["chosen"].items() if key in own["grid"]}
        words = ", ".join(f"{key} {value}" for key, value in changed.items()) or "nothing to tune"
        gain = f"{first['objective']:.4f} → {best['objective']:.4f}"
        rows.append([name, str(len(own["trials"])), gain, words])
    for name in GRIDS:
        if name not in searches:
            rows.append([name, "0", "", "**not searched yet**: `affetto train baselines`"])
    return plain_table(["", "trials", "objective, first → chosen", "chosen"], rows)


def _coverage(splits: Facts) -> str:
    said = [
        f"{figures['coverage']:.0%} {name.replace('_', ' ')}" for name, figures in splits.items()
    ]
    return (
        f"Of the songs in held-out playlists the vocabulary holds {' and '.join(said)}; the others "
        "can never be recommended."
    )


def _lines() -> int:
    """How long the baselines' own code is."""
    folder = Path(baselines.__file__).parent
    texts = [path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))]
    return round(sum(text.count("\n") for text in texts), -2)
