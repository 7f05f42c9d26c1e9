"""The address and the saved file bring everything back that is not a photo."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from streamlit.testing.v1 import AppTest

from affetto.emotions import EMOTIONS, Mood
from affetto.errors import InputError
from affetto.recommend.journey import GOALS
from affetto.recommend.request import Start
from app import links
from app.language import messages
from app.links import read_address, write
from app.saves import load, save
from app.state import MoodNote, Scene, Session, Wishes
from tests.app.helpers import html, open_memory, track_ids, verdict
from tests.conftest import APP
from tests.photographs import photograph

HUNDREDTHS = some.integers(-100, 100).map(lambda k: k / 100)
IDS = some.lists(some.from_regex(r"[0-9A-Za-z]{22}", fullmatch=True), unique=True, max_size=3)
ID = some.from_regex(r"[0-9A-Za-z]{22}", fullmatch=True)
STAYING = some.just(()) | some.tuples(some.lists(some.just("") | ID, max_size=3), ID).map(
    lambda ids: (*ids[0], ids[1])
)
WISHES = some.builds(
    Wishes,
    start=some.builds(
        Start,
        mood=some.builds(Mood, HUNDREDTHS, HUNDREDTHS),
        emotion=some.none() | some.sampled_from(EMOTIONS),
    ),
    goal=some.none() | some.sampled_from(GOALS),
    n=some.integers(1, 100),
    genres=some.sampled_from([(), ("jazz",), ("r&b", "house & techno")]),
    year_from=some.none() | some.integers(1900, 1990),
    year_to=some.none() | some.integers(1991, 2030),
    clean=some.booleans(),
    languages=some.sampled_from([(), ("es",), ("zxx", "it")]),
    unknown_language=some.booleans(),
    familiar=some.sampled_from([-1.0, -0.25, 0.0, 0.5, 1.0]),
    liked=IDS.map(tuple),
    disliked=IDS.map(tuple),
    more_like=IDS.map(tuple),
    skipped=IDS.map(tuple),
    kept=STAYING.filter(lambda ids: len(set(ids) - {""}) == sum(map(bool, ids))),
    seed=some.integers(0, 1000),
)


@settings(deadline=None)  # a busy machine is no fault
@given(WISHES)
def test_an_address_says_all_that_the_wishes_say(wishes: Wishes) -> None:
    assert read_address(write(wishes)) == wishes


@pytest.mark.parametrize(
    "address",
    [
        {"goal": "calm"},
        {"mood": "2,0"},
        {"mood": "nan,0"},
        {"mood": "<script>"},
        {"emotion": "hangry"},
        {"emotion": ""},
        {},
    ],
)
def test_an_address_without_a_start_that_makes_sense_starts_nothing(
    address: dict[str, str],
) -> None:
    assert read_address(address) is None


@pytest.mark.parametrize(
    "nonsense",
    [
        {"n": "0"},
        {"n": "-3"},
        {"n": "many"},
        {"from": "1999", "to": "1980"},
        {"from": "nineteen"},
        {"sung": "klingon"},
        {"familiar": "very"},
        {"familiar": "nan"},
        {"seed": "seven"},
        {"genre": "zzz"},
        {"goal": "fly"},
    ],
    ids=str,
)
def test_one_bad_word_in_an_address_costs_no_more_than_itself(nonsense: dict[str, str]) -> None:
    told = {"emotion": "sad", "clean": "1"}
    assert read_address(told | nonsense) == read_address(told)


def test_what_is_not_ours_in_an_address_is_left_out() -> None:
    wishes = read_address(
        {"emotion": "sad", "goal": "explode", "genre": "jazz|nope", "like": "x.y", "seed": "-3"}
    )
    assert wishes == Wishes(start=Start.from_emotion("sad"), genres=("jazz",))


def test_a_link_opens_where_it_was_copied() -> None:
    first = AppTest.from_file(APP, default_timeout=120)
    first.query_params["emotion"] = "sad"
    first.query_params["goal"] = "energise"
    first.query_params["n"] = "5"
    first.run()
    assert not first.exception
    assert verdict(first) == "This list starts from feeling sad."
    assert len(track_ids(first)) == 5
    second = AppTest.from_file(APP, default_timeout=120)
    for name, values in first.query_params.items():
        second.query_params[name] = values
    second.run()
    assert track_ids(second) == track_ids(first)


def test_a_link_that_was_just_opened_has_nothing_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    def can_undo() -> bool:
        return "undo" in {button.key for button in page.button}

    page = AppTest.from_file(APP, default_timeout=120)
    page.query_params["emotion"] = "sad"
    page.run()
    linked = track_ids(page)
    assert not can_undo()
    page.button(key="shuffle").click().run()
    assert track_ids(page) != linked
    page.button(key="undo").click().run()
    assert track_ids(page) == linked
    assert not can_undo()
    monkeypatch.setattr(links, "went_back", lambda: True)
    page.query_params.clear()
    page.run()
    assert track_ids(page) == []
    assert page.segmented_control(key="entry")


def test_the_address_never_holds_the_photos_emotion(app: AppTest, upload) -> None:
    upload(app, photograph("astronaut"))
    assert set(app.query_params) == {"mood", "goal"}


@pytest.mark.parametrize("way", ["photo", "words"])
def test_the_address_of_any_start_brings_the_same_songs(app: AppTest, upload, way: str) -> None:
    """A reload, or somebody else's browser; and it claims nothing that nobody did."""
    if way == "photo":
        upload(app, photograph("astronaut"))
    else:
        app.segmented_control(key="entry").set_value("words").run()
        app.text_input(key="sentence").set_value("very stressed")
        app.button(key="words_go").click().run()
    again = AppTest.from_file(APP, default_timeout=120)
    for name, values in app.query_params.items():
        again.query_params[name] = values
    again.run()
    assert len(track_ids(app)) == 20
    assert track_ids(again) == track_ids(app)
    told = messages("en")["page"]["told.link"]
    assert told in html(again)
    assert "You feel" not in html(again)
    assert messages("en")["page"]["told.mood"] not in html(again)


