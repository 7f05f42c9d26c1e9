"""Figures show the data that they were given, and nothing else."""

from __future__ import annotations

import pytest

from affetto import plots
from affetto.emotions import EMOTION_MOODS, EMOTIONS, Mood
from affetto.errors import InputError
from affetto.music.playlists import Playlist, Suggestion
from affetto.music.tracks import Track
from affetto.plots import (
    PlaneWords,
    journey_plane,
    mood_picker,
    mood_timeline,
    percent,
    probability_bars,
)

SAD, GLAD = Mood(-0.6, -0.2), Mood(0.8, 0.4)


def _playlist(*moods: Mood | None, path: tuple[Mood, ...]) -> Playlist:
    tracks = (
        Track(track_id=f"{k:022d}", title=f"Song <{k}>", artists=("Someone",), mood=mood)
        for k, mood in enumerate(moods)
    )
    steps = zip(tracks, path, strict=True)
    return Playlist(
        emotion="sad",
        confidence=None,
        mood=SAD,
        goal="lift",
        journey=path,
        tracks=tuple(Suggestion(track, wanted, "because") for track, wanted in steps),
    )


def _trace(figure, name: str):
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


def test_the_journey_draws_the_path_and_each_track_whose_mood_is_known() -> None:
    path = (SAD, Mood(0.1, 0.1), GLAD)
    figure = journey_plane(_playlist(Mood(-0.5, -0.3), None, Mood(0.7, 0.5), path=path))
    assert list(_trace(figure, "path").x) == [-0.6, 0.1, 0.8]
    assert list(_trace(figure, "path").y) == [-0.2, 0.1, 0.4]
    tracks = _trace(figure, "tracks")
    assert list(zip(tracks.x, tracks.y, strict=True)) == [(-0.5, -0.3), (0.7, 0.5)]
    assert [tuple(data) for data in tracks.customdata] == [(0, f"{0:022d}"), (2, f"{2:022d}")]
    assert tracks.text[1].startswith("3. Song ‹2›")  # no markup of a title's own


def test_both_ends_are_named_only_where_they_are_two_places() -> None:
    words = PlaneWords(you="tu", goal="meta")
    away = journey_plane(_playlist(None, None, path=(SAD, GLAD)), words=words)
    here = journey_plane(_playlist(None, None, path=(SAD, SAD)), words=words)
    assert {"<b>tu</b>", "<b>meta</b>"} <= {note.text for note in away.layout.annotations}
    assert "<b>meta</b>" not in {note.text for note in here.layout.annotations}


@pytest.mark.parametrize(
    ("start", "songs", "shift"),
    [
        (Mood(0, 0), [], (0, 22)),
        (Mood(0, 0), [Mood(0.05, 0.15)], (0, -22)),
        (Mood(0, 0), [Mood(0.05, 0.15), Mood(-0.05, -0.12)], (34, 0)),
        (Mood(0, 0), [Mood(0, 0.1), Mood(0, -0.1), Mood(0.2, 0), Mood(-0.2, 0)], (0, 22)),
        (Mood(0.9, 0.9), [Mood(0.9, 0.76)], (-34, 0)),  # above and to the right is no room
    ],
)
def test_the_word_of_an_end_stands_where_the_fewest_songs_are(
    start: Mood, songs: list[Mood], shift: tuple[int, int]
) -> None:
    (note,) = plots._end_words([(start, "you")], songs, PlaneWords())
    assert (note["xshift"], note["yshift"]) == shift


def test_no_end_has_its_word_on_another_word() -> None:
    """Two ends beside each other, one below "← unpleasant" and one below "disgust"."""
    low = Mood(-0.75, -0.1)
    (unpleasant,) = plots._end_words([(low, "you")], [], PlaneWords())
    assert (unpleasant["xshift"], unpleasant["yshift"]) == (0, -22)
    one, other = plots._end_words(
        [(Mood(0, 0.5), "you"), (Mood(0, 0.45), "goal")], [], PlaneWords()
    )
    assert (one["yshift"], other["yshift"]) == (22, -22)
    disgust = EMOTION_MOODS["disgust"]
    under = Mood(disgust.valence, disgust.arousal - 0.21)
    (note,) = plots._end_words([(under, "you")], [], PlaneWords())
    assert (note["xshift"], note["yshift"]) == (0, -22)


