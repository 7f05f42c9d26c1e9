"""The card says what the numbers say, the good and the bad, and the committed one is no older."""

from __future__ import annotations

import copy
import json

import pytest

from affetto.learn import playlists_report
from affetto.learn.playlists_evaluation import LENGTHS
from affetto.learn.recommender_card import NOT_MEASURED, card
from affetto.settings import reports_dir

TUNING = {
    "objective": "geometric mean",
    "targets_a_playlist": 12,
    "baselines": {
        "s_knn": {
            "grid": {"neighbours": [50, 100]},
            "trials": [
                {"settings": {"neighbours": 100}, "objective": 0.05},
                {"settings": {"neighbours": 50}, "objective": 0.08},
            ],
            "chosen": {"neighbours": 50, "sample": 0},
        }
    },
}
RUNS = [{"seed": 7, "epoch": 9}, {"seed": 8, "epoch": 24}]
ENTRY = {"training": {"network": {"units": 128, "dim": 64}}, "runs": RUNS}
METRICS = ("hr@10", "hr@50", "hr@100", "mrr", "ndcg@100", "r_precision")
NAMES = ("popularity", "markov", "last_track_knn")


def scores(value):
    return dict.fromkeys(METRICS, value)


def between(low, high):
    return dict.fromkeys(METRICS, (low, high))


def figures(*, ours=0.2, best=0.1, gain=(-0.01, 0.02)):
    models = {"released": ours, "lstm": ours, **dict.fromkeys(NAMES, best)}
    reached = ours >= 1.25 * best
    told = ["mood_random", "mood_of_history", "mood_true", "history_shuffled"]
    told += [f"history_{length}" for length in LENGTHS]
    return {
        "playlists": 101, "targets": 7617, "coverage": 0.239, "vocabulary": 60000,
        "models": {name: scores(value) for name, value in models.items()},
        "models_all": {name: scores(value / 4) for name, value in models.items()},
        "intervals": {name: between(value - 0.01, value + 0.01) for name, value in models.items()},
        "differences": {name: between(ours - best - 0.01, ours - best + 0.01) for name in NAMES},
        "lstm_differences": {name: between(-0.03, -0.01) for name in NAMES},
        "best_baseline": {
            metric: {
                "name": "markov", "score": best, "ratio": ours / best,
                "ratio_interval": [1, 3], "reached": reached,
            }
            for metric in ("hr@50", "ndcg@100")
        },
        "blend": None,
        "ablations": {name: {**scores(0.1), "gain": between(*gain)} for name in told},
    }  # fmt: skip


def text(**splits):
    return card(ENTRY, {"splits": splits}, TUNING)


def test_it_says_what_was_measured():
    said = text(by_playlist=figures(), by_time=figures())
    assert "Two LSTMs of 128 units read" in said
    assert "epochs 9 and 24 chosen on validation, seeds 7 and 8" in said
    assert "What is released is a blend" in said
    assert "101 playlists, 7,617 songs sought, 23.9% of them" in said
    assert "| s_knn | 2 | 0.0500 → 0.0800 | neighbours 50 |" in said
    assert "reached for HR@50 by playlist (2.00 times markov, 95 %: 1.00 to 3.00)" in said
    assert "that of the best baseline, markov: +0.0900 to +0.1100" in said
    assert "{" not in said


def test_one_network_is_told_as_one():
    said = card({**ENTRY, "runs": RUNS[:1]}, {"splits": {"by_playlist": figures()}}, TUNING)
    assert "An LSTM of 128 units reads" in said
    assert "the LSTM: epoch 9 chosen on validation, seed 7;" in said


def test_a_baseline_that_was_not_tuned_is_said_so():
    said = text(by_playlist=figures())
    assert "| vs_knn | 0 |  | **not searched yet**" in said
    assert "| s_knn | 0 |" not in said


def test_a_missed_bar_is_said_so():
    both = text(by_playlist=figures(ours=0.12), by_time=figures(ours=0.13))
    reached, missed = both.split("leaves zero out: ")[1].split("\n")[0].split("; missed for ")
    assert reached.startswith("reached for HR@50 by time (1.30")
    assert "playlist" not in reached
    assert missed.startswith("HR@50 by playlist (1.20")
    assert "by time" not in missed
    assert "missed for" not in text(by_playlist=figures(ours=0.13))


def test_a_split_that_was_not_measured_is_said_so():
    assert NOT_MEASURED in text(by_playlist=figures())


def test_an_lstm_that_is_behind_is_called_behind():
    assert "markov behind (-0.0300 to -0.0100)" in text(by_playlist=figures())


def test_what_changes_nothing_is_listed():
    assert "No difference can be shown for: told a mood" in text(by_playlist=figures())
    clear = text(by_playlist=figures(gain=(0.01, 0.02)))
    assert "No difference" not in clear


def test_songs_that_no_playlist_holds_have_a_word_of_their_own(monkeypatch):
    assert "`affetto release recommender` does" in text(by_playlist=figures())
    models = {"content_only": scores(0.04321), "popularity": scores(0.02)}
    monkeypatch.setitem(ENTRY, "metrics", {"test": {"models": models}})
    assert "HR@50 0.0432 and NDCG@100 0.0432" in text(by_playlist=figures())


def test_of_a_blend_every_part_is_shown_apart():
    blended = copy.deepcopy(figures())
    blended["blend"] = {"lstm": between(0.01, 0.03), "neighbours": between(-0.01, 0.02)}
    said = text(by_playlist=blended)
    assert "| **lstm** |" in said
    assert "The table adds to the LSTMs HR@50 +0.0100 to +0.0300" in said
    assert "The LSTMs add to the table HR@50 -0.0100 to +0.0200" in said
    assert "| **lstm** |" not in text(by_playlist=figures())


def test_the_committed_card_is_what_the_committed_numbers_give():
    folder = reports_dir()
    kept = folder / "cards" / playlists_report.CARD
    measured = (folder / "metrics" / playlists_report.FIGURES).is_file()
    assert kept.is_file() == measured
    if measured:
        assert kept.read_text(encoding="utf-8") == playlists_report.card_text(folder)


def test_figures_are_kept_beside_those_of_the_other_split(tmp_path):
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "baselines.json").write_text(json.dumps(TUNING))
    playlists_report.save({"by_playlist": figures()}, part="test", folder=tmp_path)
    playlists_report.save({"by_time": figures(ours=0.3)}, part="test", folder=tmp_path)
    found = playlists_report.read_report(tmp_path / "metrics" / "playlists.json")
    assert found["by_playlist"]["models"]["released"]["mrr"] == 0.2
    assert found["by_time"]["models"]["released"]["mrr"] == 0.3
    assert playlists_report.table(found["by_time"], "mrr").index[0] == "released"
    lead = playlists_report.leads(found["by_time"], "mrr")
    assert lead["value"].tolist() == pytest.approx([0.2] * 3)
    assert playlists_report.by_length(found["by_time"], "hr@50").index.tolist()[-1] == 100
    assert playlists_report.summary(found["by_time"])["ablations"]["history_5"]["hr@50"] == 0.1
    assert (tmp_path / "cards" / "recommender.md").is_file()
