"""From a photo's bytes to what a person is told."""

from __future__ import annotations

import dataclasses

import pytest

import affetto
from affetto.emotions import EMOTIONS, expected_mood
from affetto.errors import InputError, PhotoError
from affetto.faces.photo import decode_photo
from affetto.service import detect, detect_decoded, warm_up
from tests.photographs import encode, photograph, picture


def test_the_astronaut_is_happy() -> None:
    reading = detect(photograph("astronaut"))
    (face,) = reading.faces
    assert face.emotion == "happy"
    assert face.sure
    assert face.confidence > 0.5
    assert face.valence > 0.3
    assert reading.message is None
    assert (reading.width, reading.height) == (512, 512)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_she_is_as_happy_on_her_side(turn: int) -> None:
    turned = encode(picture("astronaut").rotate(turn), "PNG")
    assert detect(turned).faces[0].emotion == "happy"


@pytest.mark.parametrize("kind", ["JPEG", "WEBP", "PNG"])
def test_she_is_as_happy_in_every_format_and_in_grey(kind: str) -> None:
    assert detect(encode(picture("astronaut").convert("L"), kind)).faces[0].emotion == "happy"


@pytest.mark.parametrize("name", ["chelsea", "coffee"])
def test_without_a_face_there_is_a_message(name: str) -> None:
    reading = detect(photograph(name))
    assert reading.faces == ()
    assert reading.message is not None
    assert reading.message.startswith("No face was found; try")


def test_the_words_are_those_of_the_json() -> None:
    reading = detect(photograph("astronaut"))
    plain = reading.to_dict()
    assert list(plain) == ["faces", "message"]
    (face,) = plain["faces"]
    assert list(face) == [
        "box",
        "emotion",
        "confidence",
        "sure",
        "probabilities",
        "valence",
        "arousal",
    ]
    assert list(face["probabilities"]) == list(EMOTIONS)
    assert sum(face["probabilities"].values()) == pytest.approx(1)
    assert face["confidence"] == face["probabilities"][face["emotion"]]
    mood = expected_mood(face["probabilities"])
    assert (face["valence"], face["arousal"]) == (mood.valence, mood.arousal)


def test_values_are_frozen() -> None:
    reading = detect(photograph("astronaut"))
    with pytest.raises(dataclasses.FrozenInstanceError):
        reading.faces[0].emotion = "sad"  # type: ignore[misc]


def test_a_decoded_photo_and_any_bytes_like_give_the_same() -> None:
    data = photograph("astronaut")
    warm_up()
    assert detect_decoded(decode_photo(data)) == detect(data)
    assert detect(memoryview(data)) == detect(bytearray(data)) == detect(data)


def test_a_path_is_not_a_photo() -> None:
    with pytest.raises(InputError, match="read_bytes"):
        detect("me.jpg")  # type: ignore[arg-type]


def test_what_is_no_photo_is_a_photo_error() -> None:
    with pytest.raises(PhotoError, match="not a photo"):
        detect(b"hello")


def test_the_package_offers_detect_and_its_version() -> None:
    assert affetto.detect is detect
    assert affetto.__version__[0].isdigit()
    assert {"detect", "recommend", "__version__"} <= set(dir(affetto))
    with pytest.raises(AttributeError, match="has no attribute 'sing'"):
        _ = affetto.sing
