"""The listener's main path: a photo, what we see, what they want, twenty songs to play."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageStat
from streamlit.testing.v1 import AppTest

from affetto.emotions import EMOTIONS
from affetto.recommend.journey import GOALS
from affetto.recommend.released import load_released
from app import photos
from app.photos import sample_photo
from app.views.reading import bars
from tests.app.helpers import html, track_ids, verdict
from tests.photographs import encode, photograph, picture

Upload = Callable[..., AppTest]


@pytest.fixture
def seen(app: AppTest, upload: Upload) -> AppTest:
    """The page after the astronaut's photo was uploaded."""
    return upload(app, photograph("astronaut"))


def test_the_first_page_tells_what_happens_to_a_photo_before_one_is_taken(app: AppTest) -> None:
    assert not app.exception
    assert "Your photo is never saved" in html(app)
    assert app.file_uploader[0].allowed_type == [".jpg", ".jpeg", ".png", ".webp"]


def test_a_photo_gives_a_verdict_seven_probabilities_and_twenty_links(seen: AppTest) -> None:
    assert not seen.exception
    assert verdict(seen) == "This face looks happy."
    shares = [float(share) for share in re.findall(r"<data value='([\d.]+)'", html(seen))]
    assert len(shares) == len(EMOTIONS)
    assert sum(shares) == pytest.approx(1, abs=7 * 0.00005)  # each is rounded to four digits
    ids = track_ids(seen)
    assert len(ids) == len(set(ids)) == 20
    assert load_released().catalogue.find(ids)[1] == []  # no stranger to the vocabulary


def test_emotions_below_one_percent_share_a_row(seen: AppTest) -> None:
    """The astronaut is happy by more than 99 %, so that six rows would say next to nothing."""
    (found,) = re.findall(r'<ul class="bars".*?</ul>', html(seen))
    rows = [re.sub(r"<[^>]+>", "", row) for row in re.findall(r"<li.*?</li>", found)]
    assert rows[0] == "happy>99%"
    assert len(rows) == 2
    names = rows[1].removesuffix("&lt;1%").split(", ")
    assert sorted(names) == ["afraid", "angry", "disgusted", "neutral", "sad", "surprised"]


@pytest.mark.parametrize(
    ("shares", "rows"),
    [
        ({"sad": 0.98, "angry": 0.011, "happy": 0.009}, 3),  # one alone needs no company
        ({"sad": 0.99, "angry": 0.006, "happy": 0.004}, 2),
        ({"sad": 0.98, "angry": 0.01, "happy": 0.01}, 3),
    ],
)
def test_a_row_is_shared_by_two_or_more(shares: dict[str, float], rows: int) -> None:
    assert bars(shares, "").count("<li") == rows
    assert bars(shares, "", wide=True).count("<li") == 3


