"""What a listener does with the list: filters, likes, replacing, shuffling, undo, taking along."""

from __future__ import annotations

import re
from html import escape

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from affetto.recommend.released import load_released
from tests.app.helpers import SONGS, do, html, open_memory, send, song_rows, track_ids


@pytest.fixture
def sad(app: AppTest) -> AppTest:
    """The page of somebody who said they are sad."""
    app.segmented_control(key="entry").set_value("emotion").run()
    return app.pills(key="emotion_0").set_value("sad").run()


def facts(ids: list[str]):
    catalogue = load_released().catalogue
    return catalogue.tracks(catalogue.find(ids)[0])


def test_the_length_is_as_chosen(sad: AppTest) -> None:
    sad.select_slider(key="filter_n").set_value(5).run()
    assert len(track_ids(sad)) == 5


def test_a_genre_filter_holds_for_every_song(sad: AppTest) -> None:
    sad.multiselect(key="filter_genres").set_value(["jazz", "blues"]).run()
    assert len(track_ids(sad)) == 20
    assert all({"jazz", "blues"} & set(track.genres) for track in facts(track_ids(sad)))


def test_an_era_holds_for_every_song(sad: AppTest) -> None:
    sad.selectbox(key="filter_era").set_value((1990, 1999)).run()
    assert len(track_ids(sad)) == 20
    assert all(1990 <= track.year <= 1999 for track in facts(track_ids(sad)))


def test_a_lean_to_the_known_is_heard_in_the_list(sad: AppTest) -> None:
    """Popularity counts the playlists that hold a song."""

    def median_fame() -> float:
        catalogue = load_released().catalogue
        return float(np.median(catalogue.popularity[catalogue.find(track_ids(sad))[0]]))

    sad.select_slider(key="filter_familiar").set_value(-1.0).run()
    rare = median_fame()
    sad.select_slider(key="filter_familiar").set_value(1.0).run()
    assert median_fame() > 2 * rare
    assert sad.query_params["familiar"] == "1"


def test_a_language_filter_holds_for_every_song(sad: AppTest) -> None:
    if not load_released().catalogue.languages:
        assert "filter_languages" not in [box.key for box in sad.multiselect]
        return  # a vocabulary from before languages were read: the choice is not offered
    sad.multiselect(key="filter_languages").set_value(["es"]).run()
    assert len(track_ids(sad)) == 20
    assert {track.language for track in facts(track_ids(sad))} == {"es"}
    sad.toggle(key="filter_unknown_language").set_value(True).run()
    assert {track.language for track in facts(track_ids(sad))} <= {"es", None}


def test_no_explicit_words_means_known_to_be_clean(sad: AppTest) -> None:
    sad.toggle(key="filter_clean").set_value(True).run()
    assert len(track_ids(sad)) == 20
    assert all(track.explicit is False for track in facts(track_ids(sad)))


def test_filters_that_leave_nothing_say_which_to_loosen_and_undo_brings_the_list_back(
    sad: AppTest,
) -> None:
    before = track_ids(sad)
    sad.multiselect(key="filter_genres").set_value(["k-pop"]).run()
    sad.toggle(key="filter_clean").set_value(True).run()
    sad.selectbox(key="filter_era").set_value((None, 1979)).run()
    assert not sad.exception
    assert track_ids(sad) == []
    assert "loosen" in sad.warning[0].value
    for _ in range(3):
        sad.button(key="undo").click().run()
    assert track_ids(sad) == before


def test_shuffle_gives_another_list_and_undo_the_old_one(sad: AppTest) -> None:
    before = track_ids(sad)
    sad.button(key="shuffle").click().run()
    assert len(track_ids(sad)) == 20
    assert track_ids(sad) != before
    sad.button(key="undo").click().run()
    assert track_ids(sad) == before


def test_what_is_not_for_me_goes_and_stays_away(sad: AppTest) -> None:
    first = track_ids(sad)[0]
    do(sad, first, "disliked")
    assert first not in track_ids(sad)
    sad.button(key="shuffle").click().run()
    assert first not in track_ids(sad)


def test_a_like_changes_only_what_comes_after_it(sad: AppTest) -> None:
    before = track_ids(sad)
    do(sad, before[9], "liked")
    after = track_ids(sad)
    assert after[:10] == before[:10]
    assert after[10:] != before[10:]
    do(sad, after[3], "liked")  # the one below stays where it is
    assert track_ids(sad)[:4] == before[:4]
    assert track_ids(sad)[9] == before[9]


