"""A session as one JSON file: choices, likes and mood history; never a photo."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from affetto.emotions import parse_emotion
from affetto.errors import AffettoError, InputError
from affetto.recommend.journey import parse_mood
from app.links import read_wishes, write
from app.state import MAX_MOODS, WAYS, MoodNote, Session, Wishes

SCHEMA = 1
LONGEST_FILE = 1_000_000  # bytes
LONGEST_LIST = 1000  # songs of one kind in a file
UNREADABLE = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, AffettoError,
)  # fmt: skip


def save(session: Session) -> str:
    """The session as JSON text; ``load`` reads it back."""
    moods = [
        {
            "when": note.when,
            "mood": [round(note.mood.valence, 4), round(note.mood.arousal, 4)],
            "emotion": note.emotion,
            "way": note.way,
        }
        for note in session.moods
    ]
    wishes = write(session.wishes, longest=LONGEST_LIST)
    saved = {"affetto_session": SCHEMA, "wishes": wishes, "moods": moods}
    return json.dumps(saved, ensure_ascii=False, indent=1) + "\n"


def load(data: bytes) -> tuple[Wishes | None, list[MoodNote]]:
    """Wishes (None where nothing had been started) and moods.

    Raises InputError, one sentence, for anything that ``save`` did not write.
    """
    refused = InputError("This is not a session that Affetto saved; choose its JSON file.")
    if len(data) > LONGEST_FILE:
        raise refused
    try:
        saved = json.loads(data)
        if saved["affetto_session"] != SCHEMA:
            raise refused
        wishes = {str(key): str(value) for key, value in saved["wishes"].items()}
        moods = [_note(entry) for entry in saved["moods"][-MAX_MOODS:]]
        started = read_wishes(wishes, longest=LONGEST_LIST) if wishes else None
    except UNREADABLE as error:
        raise refused from error
    return started, moods


def _moment(text: str) -> datetime:
    """A moment in UTC that every clock on Earth can show.  Raises an error of UNREADABLE."""
    moment = datetime.fromisoformat(text)
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    for hours in (-24, 24):  # no clock is further from UTC
        moment + timedelta(hours=hours)  # an OverflowError at the ends of the calendar
    return moment


def _note(entry: dict[str, Any]) -> MoodNote:
    emotion = entry["emotion"]
    if entry["way"] not in (*WAYS, "link"):
        raise InputError(f"There is no way {entry['way']!r}.")
    return MoodNote(
        _moment(entry["when"]).isoformat(timespec="seconds"),
        parse_mood(entry["mood"]),
        None if emotion is None else parse_emotion(emotion),
        entry["way"],
    )
