"""The dashboard's figures: what they show is what they were given, worked out by hand here."""

from __future__ import annotations

import numpy as np
import pytest

from affetto.dashboard import figures
from affetto.errors import DataError
from affetto.learn.by_confidence import BINS, by_confidence
from affetto.readings import ConfidenceCounts


def one_hot(top: float, at: int) -> np.ndarray:
    """A row whose largest probability is ``top``, the rest shared evenly."""
    row = np.full(7, (1 - top) / 6)
    row[at] = top
    return row


def test_counts_by_confidence_by_hand() -> None:
    """Four faces: 0.42 right, 0.44 wrong, 0.90 right (an edge: the upper bin), 1.0 right."""
    chances = np.array([one_hot(0.42, 0), one_hot(0.44, 1), one_hot(0.90, 3), one_hot(1.0, 3)])
    found = ConfidenceCounts.of(by_confidence(chances, np.array([0, 0, 3, 3])))
    assert len(found.edges) == BINS + 1
    assert found.total == 4
    hits, counts = found.hits()
    assert {int(k): (int(hits[k]), int(counts[k])) for k in np.flatnonzero(counts)} == {
        8: (1, 2),  # 0.40 to 0.45
        18: (1, 1),  # 0.90 to 0.95
        19: (1, 1),
    }
    assert found.mean_confidence[8] == pytest.approx(0.43)
    assert np.isnan(found.mean_confidence[0])
    assert found.answered(0.0) == (1.0, 0.75)
    assert found.answered(0.45) == (0.5, 1.0)
    assert found.above(0.4)[0, 1] == 1
    assert found.above(0.45)[0, 1] == 0


def test_nothing_answered_has_no_accuracy() -> None:
    found = ConfidenceCounts.of(by_confidence(np.array([one_hot(0.5, 0)]), np.array([0])))
    assert found.answered(0.9) == (0.0, None)


@pytest.mark.parametrize(
    "change",
    [{"edges": [0, 1]}, {"confusion": [[1]]}, {"mean_confidence": ["x"] * BINS}, {"edges": None}],
)
def test_counts_that_do_not_fit_are_refused(change: dict) -> None:
    good = by_confidence(np.array([one_hot(0.5, 0)]), np.array([0]))
    with pytest.raises(DataError, match="is damaged"):
        ConfidenceCounts.of({**good, **change})


def test_confusion_shows_shares_of_each_row_and_leaves_empty_rows_blank() -> None:
    counts = np.zeros((7, 7), int)
    counts[0, 0], counts[0, 6] = 3, 1
    trace = figures.confusion(counts).data[0]
    assert (trace.z[0][0], trace.z[0][6]) == (0.75, 0.25)
    assert trace.text[0][0] == "75%"
    assert np.isnan(trace.z[1]).all()
    assert set(trace.text[1]) == {""}


def test_reliability_leaves_bins_of_a_few_faces_out() -> None:
    hits, counts = np.array([5, 50]), np.array([figures.FEW - 1, 100])
    measured = figures.reliability(hits, counts, np.array([0.5, 0.6])).data[1]
    assert list(measured.y) == [0.5]  # 50 of 100
    # Wilson for 50 of 100: 0.5 ± 0.0963, by the formula in learn/metrics.py
    assert measured.error_y.array[0] == pytest.approx(0.0962, abs=1e-3)


def test_scores_are_in_order_and_ours_is_told_apart() -> None:
    bar = figures.scores({"ours": 0.2, "worse": 0.1, "better": 0.3}, ours="ours").data[0]
    assert list(bar.y) == ["worse", "ours", "better"]  # from below
    assert list(bar.marker.color).count(figures.ACCENT) == 1
    assert bar.marker.color[1] == figures.ACCENT


def test_differences_draw_each_interval() -> None:
    lines = figures.differences({"a": (0.1, 0.2), "b": (-0.1, 0.1)}).data[0]
    assert list(lines.x) == [0.1, 0.2, None, -0.1, 0.1, None]


def test_points_are_webgl() -> None:
    figure = figures.points(np.arange(3.0), np.arange(3.0), axes=("a", "b"))
    assert figure.data[0].type == "scattergl"