def test_an_emotion_under_an_end_has_no_word_of_its_own() -> None:
    """Ends 0.1 from "happy" and on "sad"; the other five keep their words."""
    happy, sad = EMOTION_MOODS["happy"], EMOTION_MOODS["sad"]
    path = (Mood(happy.valence - 0.1, happy.arousal), sad)
    words = _trace(journey_plane(_playlist(None, None, path=path)), "emotions").text
    assert [word or "–" for word in words] == [
        "–" if name in ("happy", "sad") else name for name in EMOTIONS
    ]


def test_a_picked_point_leaves_the_others_as_faint_as_they_are() -> None:
    for trace in mood_picker().data:
        if "markers" in trace.mode:
            assert trace.unselected.marker.opacity == (trace.marker.opacity or 1)


def test_a_chosen_song_fades_nothing_else() -> None:
    plane = journey_plane(_playlist(Mood(-0.5, -0.3), Mood(0.7, 0.5), path=(SAD, GLAD)))
    for trace in plane.data:
        if "markers" in trace.mode:
            assert trace.unselected.marker.opacity == 1
        if "text" in trace.mode:
            assert trace.unselected.textfont.color == trace.textfont.color


def test_every_tenth_of_the_plane_can_be_picked() -> None:
    points = _trace(mood_picker(), "points")
    assert len(points.x) == 21 * 21
    assert set(points.x) == set(points.y) == {k / 10 for k in range(-10, 11)}


def test_bars_stand_in_order_with_their_numbers() -> None:
    shares = dict(zip(EMOTIONS, (0.5, 0.0, 0.3, 0.1, 0.05, 0.045, 0.005), strict=True))
    (bar,) = probability_bars(shares).data
    assert bar.y[-1] == "angry"  # the last of a horizontal chart stands on top
    assert list(bar.x) == sorted(shares.values())
    assert bar.text[-1] == "50%"


def test_bars_refuse_other_than_the_seven() -> None:
    with pytest.raises(InputError, match="seven emotions"):
        probability_bars({"happy": 1.0})


def test_a_timeline_has_a_line_for_each_axis() -> None:
    times = ["2026-01-01T10:00:00+00:00", "2026-01-01T11:00:00+00:00"]
    pleasant, lively = mood_timeline(times, [SAD, GLAD], words=("pleasant", "lively")).data
    assert (list(pleasant.y), list(lively.y)) == ([-0.6, 0.8], [-0.2, 0.4])


@pytest.mark.parametrize(
    ("times", "day_told", "covered"),
    [
        (["2026-11-29T10:00:00", "2026-11-29T10:00:01"], False, 31),
        (["2026-11-29T10:00:00", "2026-11-29T18:00:00"], False, None),
        (["2026-11-27T10:00:00", "2026-11-29T10:00:00"], True, None),
    ],
)
def test_a_timeline_tells_moments_apart(
    times: list[str], day_told: bool, covered: int | None
) -> None:
    axis = mood_timeline(times, [Mood(0, 0), Mood(0.5, 0.5)], words=("a", "b")).layout.xaxis
    assert ("%d" in axis.tickformatstops[0].value) == day_told
    if covered is not None:
        start, end = axis.range
        assert (end - start).total_seconds() == covered


@pytest.mark.parametrize(
    ("share", "said"),
    [(0, "0%"), (0.004, "<1%"), (0.01, "1%"), (0.345, "34%"), (0.996, ">99%"), (1, "100%")],
)
def test_a_percentage_never_claims_a_certainty_that_is_none(share: float, said: str) -> None:
    assert percent(share) == said