def test_back_to_the_bare_address_is_back_to_the_beginning(
    app: AppTest, upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(app, photograph("astronaut"))
    address, before = dict(app.query_params), track_ids(app)
    monkeypatch.setattr(links, "went_back", lambda: True)
    app.query_params.clear()
    app.run()
    assert track_ids(app) == []
    assert app.segmented_control(key="entry")
    for name, value in address.items():  # and forward again
        app.query_params[name] = value
    app.run()
    assert track_ids(app) == before
    assert verdict(app) == "This face looks happy."


def test_a_click_that_crosses_a_new_address_takes_nothing_back(app: AppTest, upload) -> None:
    """The browser names the address before, however late, because ours is still on its way."""
    upload(app, photograph("astronaut"))
    before, address = track_ids(app), dict(app.query_params)
    app.query_params.clear()
    app.button(key="again").click().run()  # changes nothing that stands in the address
    assert track_ids(app) == before
    assert dict(app.query_params) == address
    app.query_params.clear()
    app.segmented_control(key="goal").set_value("calm").run()
    assert "calm" in app.query_params["goal"]
    assert track_ids(app) != before


def test_a_language_that_is_not_the_browsers_stands_in_the_address(app: AppTest) -> None:
    app.segmented_control(key="language").set_value("it").run()
    assert "it" in app.query_params["lang"]
    again = AppTest.from_file(APP, default_timeout=120)
    again.query_params["lang"], again.query_params["emotion"] = "it", "sad"
    again.run()
    assert "it" in again.query_params["lang"]
    assert len(track_ids(again)) == 20
    again.segmented_control(key="language").set_value("en").run()
    assert "lang" not in again.query_params


def test_the_page_on_trust_keeps_the_music_for_a_reload() -> None:
    page = AppTest.from_file(APP, default_timeout=120)
    page.query_params["emotion"] = "sad"
    page.run()
    (link,) = page.get("page_link")
    assert "emotion=sad" in link.proto.query_string


def test_an_address_from_before_brings_the_photo_back_as_well(
    app: AppTest, upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the back button does: the browser shows the address of an earlier moment."""
    upload(app, photograph("astronaut"))
    happy, before = dict(app.query_params), track_ids(app)
    app.pills(key="correction").set_value("sad").run()
    sad, after = dict(app.query_params), track_ids(app)
    monkeypatch.setattr(links, "went_back", lambda: True)
    for address, said, ids in (
        (happy, "This face looks happy.", before),
        (sad, "You say you are sad.", after),
    ):
        app.query_params.clear()
        for name, value in address.items():
            app.query_params[name] = value
        app.run()
        assert verdict(app) == said
        assert track_ids(app) == ids


def test_a_saved_session_comes_back(app: AppTest, upload) -> None:
    upload(app, photograph("astronaut"))
    app.pills(key="correction").set_value("sad").run()
    app.button(key="shuffle").click().run()
    saved = save(app.session_state["affetto"])
    other = open_memory(AppTest.from_file(APP, default_timeout=120).run())
    other.file_uploader[-1].set_value(("s.json", saved.encode(), "application/json")).run()
    assert not other.exception
    assert track_ids(other) == track_ids(app)
    assert verdict(other) == "This list starts from feeling sad."
    assert [note.emotion for note in other.session_state["affetto"].moods] == ["happy", "sad"]


def test_a_saved_session_holds_no_photo(app: AppTest, upload) -> None:
    upload(app, photograph("astronaut"))
    saved = json.loads(save(app.session_state["affetto"]))
    assert set(saved) == {"affetto_session", "wishes", "moods"}
    assert len(json.dumps(saved)) < 1000


@pytest.mark.parametrize(
    "data",
    [b"", b"{}", b"[]", b"\xff\xfe", b'{"affetto_session": 2}', b"x" * 2_000_000,
     b'{"affetto_session": 1, "wishes": {}, "moods": [{"when": "never"}]}',
     b'{"affetto_session": 1, "wishes": {"goal": "calm"}, "moods": []}',
     b"[" * 200_000, b'{"affetto_session": 1, "wishes": {}, "moods": ' + b"[" * 200_000],
    ids=lambda data: data[:60],
)  # fmt: skip
def test_another_file_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(InputError, match="not a session that Affetto saved"):
        load(data)


@pytest.mark.parametrize(
    "when",
    ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00", "9999-12-31T23:59:59+00:00",
     "9999-12-31T23:59:59-12:00"],
)  # fmt: skip
def test_a_moment_that_some_clock_cannot_show_is_refused(when: str) -> None:
    note = {"when": when, "mood": [0.1, 0.2], "emotion": None, "way": "mood"}
    saved = json.dumps({"affetto_session": 1, "wishes": {}, "moods": [note]})
    with pytest.raises(InputError, match="not a session that Affetto saved"):
        load(saved.encode())


def test_a_mood_named_after_a_link_is_saved_and_comes_back() -> None:
    session = Session()
    session.restore(Wishes(start=Start.from_emotion("sad")))
    session.correct("happy")
    assert [(note.emotion, note.way) for note in session.moods] == [("happy", "emotion")]
    _, moods = load(save(session).encode())
    assert moods == session.moods
    earlier = save(session).replace('"way": "emotion"', '"way": "link"')  # as it was written once
    assert [note.way for note in load(earlier.encode())[1]] == ["link"]


def test_a_file_keeps_more_songs_than_an_address_and_both_the_latest() -> None:
    ids = tuple(f"{k:022d}" for k in range(1200))
    wishes = Wishes(start=Start.from_emotion("sad"), liked=ids, skipped=ids[:60])
    told = read_address(write(wishes))
    assert (told.liked, told.skipped) == (ids[-50:], ids[10:60])
    kept, _ = load(save(Session(scene=Scene(wishes=wishes))).encode())
    assert (kept.liked, kept.skipped) == (ids[-1000:], ids[:60])


def test_a_refused_file_changes_nothing(app: AppTest, upload) -> None:
    upload(app, photograph("astronaut"))
    before = track_ids(app)
    open_memory(app).file_uploader[-1].set_value(("s.json", b"{}", "application/json")).run()
    assert not app.exception
    assert len(app.warning) == 1
    assert track_ids(app) == before


def test_moods_survive_the_round_trip() -> None:
    note = MoodNote("2026-01-02T03:04:05+00:00", Mood(0.25, -0.5), "sad", "camera")
    session = Session(moods=[note, note])
    assert load(save(session).encode()) == (None, [note, note])
