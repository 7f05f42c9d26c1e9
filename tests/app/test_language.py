"""Every message stands in every language, with the same gaps; so does what the library says."""

from __future__ import annotations

import ast
import string

import pytest
from streamlit.testing.v1 import AppTest

from affetto.faces import photo
from affetto.recommend import reasons
from affetto.text.grave import HELP
from app.language import LANGUAGES, messages, translate
from tests.app.helpers import track_ids, verdict
from tests.conftest import REPOSITORY

OTHERS = [code for code in LANGUAGES if code != "en"]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("code", OTHERS)
def test_every_message_is_translated_with_the_same_gaps(code: str) -> None:
    english, other = messages("en")["page"], messages(code)["page"]
    assert set(other) == set(english)
    for key, text in english.items():
        assert other[key].strip()
        assert gaps(other[key]) == gaps(text), key


@pytest.mark.parametrize(("code", "finger"), [("en", "tap"), ("it", "tocca")])
def test_what_to_do_on_a_map_is_said_to_fingers_as_well(code: str, finger: str) -> None:
    for key in ("journey.caption", "start.mood"):
        assert finger in messages(code)["page"][key].split()


@pytest.mark.parametrize("code", OTHERS)
def test_every_library_pattern_fills_its_gaps(code: str) -> None:
    for pattern, template in messages(code)["library"].items():
        assert gaps(template) <= gaps(pattern), pattern


def test_every_key_that_the_app_asks_for_exists_and_is_asked_for() -> None:
    """Keys that are put together (``goal.{name}``) count by their beginning."""
    asked: set[str] = set()
    for file in (REPOSITORY / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                asked.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                asked.add(node.values[0].value)
    keys = set(messages("en")["page"])
    sections = {key.split(".")[0] + "." for key in keys}
    calls = {text for text in asked if text.split(".")[0] + "." in sections and " " not in text}
    for text in calls:
        assert text in keys or any(key.startswith(text) for key in keys), text
    begun = tuple(text for text in calls if text.endswith("."))
    assert {key for key in keys if key not in asked and not key.startswith(begun)} == set()


def library_sentences() -> list[str]:
    """What a listener may be told: photo errors as written, and every part of a reason."""
    return [
        "The photo has 48 megapixels (8000 × 6000) and the limit is 40; scale it down first.",
        "The photo has 101 scans where a JPEG has about ten; save it again as a plain one.",
        *(
            f"This is {name}; save it as JPEG, PNG or WebP and choose that."
            for _, _, name in photo._OTHER_KINDS
        ),
        "No track fits the genre k-pop or jazz and the years to 1979; loosen the years to 1979: "
        "without it 1,234 would fit.",
        "No track fits no explicit words; loosen that filter.",
        "Too few songs that fit are as bright as you feel; some here are darker.",
        "Too few songs that fit are as calm as you feel; some here are livelier.",
        "You are there already, so the songs stay with how you feel.",
        "No track fits the language Spanish or no words; loosen that filter.",
        HELP,
        "Mood unknown; by the artist of “One, Two”",
        *(f"{colour}, just where you are" for colour in reasons._COLOURS),
        *(f"Even-tempered, a step {way}" for way in reasons._WAYS.values()),
        *(f"Even-tempered, a little {way} than you" for way in reasons._WAYS.values()),
    ]


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("sentence", library_sentences())
def test_what_the_library_says_is_translated_throughout(code: str, sentence: str) -> None:
    said = translate(sentence, code)
    english = {"the", "this", "is", "has", "close", "where", "you", "step", "fits", "loosen", "by"}
    assert not english & set(said.lower().replace(";", " ").replace(",", " ").split())


def test_a_title_with_a_comma_stays_whole() -> None:
    said = translate("Mood unknown; by the artist of “One, Two”", "it")
    assert said == "Umore ignoto; dell’artista di «One, Two»"


def test_what_no_pattern_fits_stays_as_it_is() -> None:
    assert translate("A sentence from tomorrow.", "it") == "A sentence from tomorrow."


def test_the_whole_path_in_italian(app: AppTest) -> None:
    app.segmented_control(key="language").set_value("it").run()
    app.button(key="sample").click().run()
    assert not app.exception
    assert verdict(app) == "Questo viso sembra felice."
    assert len(track_ids(app)) == 20
    app.segmented_control(key="language").set_value("en").run()
    assert verdict(app) == "This face looks happy."


def test_another_language_changes_words_and_no_wish(app: AppTest) -> None:
    """Streamlit reads a widget by its words; those of the old language must still mean the same."""
    app.button(key="sample").click().run()
    before, wishes = track_ids(app), app.session_state["affetto"].wishes
    for code in ("it", "en"):
        app.segmented_control(key="language").set_value(code).run()
        app.run()
        assert app.session_state["affetto"].wishes == wishes
    assert track_ids(app) == before