def test_a_dislike_changes_only_what_comes_after_it_and_no_liked_song(sad: AppTest) -> None:
    do(sad, track_ids(sad)[15], "liked")
    before = track_ids(sad)
    do(sad, before[8], "disliked")
    after = track_ids(sad)
    assert before[8] not in after
    assert (after[:8], after[15]) == (before[:8], before[15])
    sad.button(key="undo").click().run()
    assert track_ids(sad) == before


@pytest.mark.parametrize("how", ["liked", "disliked"])
def test_the_song_that_is_heard_plays_on_while_others_are_exchanged(sad: AppTest, how: str) -> None:
    ids = track_ids(sad)
    do(sad, ids[12], "play")
    do(sad, ids[3], how)
    after = track_ids(sad)
    assert after[12] == ids[12]
    assert after[4:] != ids[4:]
    assert f"/embed/track/{ids[12]}" in html(sad)


def test_disliking_the_song_that_is_heard_closes_its_player_for_good(sad: AppTest) -> None:
    ids = track_ids(sad)
    do(sad, ids[12], "play")
    do(sad, ids[12], "disliked")
    assert ids[12] not in track_ids(sad)
    sad.button(key="undo").click().run()
    assert track_ids(sad) == ids
    assert "/embed/track/" not in html(sad)


def test_taking_back_a_dislike_leaves_the_song_that_is_heard(sad: AppTest) -> None:
    """The song that was disliked is in the list no more, so that nothing stands before it."""
    disliked = track_ids(sad)[3]
    do(sad, disliked, "disliked")
    ids = track_ids(sad)
    do(sad, ids[12], "play")
    sad.session_state["affetto"].mark(disliked, "disliked")
    assert sad.session_state["affetto"].wishes.disliked == ()
    sad.run()
    after = track_ids(sad)
    assert (after[:3], after[12]) == (ids[:3], ids[12])


def test_another_goal_makes_the_whole_list_anew(sad: AppTest) -> None:
    do(sad, track_ids(sad)[19], "liked")
    assert sad.session_state["affetto"].wishes.kept
    sad.session_state["affetto"].change(goal="calm")
    assert sad.session_state["affetto"].wishes.kept == ()


def test_more_like_this_makes_it_the_measure(sad: AppTest) -> None:
    first = track_ids(sad)[0]
    (track,) = facts([first])
    do(sad, first, "more_like")
    assert first not in track_ids(sad)  # a seed is heard first, not listed again
    assert sad.session_state["affetto"].wishes.more_like == (track.track_id,)


def test_replacing_one_song_leaves_the_others(sad: AppTest) -> None:
    before = track_ids(sad)
    do(sad, before[7], "replace")
    after = track_ids(sad)
    assert after[:7] + after[8:] == before[:7] + before[8:]
    assert after[7] not in before
    do(sad, after[7], "replace")
    assert track_ids(sad)[7] not in (before[7], after[7])  # and never comes back


def test_a_like_can_be_given_and_taken_back(sad: AppTest) -> None:
    first = track_ids(sad)[0]
    do(sad, first, "liked")
    assert sad.session_state["affetto"].wishes.liked == (first,)
    assert first in track_ids(sad)
    pressed = [
        re.findall(r'data-act="liked"[^>]* aria-pressed="(\w+)"', row) for row in song_rows(sad)
    ]
    assert pressed[track_ids(sad).index(first)] == ["true"]
    assert pressed.count(["false"]) == 19
    do(sad, first, "liked")
    assert sad.session_state["affetto"].wishes.liked == ()


def test_a_song_is_in_one_of_the_listeners_lists_at_a_time(sad: AppTest) -> None:
    first, second = track_ids(sad)[:2]
    do(sad, first, "liked")
    do(sad, second, "liked")
    request = sad.session_state["affetto"].wishes.request()
    assert (request.liked, request.disliked, request.seed_tracks) == ((first, second), (), ())
    do(sad, first, "disliked")
    do(sad, second, "more_like")
    request = sad.session_state["affetto"].wishes.request()
    assert (request.liked, request.disliked, request.seed_tracks) == ((), (first,), (second,))


