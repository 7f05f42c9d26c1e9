from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from affetto.emotions import Mood
from affetto.errors import InputError
from affetto.music.playlists import FORMATS, Playlist, Suggestion, parse_format
from affetto.music.tracks import Track

HERE, THERE = Mood(-0.5, 0.0), Mood(0.0, 0.0)


def _playlist(**changes: object) -> Playlist:
    known = Track(
        track_id="a" * 22, title='Say "Hi",\nBen', artists=("Ann", "Ben"), mood=Mood(-0.5, 0.3)
    )
    unknown = Track(track_id="b" * 22, title="Caffè", artists=("Cleo",), year=1999)
    whole = {
        "emotion": "sad",
        "confidence": 0.61234,
        "mood": HERE,
        "goal": "lift",
        "journey": (HERE, THERE),
        "tracks": (Suggestion(known, HERE, "Why"), Suggestion(unknown, THERE, "Mood unknown")),
        "messages": ("Something.",),
    }
    return Playlist(**{**whole, **changes})


def test_the_json_has_the_words_of_the_contract() -> None:
    answer = _playlist().to_dict()
    assert answer["emotion"] == "sad"
    assert answer["confidence"] == 0.6123
    assert answer["mood"] == [-0.5, 0.0]
    assert answer["goal"] == "lift"
    assert answer["journey"] == [[-0.5, 0.0], [0.0, 0.0]]
    assert answer["tracks"][0] == {
        "track_id": "a" * 22,
        "title": 'Say "Hi",\nBen',
        "artists": ["Ann", "Ben"],
        "url": "https://open.spotify.com/track/" + "a" * 22,
        "valence": -0.5,
        "arousal": 0.3,
        "reason": "Why",
    }
    assert answer["tracks"][1]["valence"] is None
    assert answer["messages"] == ["Something."]
    assert json.loads(_playlist().to_json()) == answer


def test_the_mean_distance_is_over_tracks_of_known_mood() -> None:
    # (-0.5, 0.3) lies 0.3 from its step (-0.5, 0); the other track's mood is unknown
    assert _playlist().mean_distance == pytest.approx(0.3)
    assert _playlist().to_dict()["mean_distance"] == 0.3
    lone = _playlist().tracks[1]
    assert _playlist(journey=(THERE,), tracks=(lone,)).mean_distance is None


def test_a_free_goal_is_a_point_in_json_and_title() -> None:
    playlist = _playlist(goal=Mood(0.5, -0.25), emotion=None)
    assert playlist.to_dict()["goal"] == [0.5, -0.25]
    assert playlist.title == "Affetto: (-0.50, +0.00), to (+0.50, -0.25)"


def test_steps_and_tracks_must_match() -> None:
    with pytest.raises(ValueError, match="1 steps for 2 tracks"):
        _playlist(journey=(HERE,))
    with pytest.raises(ValueError, match="0 steps for 0 tracks"):
        _playlist(journey=(), tracks=())


def test_m3u_has_one_line_for_each_fact_even_with_a_line_break_in_a_title() -> None:
    assert _playlist().to_m3u().splitlines() == [
        "#EXTM3U",
        "#PLAYLIST:Affetto: sad, lift",
        '#EXTINF:-1,Ann, Ben - Say "Hi", Ben',
        "https://open.spotify.com/track/" + "a" * 22,
        "#EXTINF:-1,Cleo - Caffè",
        "https://open.spotify.com/track/" + "b" * 22,
    ]


def test_csv_reads_back() -> None:
    rows = list(csv.DictReader(io.StringIO(_playlist().to_csv())))
    assert [row["position"] for row in rows] == ["1", "2"]
    assert rows[0]["title"] == 'Say "Hi",\nBen'
    assert rows[0]["artists"] == "Ann; Ben"
    assert (rows[0]["valence"], rows[0]["wanted_arousal"]) == ("-0.5", "0.0")
    assert (rows[1]["year"], rows[1]["valence"]) == ("1999", "")


def test_text_can_be_pasted() -> None:
    assert "2. Cleo - Caffè  https://open.spotify.com/track/" in _playlist().to_text()


@pytest.mark.parametrize("ending", FORMATS)
def test_saving_writes_what_the_format_says(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"list.{ending.upper()}"
    _playlist().save(path)
    assert path.read_bytes().decode("utf-8") == _playlist().to_format(ending)
    assert os.listdir(tmp_path) == [path.name]  # no temporary file is left


def test_saving_replaces_an_older_list_whole(tmp_path: Path) -> None:
    path = tmp_path / "list.m3u"
    path.write_text("x" * 10_000)
    _playlist().save(path)
    assert path.read_text(encoding="utf-8") == _playlist().to_m3u()


def test_a_failed_save_leaves_the_old_list_and_no_crumbs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "list.m3u"
    path.write_text("old")

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full_disk)
    with pytest.raises(InputError, match="No space left on device"):
        _playlist().save(path)
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["list.m3u"]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        (".", "is a folder; name a file in it"),
        ("list.mp3", r"can't write the ending \.mp3; use \.m3u"),
        ("list", "can't write a file without an ending"),
        ("missing/list.m3u", "does not exist; make it"),
        ("file/list.m3u", "is not a folder; make it"),
    ],
)
def test_a_place_that_cannot_be_written_is_told(name: str, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=sentence):
        _playlist().save(tmp_path / name)


def test_formats_are_known_with_and_without_a_dot() -> None:
    assert parse_format(".M3U") == parse_format("m3u") == "m3u"
