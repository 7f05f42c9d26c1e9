"""``affetto recommend`` and ``from affetto import recommend``, over the made-up release."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import pytest

import affetto
from affetto import service
from affetto.cli import main
from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood, expected_mood
from affetto.errors import NoFaceError
from affetto.faces.classifier import EmotionReading
from affetto.faces.detector import Face
from affetto.recommend import released
from tests import synthetic
from tests.photographs import photograph


@pytest.fixture(autouse=True)
def made_up_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up release in the place of the bundled one."""
    monkeypatch.setattr(released, "load_released", synthetic.released)


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert main(["recommend", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_json_answers_in_the_words_of_the_contract(
    capsys: pytest.CaptureFixture[str],
) -> None:
    answer = _json(capsys, "--emotion", "Sad")
    assert {"emotion", "confidence", "mood", "goal", "journey", "tracks"} <= set(answer)
    assert (answer["emotion"], answer["confidence"], answer["goal"]) == ("sad", None, "lift")
    sad = EMOTION_MOODS["sad"]
    assert answer["mood"] == pytest.approx([sad.valence, sad.arousal])
    assert len(answer["tracks"]) == len(answer["journey"]) == 20
    assert set(answer["tracks"][0]) == {
        "track_id", "title", "artists", "url", "valence", "arousal", "reason",
    }  # fmt: skip


@pytest.mark.parametrize("mood", [["--mood", "-0.4,0.6"], ["--mood=-0.4,0.6"]])
def test_a_mood_may_begin_with_a_minus(mood: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    answer = _json(capsys, *mood, "-n", "2")
    assert (answer["emotion"], answer["mood"]) == (None, [-0.4, 0.6])
    assert answer["goal"] == "calm"  # (-0.4, 0.6) lies nearest to fear and anger


def test_a_sentence_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    answer = _json(capsys, "--text", "sono stanca e triste", "-n", "3")
    assert answer["goal"] == "lift"
    assert answer["mood"][0] < 0
    assert answer["mood"][1] < 0


def test_all_options_reach_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    options = "--goal 0.4,-0.6 -n 7 --genre jazz --genre ambient --year-from 1956 --year-to 2005"
    seeds = ["--seed-track", synthetic.track_id(3), "--seed-track", "nobody", "--seed", "5"]
    answer = _json(capsys, "--emotion", "neutral", *options.split(), "--no-explicit", *seeds)
    assert answer["goal"] == [0.4, -0.6]
    assert answer["messages"] == ["Skipped 1 track id that is not in the vocabulary: nobody."]
    items, _ = synthetic.catalogue().find(track["track_id"] for track in answer["tracks"])
    tracks = synthetic.catalogue().tracks(items)
    assert len(tracks) == 7
    assert all(track.genres[0] in ("jazz", "ambient") for track in tracks)
    assert all(1956 <= track.year <= 2005 and track.explicit is False for track in tracks)
    other = _json(capsys, "--emotion", "neutral", *options.split(), "--no-explicit")
    assert other["tracks"] != answer["tracks"]


def test_people_get_a_table_with_links_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--emotion", "happy", "-n", "3", "--liked-nothing"]) == 2
    capsys.readouterr()
    assert main(["recommend", "--emotion", "happy", "-n", "3", "--seed-track", "nobody"]) == 0
    shown = capsys.readouterr()
    assert shown.out.count("https://open.spotify.com/track/") == 3
    assert "Affetto: happy, match" in shown.out
    assert shown.err == "Skipped 1 track id that is not in the vocabulary: nobody.\n"


@pytest.mark.parametrize("ending", ["m3u", "csv", "json", "txt"])
def test_out_saves_the_list(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"list.{ending}"
    assert main(["recommend", "--emotion", "sad", "-n", "4", "--out", str(path)]) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("", f"Saved 4 tracks to {path}.\n")
    text = path.read_text(encoding="utf-8")
    assert text.count("https://open.spotify.com/track/") == 4
    if ending == "csv":
        assert len(list(csv.DictReader(text.splitlines()))) == 4


def test_one_track_is_no_tracks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.m3u"
    assert main(["recommend", "--emotion", "sad", "-n", "1", "--out", str(path)]) == 0
    assert capsys.readouterr().err == f"Saved 1 track to {path}.\n"


def test_out_and_json_do_both(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "list.json"
    answer = _json(capsys, "--emotion", "sad", "-n", "4", "--out", str(path))
    assert json.loads(path.read_text(encoding="utf-8")) == answer


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "in exactly one way (a photo, an emotion, a mood or a text); got none."),
        (["--emotion", "sad", "--mood", "0,0"], "got an emotion and a mood."),
        (["--emotion", "sat"], "Did you mean sad?"),
        (["--emotion", "sad", "-n", "0"], "1 to 100 tracks; got 0."),
        (["--emotion", "sad", "-n", "101"], "1 to 100 tracks; got 101."),
        (["--emotion", "sad", "-n", "many"], "Invalid value for '-n' / '--number': it is no whole"),
        (["--emotion", "sad", "--familiar", "x"], "value for '--familiar': it is no number; see"),
        (["--emotion", "sad", "--out", ""], "value for '--out': there is nothing in it; see"),
        (["--emotion", "sad", "--out", "."], ". is a folder; name a file in it"),
        (["--emotion", "sad", "--seed-track", " "], "'--seed-track': there is nothing in it; see"),
        (["--emotion", "sad", "--unknown-language"], "goes with --language: name a language too."),
        (["--emotion", "sad", "--genre", "jaz"], "I don't know the genre 'jaz'; try jazz."),
        (["--emotion", "sad", "--year-to", "1900"], "loosen that filter."),
        (["--emotion", "sad", "--goal", "up"], "I don't know the goal 'up'"),
        (["--emotion", "sad", "--seed", "-1"], "whole number from 0 up; got -1."),
        (["--mood", "2,0"], "valence lies between -1 and 1; got 2.0."),
        (["--mood", "sad"], "I can't read the mood 'sad'"),
        (["--text", "qwerty"], "say it with another word, or choose an emotion"),
        (["--text", ""], "Write in a few words how you feel."),
        (["--photo", "missing.jpg"], "missing.jpg"),
        (["--emotion", "sad", "--out", "list.mp3"], "can't write the ending .mp3"),
    ],
)
def test_bad_input_gets_one_sentence_and_exit_code_2(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recommend", *arguments]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert "Traceback" not in shown.err


def test_a_photo_without_a_face_names_the_commands_own_way_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = tmp_path / "coffee.png"
    photo.write_bytes(photograph("coffee"))
    assert main(["recommend", "--photo", str(photo)]) == 2
    told = capsys.readouterr().err
    assert told.endswith("or name the emotion yourself (--emotion happy).\n")


def test_a_bad_place_to_save_is_told_before_the_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["recommend", "--emotion", "sad", "--out", str(tmp_path)]
    assert main(arguments) == 2
    assert "is a folder" in capsys.readouterr().err


def test_help_shows_examples(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "--help"]) == 0
    shown = capsys.readouterr().out
    assert "affetto recommend --photo me.jpg" in shown
    assert "--seed-track" in shown


def test_the_library_takes_a_mood_in_three_forms() -> None:
    lists = [affetto.recommend(mood=mood, n=3) for mood in (Mood(0, 0.5), (0, 0.5), "0,0.5")]
    assert lists[0] == lists[1] == lists[2]


def test_the_library_takes_one_genre_or_several() -> None:
    one = affetto.recommend(emotion="sad", genre="jazz", n=3)
    assert one == affetto.recommend(emotion="sad", genre=["jazz"], n=3)


def test_the_function_and_the_package_of_that_name_are_both_there() -> None:
    """``import affetto.recommend.…`` binds the package to the function's name: it must answer."""
    import affetto.recommend.journey as journey

    assert journey.GOALS[0] == "match"
    assert len(affetto.recommend(emotion="sad", n=2)) == 2
    assert len(released.__spec__.parent.split(".")) == 2


def _photo(*emotions: str, sure: bool = True) -> service.PhotoReading:
    """A photo whose faces show the emotions at 70 %, the rest even; the largest face first."""
    landmarks = ((0.0, 0.0),) * 5
    faces = []
    for number, emotion in enumerate(emotions):
        shares = {name: 0.7 if name == emotion else 0.05 for name in EMOTIONS}
        reading = EmotionReading(emotion, 0.7, sure, shares)
        size = 100 - number
        faces.append(service.FaceReading.of(Face((0, 0, size, size), landmarks, 0.9), reading))
    return service.PhotoReading(faces=tuple(faces), message=None, width=200, height=200)


def test_a_photo_starts_from_the_mean_mood_of_its_largest_face() -> None:
    start = service.start_of(_photo("angry", "happy"))
    assert (start.emotion, start.confidence) == ("angry", 0.7)
    shares = {name: 0.7 if name == "angry" else 0.05 for name in EMOTIONS}
    assert start.mood == expected_mood(shares)
    assert start.mood.distance(EMOTION_MOODS["angry"]) > 0.1  # not simply the top emotion's
    assert start.messages == ("The photo has 2 faces; the largest one was used.",)


def test_another_face_can_be_chosen() -> None:
    start = service.start_of(_photo("angry", "happy"), face=1)
    assert (start.emotion, start.messages) == ("happy", ())


def test_an_unsure_reading_is_said_with_what_to_do() -> None:
    start = service.start_of(_photo("sad", sure=False))
    assert start.messages == (
        "I am not sure about this face (sad at 70%); name the emotion yourself if that is wrong.",
    )


def test_a_photo_without_a_face_asks_for_an_emotion() -> None:
    reading = service.PhotoReading(faces=(), message=service.NO_FACE, width=10, height=10)
    with pytest.raises(NoFaceError, match=r"or name the emotion yourself\.$"):
        service.start_of(reading)


def test_the_words_that_were_read_are_said() -> None:
    start = service.find_start(text="molto stanca, un po' triste")
    assert start.messages == ("Read from your words: stanca, triste.",)


def test_recommending_loads_no_tensorflow_and_no_pandas(tmp_path: Path) -> None:
    """In a process of its own, over a release on disk, from files to playlist."""
    synthetic.write_release(tmp_path)
    program = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from affetto import settings\n"
        "settings.BUNDLED_DIR = Path(sys.argv[1])\n"  # before anything reads it
        "from affetto import recommend\n"
        "tracks = len(recommend(emotion='sad', n=5))\n"
        "heavy = {'tensorflow', 'keras', 'pandas', 'sklearn', 'streamlit'} & set(sys.modules)\n"
        "print(json.dumps([tracks, sorted(heavy)]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout) == [5, []]