def test_every_song_says_who_when_why_and_whether_it_is_explicit(sad: AppTest) -> None:
    sad.multiselect(key="filter_genres").set_value(["hip-hop"]).run()
    steps = list(sad.session_state["affetto"].playlist())
    for row, step in zip(song_rows(sad), steps, strict=True):
        assert f">{escape(step.track.title)}</a>" in row
        assert f'<p class="reason">{escape(step.reason)}</p>' in row
        (told,) = re.findall(r'<p class="facts">(.*?)</p>', row)
        who, *others = told.split(" · ")
        assert who == escape(step.track.artist_line)
        assert (str(step.track.year) in others) == bool(step.track.year)
        assert ('<abbr title="Explicit' in told) == bool(step.track.explicit)
    assert {bool(step.track.explicit) for step in steps} == {True, False}


def test_the_player_opens_for_one_song_at_a_time(sad: AppTest) -> None:
    first, second = track_ids(sad)[:2]
    assert "<iframe" not in html(sad)  # nothing of Spotify's is loaded before it is asked for
    do(sad, first, "play")
    do(sad, second, "play")
    assert re.findall(r'<iframe src="(.+?)"', html(sad)) == [
        f"https://open.spotify.com/embed/track/{second}"
    ]
    do(sad, second, "play")
    assert "<iframe" not in html(sad)


@pytest.mark.parametrize(
    "told", [["explode", "0" * 22], ["liked", "<script>"], ["replace", "0" * 22]]
)
def test_a_browser_that_says_nonsense_changes_nothing(sad: AppTest, told: list[str]) -> None:
    before = track_ids(sad)
    do(sad, told[1], told[0])
    assert not sad.exception
    assert track_ids(sad) == before
    assert sad.session_state["affetto"].wishes.liked == ()


@pytest.mark.parametrize("told", [5, "play", ["play"], ["play", 5], ["liked", None], {}, []])
def test_a_browser_that_says_something_else_is_passed_over(sad: AppTest, told: object) -> None:
    before = html(sad)
    send(sad, SONGS, "act", told)
    assert not sad.exception
    assert html(sad) == before


def test_the_list_can_be_taken_along(sad: AppTest) -> None:
    assert len(sad.code) == len(sad.download_button) == 0  # nobody waits for what is folded away
    sad.session_state["keep"] = True
    ids = track_ids(sad.run())
    links, text = (block.value for block in sad.code)
    assert [link.rsplit("/", 1)[1] for link in links.splitlines()] == ids
    assert [line.rsplit("/", 1)[1] for line in text.splitlines() if "/track/" in line] == ids
    assert {button.label for button in sad.download_button} >= {
        "For a player (M3U)",
        "For a spreadsheet (CSV)",
    }


def test_a_goal_of_ones_own_survives_a_filter(sad: AppTest) -> None:
    sad.segmented_control(key="goal").set_value("energise").run()
    sad.select_slider(key="filter_n").set_value(10).run()
    assert sad.segmented_control(key="goal").value == "energise"
    assert "10 songs to wake you up" in html(sad)


def test_marked_songs_are_listed_and_can_be_taken_back(sad: AppTest) -> None:
    """Unknown ids, as an old link may hold them, are not shown and stay as they are."""
    liked, refused = track_ids(sad)[2], track_ids(sad)[5]
    session = sad.session_state["affetto"]
    session.change(liked=("x" * 22,))
    do(do(sad, liked, "liked"), refused, "disliked")
    open_memory(sad)
    assert {pill.key: pill.value for pill in sad.pills if pill.key.startswith("marked")} == {
        "marked_liked": [liked],
        "marked_disliked": [refused],
    }
    assert refused not in track_ids(sad)
    sad.pills(key="marked_disliked").set_value([]).run()
    assert session.wishes.disliked == ()
    sad.pills(key="marked_liked").set_value([]).run()
    assert session.wishes.liked == ("x" * 22,)
    assert not [pill for pill in sad.pills if pill.key.startswith("marked")]


def test_genres_are_named_in_the_page_s_language(sad: AppTest) -> None:
    """And stand in its order; what is chosen is the same genre."""
    sad.segmented_control(key="language").set_value("it").run()
    names = sad.multiselect(key="filter_genres").options
    assert {"classica", "colonne sonore", "jazz"} <= set(names)
    assert names == sorted(names)
    sad.multiselect(key="filter_genres").set_value(["classical"]).run()
    assert len(track_ids(sad)) == 20
    assert all("classical" in track.genres for track in facts(track_ids(sad)))


def test_one_song_is_told_as_one(sad: AppTest) -> None:
    sad.session_state["affetto"].change(n=1)
    sad.run()
    assert len(track_ids(sad)) == 1
    assert "One song fits" in html(sad)