def test_the_photo_is_shown_with_a_box_around_the_face(seen: AppTest) -> None:
    """The picture on the page differs from the photo near the box's edge, and nowhere else."""
    session = seen.session_state["affetto"]
    shown = Image.open(io.BytesIO(session.scene.photo.jpeg(0)))
    plain = Image.open(io.BytesIO(encode(picture("astronaut"), "JPEG", quality=90)))
    assert shown.size == (512, 512)
    x, y, width, height = session.scene.photo.faces[0].box
    edge = ImageChops.difference(shown, plain).crop((x - 4, y - 4, x + 4, y + height + 4))
    middle = ImageChops.difference(shown, plain).crop(
        (x + width // 3, y + height // 3, x + 2 * width // 3, y + 2 * height // 3)
    )
    assert ImageStat.Stat(edge).mean[2] > 20
    assert max(ImageStat.Stat(middle).mean) < 4  # it was saved as JPEG twice


def test_the_map_asks_nothing_of_streamlit_that_would_have_it_drawn_again(seen: AppTest) -> None:
    """Once a chart is drawn, Streamlit adds its theme and what clicks need, in a copy of it.

    What Plotly compares by identity, a template and arrays without a revision, is another then.
    """
    (chart,) = seen.get("plotly_chart")
    layout = json.loads(chart.proto.spec)["layout"]
    assert chart.proto.theme == ""
    assert (layout["clickmode"], layout["dragmode"]) == ("event+select", "pan")
    assert layout["hovermode"] == "closest"
    assert layout["datarevision"] == 1
    assert "template" not in layout


def test_every_song_says_why_and_where_it_lies_on_the_journey(seen: AppTest) -> None:
    reasons = re.findall(r'<p class="reason">(.+?)</p>', html(seen))
    assert len(reasons) == 20
    (chart,) = seen.get("plotly_chart")
    assert "tracks" in chart.proto.spec


def test_one_click_corrects_the_emotion_and_the_music_follows(seen: AppTest) -> None:
    before = track_ids(seen)
    seen.pills(key="correction").set_value("sad").run()
    assert verdict(seen) == "You say you are sad."
    assert seen.segmented_control(key="goal").value == "lift"  # what sadness suggests
    after = track_ids(seen)
    assert len(after) == 20
    assert after != before


def test_taking_the_correction_back_brings_the_reading_back(seen: AppTest) -> None:
    before = track_ids(seen)
    seen.pills(key="correction").set_value("angry").run()
    seen.pills(key="correction").set_value(None).run()
    assert verdict(seen) == "This face looks happy."
    assert track_ids(seen) == before


@pytest.mark.parametrize("goal", GOALS)
def test_every_goal_gives_twenty_songs(seen: AppTest, goal: str) -> None:
    seen.segmented_control(key="goal").set_value(goal).run()
    assert not seen.exception
    assert len(track_ids(seen)) == 20


def test_calm_leads_to_calmer_songs_than_match(seen: AppTest) -> None:
    def mean_arousal() -> float:
        catalogue = load_released().catalogue
        items, _ = catalogue.find(track_ids(seen)[10:])  # the second half of the way
        return float(catalogue.mood[items, 1].mean())

    match = mean_arousal()
    seen.segmented_control(key="goal").set_value("calm").run()
    assert mean_arousal() < match - 0.5  # happy lies at +0.46, calm at -0.64


def test_where_the_network_looked_is_drawn_only_when_asked(seen: AppTest) -> None:
    """The astronaut smiles: it is the mouth that says so."""
    photo = seen.session_state["affetto"].scene.photo
    assert not photo._looked
    seen.session_state["where_1"] = True
    seen.run()
    assert not seen.exception
    (shown, place) = photo._looked[0]
    assert Image.open(io.BytesIO(shown)).size == (240, 240)
    assert place == "mouth"
    assert any("went most by the mouth" in note.value for note in seen.caption)


def test_of_several_faces_the_listener_chooses_one(app: AppTest, upload: Upload) -> None:
    two = Image.new("RGB", (1024, 512), "grey")
    two.paste(picture("astronaut"), (0, 0))
    two.paste(picture("astronaut").resize((400, 400)), (560, 60))
    upload(app, encode(two, "PNG"))
    choice = app.segmented_control(key="face")
    assert choice.value == 0
    left = app.session_state["affetto"].scene.photo.jpeg(0)
    choice.set_value(1).run()
    session = app.session_state["affetto"]
    assert session.scene.face == 1
    assert session.wishes.start.mood.distance(session.scene.photo.faces[1].mood) < 0.01
    scene = session.scene
    session.choose_face(len(session.scene.photo.faces))  # a late click on another photo's
    assert session.scene is scene
    assert session.scene.photo.jpeg(1) != left
    assert len(track_ids(app)) == 20


def test_faces_are_numbered_from_left_to_right_and_the_largest_comes_first(
    app: AppTest, upload: Upload, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: dict[str, float] = {}
    monkeypatch.setattr(photos, "_tag", lambda _, label, *, at, **__: drawn.update({label: at[0]}))
    two = Image.new("RGB", (1024, 512), "grey")
    two.paste(picture("astronaut").resize((400, 400)), (0, 60))
    two.paste(picture("astronaut"), (480, 0))
    upload(app, encode(two, "PNG"))
    photo = app.session_state["affetto"].scene.photo
    assert photo.faces[0].box[0] > photo.faces[1].box[0]  # the largest stands on the right
    choice = app.segmented_control(key="face")
    assert drawn["1"] < drawn["2"]
    assert (choice.value, choice.options[choice.indices[0]]) == (0, "2")
    choice.set_value(1).run()  # the smaller one, with number 1
    assert app.session_state["affetto"].scene.face == 1
    assert not app.exception


def test_the_sample_is_scikit_images_astronaut_and_one_click_away(app: AppTest) -> None:
    assert sample_photo() == photograph("astronaut")
    app.button(key="sample").click().run()
    assert verdict(app) == "This face looks happy."
    assert len(track_ids(app)) == 20


def test_a_camera_photo_goes_the_same_way(app: AppTest) -> None:
    app.segmented_control(key="entry").set_value("camera").run()
    assert "Your photo is never saved" in html(app)  # before the first capture
    jpeg = encode(picture("astronaut"), "JPEG")
    app.camera_input[0].set_value(("camera.jpg", jpeg, "image/jpeg")).run()
    assert verdict(app) == "This face looks happy."
    assert len(track_ids(app)) == 20


def test_a_face_that_is_hard_to_read_comes_with_advice(app: AppTest, upload: Upload) -> None:
    upload(app, encode(picture("astronaut").resize((128, 128)), "PNG"))
    assert len(track_ids(app)) == 20
    assert any("come closer" in note.value for note in app.caption)


def test_a_good_photo_comes_without_advice(seen: AppTest) -> None:
    assert not any("lightbulb" in note.value for note in seen.caption)


def test_a_dark_photo_without_a_face_asks_for_light(app: AppTest, upload: Upload) -> None:
    upload(app, encode(Image.new("RGB", (320, 240), (9, 9, 12)), "PNG"))
    assert "light from the front" in app.warning[0].value
