"""The panels as the notebook makes them, with their real parts: no browser, no mocks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import ipywidgets as widgets
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from affetto import readings
from affetto.dashboard import explore, songs
from affetto.dashboard.baselines import BaselinesPanel
from affetto.dashboard.explore import ExplorePanel, sample
from affetto.dashboard.faces import ConfusionPanel
from affetto.dashboard.journey import JourneyPanel
from affetto.dashboard.page import PANELS, Dashboard
from affetto.dashboard.parts import Trouble
from affetto.emotions import EMOTIONS
from affetto.errors import AffettoError, DataError
from affetto.learn.by_confidence import by_confidence
from affetto.readings import ConfidenceCounts, FaceFigures, PlaylistFigures
from app.language import messages
from tests.photographs import photograph

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def journey() -> JourneyPanel:
    return JourneyPanel()


def path_of(panel: JourneyPanel) -> list[float]:
    return list(next(trace for trace in panel.figure.data if trace.name == "path").x)


def drop(panel: JourneyPanel, photo: bytes, *, refused: bool = False) -> None:
    """What the page sends when a photo is dropped: bytes arrive as memory of the socket."""
    sent = {"method": "custom", "content": {"refused": refused}}
    buffers = [] if refused else [memoryview(photo)]
    panel.drop.comm.handle_msg({"content": {"data": sent}, "buffers": buffers})


def test_another_emotion_is_another_journey_and_other_songs(journey: JourneyPanel) -> None:
    journey.emotion.value = "angry"
    before, songs_before = path_of(journey), journey.songs.value
    assert songs_before.count("<li>") == 20
    journey.emotion.value = "happy"
    assert path_of(journey) != before
    assert journey.songs.value != songs_before
    before = path_of(journey)
    journey.goal.value = "calm"
    assert path_of(journey)[0] == pytest.approx(before[0])
    assert path_of(journey)[-1] != pytest.approx(before[-1])
    journey.goal.value = "suggested"


def test_the_panel_names_feelings_as_the_app_does(journey: JourneyPanel) -> None:
    words = {name: messages("en")["page"][f"emotion.{name}"] for name in EMOTIONS}
    assert [word for word, _ in journey.emotion.options] == list(words.values())
    journey.emotion.value = "fear"
    assert "<b>afraid</b>" in journey.said.value
    (drawn,) = (trace for trace in journey.figure.data if trace.name == "emotions")
    assert "disgusted" in drawn.text
    assert "disgust" not in drawn.text


def test_other_songs_keep_the_journey(journey: JourneyPanel) -> None:
    before, path = journey.songs.value, path_of(journey)
    journey.other.click()
    assert journey.songs.value != before
    assert path_of(journey) == path


def test_a_dropped_photo_is_read_shown_and_not_kept(journey: JourneyPanel) -> None:
    drop(journey, photograph("astronaut"))
    assert journey.emotion.value is None
    assert "data:image/jpeg;base64," in journey.seen.value
    assert "<b>happy</b>" in journey.said.value
    assert not any(isinstance(kept, bytes) for kept in journey.drop.get_state().values())
    journey.emotion.value = "sad"
    assert journey.seen.value == "", "the photo goes when an emotion takes its place"


@pytest.mark.parametrize(
    ("photo", "refused", "told"),
    [
        (photograph("coffee"), False, "not tiny, or choose an emotion."),
        (b"no photo", False, "photo"),
        (b"", True, "larger than 10 MB"),
    ],
)
def test_a_photo_that_cannot_be_read_is_told_and_the_songs_stay(
    journey: JourneyPanel, photo: bytes, refused: bool, told: str
) -> None:
    before = journey.songs.value
    journey.seen.value = "<p>an earlier face</p>"
    drop(journey, photo, refused=refused)
    assert journey.seen.value == ""
    assert told in journey.trouble.value
    assert journey.songs.value == before
    journey.emotion.value = "fear" if journey.emotion.value != "fear" else "sad"
    assert journey.trouble.value == "", "the next thing that works clears it"


def broken() -> widgets.Widget:
    raise RuntimeError("<boom>")


def seen(page: Dashboard) -> list[widgets.Widget]:
    return [panel for panel in page.place.children if panel.layout.display != "none"]


def test_a_broken_panel_leaves_the_others_alive(caplog: pytest.LogCaptureFixture) -> None:
    made = []

    def whole() -> widgets.Widget:
        made.append(1)
        return widgets.HTML("fine")

    page = Dashboard({"broken": broken, "whole": whole})
    (trouble,) = seen(page)
    assert isinstance(trouble, Trouble)
    assert "Something went wrong in this panel (RuntimeError)" in trouble.value
    assert "boom" in caplog.text
    page.choice.value = "whole"
    assert [panel.value for panel in seen(page)] == ["fine"]
    page.choice.value = "broken"
    assert seen(page) == [trouble]
    page.choice.value = "whole"
    assert [panel.value for panel in seen(page)] == ["fine"]
    assert made == [1], "a panel is built once"


def test_an_error_in_a_handler_is_one_sentence_without_markup() -> None:
    trouble = Trouble()
    trouble.guards(lambda: (_ for _ in ()).throw(DataError("no <b>")))()
    assert "no &lt;b&gt;" in trouble.value


def counts(right: int, wrong: int) -> ConfidenceCounts:
    """``right`` sure and right faces of *happy*, ``wrong`` unsure ones of *sad* read as neutral."""
    rows = np.full((right + wrong, 7), 0.01)
    rows[:right, 3], rows[right:, 6] = 0.94, 0.5
    rows[right:, 4] = 0.45
    labels = np.array([3] * right + [4] * wrong)
    return ConfidenceCounts.of(by_confidence(rows, labels))


def test_the_threshold_moves_matrix_and_figures() -> None:
    panel = ConfusionPanel(FaceFigures("PublicTest", {"crowd": counts(30, 10)}, True))
    assert "100.0%" in panel.said.value
    assert "75.0%" in panel.said.value
    assert "Most often sad is read as neutral: 10 faces." in panel.said.value
    assert panel.matrix.data[0].z[4][6] == 1.0
    panel.threshold.value = 0.6
    assert "<b>75.0%</b>answered" in panel.said.value
    assert "<b>100.0%</b>right" in panel.said.value
    assert np.isnan(panel.matrix.data[0].z[4][6])
    assert panel.curve.layout.shapes[0].x0 == 0.6


def test_figures_of_an_earlier_release_are_told_apart() -> None:
    old = ConfusionPanel(FaceFigures("PublicTest", {"crowd": counts(1, 1)}, False))
    assert "earlier release" in old.source()


SCORES = {"hr@10": 0.1, "hr@50": 0.3}
FOUND = PlaylistFigures(
    file="playlists.json",
    playlists=5,
    targets=40,
    coverage=0.25,
    scores={
        "known": {"released": SCORES, "s_knn": {"hr@10": 0.2, "hr@50": 0.2}},
        "all": {"released": {"hr@10": 0.0, "hr@50": 0.1}, "s_knn": SCORES},
    },
    differences={"s_knn": {"hr@10": (-0.1, 0.1), "hr@50": (0.05, 0.15)}},
)


def test_baselines_by_metric_and_targets() -> None:
    panel = BaselinesPanel(FOUND)
    assert panel.metric.value == "hr@50"
    assert list(panel.bars.data[0].y) == ["session kNN", "Affetto"]
    assert "no interval reaches zero" in panel.said.value
    panel.metric.value = "hr@10"
    assert list(panel.bars.data[0].y) == ["Affetto", "session kNN"]
    assert "Not clearly ahead of session kNN" in panel.said.value
    panel.targets.value = "all"
    assert list(panel.bars.data[0].x) == [0.0, 0.1]


@pytest.fixture
def metrics(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(readings, "metrics_dir", lambda: tmp_path)
    return tmp_path


def test_the_newest_evaluation_is_shown_and_its_lack_is_told(metrics: Path) -> None:
    with pytest.raises(DataError, match=r"no reports/metrics/recommender\.json yet; run: affetto"):
        readings.playlist_figures()
    body = {"playlists": 1, "targets": 2, "coverage": 0.5, "models": {"lstm": SCORES}}
    (metrics / "recommender.json").write_text(json.dumps(body))
    assert readings.playlist_figures().file == "recommender.json"
    splits = {"by_time": {**body, "targets": 9}, "by_playlist": {**body, "targets": 3}}
    (metrics / "playlists.json").write_text(json.dumps({"splits": splits}))
    newest = readings.playlist_figures()
    assert (newest.file, newest.targets) == ("playlists.json", 3)
    (metrics / "playlists.json").write_text("{")
    with pytest.raises(DataError, match="damaged"):
        readings.playlist_figures()
    (metrics / "playlists.json").write_text('{"models": {}}')
    with pytest.raises(DataError, match="has no models"):
        readings.playlist_figures()


def test_the_lstm_has_a_bar_of_its_own_only_where_more_than_it_ships(metrics: Path) -> None:
    models = {"released": SCORES, "lstm": SCORES, "popularity": SCORES}
    body = {"playlists": 1, "targets": 2, "coverage": 0.5, "models": models}
    (metrics / "recommender.json").write_text(json.dumps(body))
    assert list(readings.playlist_figures().scores["known"]) == ["released", "popularity"]
    models["released"] = {name: score + 0.1 for name, score in SCORES.items()}
    (metrics / "recommender.json").write_text(json.dumps(body))
    assert list(readings.playlist_figures().scores["all"]) == list(models)


def test_committed_figures_can_be_shown() -> None:
    """Whatever the last measurement wrote."""
    found = readings.face_figures()
    assert found.readouts["crowd"].total > 3000
    assert "hr@50" in readings.playlist_figures().metrics


def built(folder: Path) -> Path:
    """A catalogue of four recordings, one of which stands twice."""
    numbers = {name: pa.array([0.1, 0.2, 0.3, 0.4, None], pa.float32()) for name in songs.MEASURED}
    table = {
        "track_id": [f"{k:022d}" for k in range(5)],
        "recording_id": pa.array([0, 0, 1, 2, 3], pa.int32()),
        "title": ["One", "One", "Bird song", "Three", None],
        "artists": [["Ann"], ["Ann"], ["Bob", "The Birds"], ["Cid"], ["Dee"]],
        "genres": [["rock"], ["rock"], ["jazz", "rock"], [], ["jazz"]],
        "year": pa.array([1980, 1980, 1990, None, 2000], pa.int16()),
        "popularity": pa.array([1, 1, 2, 3, 4], pa.float32()),
        **numbers,
    }
    pq.write_table(pa.table(table), folder / "tracks.parquet")
    return folder


def test_filters_by_hand(tmp_path: Path) -> None:
    """Rows once the repeat went: One (1980), Bird song (1990), Three (no year), a nameless one."""
    table = songs.built_catalogue(built(tmp_path))
    assert table is not None
    assert len(table) == 4
    assert table.matching().tolist() == [0, 1, 2, 3]
    assert table.matching(genre="rock").tolist() == [0, 1]
    assert table.matching(genre="jazz").tolist() == [1, 3]
    assert table.matching(years=(1985, 2000)).tolist() == [1, 3]
    assert table.matching(words="BIRD").tolist() == [1]
    assert table.matching(words="(").tolist() == []  # no pattern, plain words
    assert table.matching(needs=("energy",)).tolist() == [0, 1, 2]
    assert table.describe(3) == ("untitled", "Dee", f"{4:022d}")


def test_the_panel_says_what_it_shows_and_filters_it(tmp_path: Path) -> None:
    table = songs.built_catalogue(built(tmp_path))
    assert table is not None
    panel = ExplorePanel({table.name: table, "bundled vocabulary": songs.bundled_vocabulary()})
    assert "<b>3</b> of 4 songs of the full catalogue" in panel.said.value
    panel.genre.value = "rock"
    assert len(panel.figure.data[0].x) == 2
    panel.words.value = "bird"
    assert len(panel.figure.data[0].x) == 1
    panel.which.value = "bundled vocabulary"
    assert "of the bundled vocabulary" in panel.said.value
    panel.words.value = ""
    assert len(panel.figure.data[0].x) == explore.MOST
    panel.shade.value = "tempo"
    assert panel.figure.data[0].marker.colorbar.title.text == "tempo (BPM)"


def test_without_a_build_the_vocabulary_is_explored_and_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    panel = ExplorePanel()
    assert [name for name in panel._tables] == ["bundled vocabulary"]
    told = " ".join(child.value for child in panel.widget().children if hasattr(child, "value"))
    assert "full catalogue is not built here" in told


def test_a_sample_keeps_a_song_in_or_out_whatever_the_filter(monkeypatch) -> None:
    monkeypatch.setattr(explore, "MOST", 5)
    everything = sample(np.arange(20), 20)
    assert len(everything) == 5
    narrower = sample(np.setdiff1d(np.arange(20), everything[:2]), 20)
    assert set(everything[2:]) <= set(narrower)
    assert sample(np.arange(5), 20).tolist() == [0, 1, 2, 3, 4]


def test_a_damaged_catalogue_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tracks.parquet").write_bytes(b"no table")
    with pytest.raises(AffettoError, match=r"tracks.parquet cannot be read; run: affetto data b"):
        songs.built_catalogue(tmp_path)


def test_the_notebook_loads_no_tensorflow() -> None:
    """Its own cells, then every panel, in a fresh process."""
    document = json.loads((REPOSITORY / "app" / "dashboard.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(c["source"]) for c in document["cells"] if c["cell_type"] == "code")
    program = (
        f"{code}\nfrom affetto.dashboard.parts import Trouble\npage = Dashboard()\n"
        f"for name in {list(PANELS)!r}:\n"
        "    page.choice.value = name\n"
        "    assert not isinstance(page.place.children[-1], Trouble), name\n"
        "import sys\nprint(*{'tensorflow', 'keras', 'jax', 'torch', 'sklearn'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=REPOSITORY
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_the_notebook_only_lays_out() -> None:
    document = json.loads((REPOSITORY / "app" / "dashboard.ipynb").read_text(encoding="utf-8"))
    lines = [line for c in document["cells"] if c["cell_type"] == "code" for line in c["source"]]
    assert len(lines) <= 10
    assert not any(line.startswith(("def ", "class ")) for line in lines)


def test_voila_culls_hides_code_and_preheats() -> None:
    settings = json.loads((REPOSITORY / "app" / "voila.json").read_text())
    assert settings["VoilaConfiguration"]["strip_sources"] is True
    assert settings["VoilaConfiguration"]["preheat_kernel"] is True
    assert 0 < settings["MappingKernelManager"]["cull_idle_timeout"] <= 3600
    assert settings["Voila"]["ip"] == "127.0.0.1"
