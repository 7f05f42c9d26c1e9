"""What one listener's session holds, in one typed object; the views draw it and change it.

Everything that one "undo" brings back is a frozen ``Scene``.  What in it decides the music is
``Wishes``, which never holds a photo, so that it can live in the page's address and in a file.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import streamlit as st

from affetto.emotions import Mood
from affetto.errors import AffettoError, InputError
from affetto.music.playlists import Playlist
from affetto.recommend.curator import make_playlist, replace_track
from affetto.recommend.filters import Filters
from affetto.recommend.released import load_released
from affetto.recommend.request import PlaylistRequest, Start
from app.live import Live
from app.photos import SeenPhoto, look_at

if TYPE_CHECKING:
    from app.spotify import Connection

WAYS = ("photo", "camera", "live", "emotion", "mood", "words")
MAX_UNDO = 30
MAX_PHOTOS = 5  # that are kept to be undone to, so that no session fills the memory
MAX_MOODS = 200
_KEY = "affetto"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """All that decides which songs are played; the same wishes always give the same list."""

    start: Start | None = None  # None: nothing was said yet
    goal: str | None = None  # None: what the start suggests
    n: int = 20
    genres: tuple[str, ...] = ()
    year_from: int | None = None
    year_to: int | None = None
    clean: bool = False  # only tracks known to be without explicit words
    languages: tuple[str, ...] = ()  # codes of ``affetto.music.languages``; empty means all
    unknown_language: bool = False  # songs of unknown language pass ``languages`` too
    familiar: float = 0.0  # -1 (to discover) to 1 (songs that many know)
    liked: tuple[str, ...] = ()
    disliked: tuple[str, ...] = ()
    more_like: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()  # replaced one by one, in this order
    kept: tuple[str, ...] = ()  # what stays at its place; empty texts where others may come
    seed: int = 0

    def request(self) -> PlaylistRequest:
        """The request for the recommender.  Raises InputError where nothing was said yet."""
        if self.start is None:
            raise InputError("Say where to start first.")
        filters = Filters(
            genres=self.genres,
            year_from=self.year_from,
            year_to=self.year_to,
            explicit=not self.clean,
            languages=self.languages,
            unknown_language=self.unknown_language,
        )
        return PlaylistRequest(
            start=self.start,
            goal=self.goal,
            n=self.n,
            filters=filters,
            seed_tracks=self.more_like,
            liked=self.liked,
            disliked=self.disliked,
            kept=self.kept,
            seed=self.seed,
            familiar=self.familiar,
        )

    @property
    def filtered(self) -> bool:
        """Whether any filter narrows or leans the choice."""
        ruled_out = self.genres or self.languages or self.year_from or self.year_to
        return bool(ruled_out or self.clean or self.familiar)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What the page shows, and one "undo" brings back."""

    wishes: Wishes = field(default_factory=Wishes)
    way: str = "photo"  # how the start was told: one of WAYS, or "link" (or file)
    photo: SeenPhoto | None = None
    face: int = 0
    read_words: tuple[str, ...] = ()  # those that a sentence was read by

    @property
    def corrected(self) -> bool:
        """Whether the listener named another emotion than the one read in the face."""
        start = self.wishes.start
        return self.photo is not None and start is not None and start.confidence is None


@dataclass(frozen=True, slots=True)
class MoodNote:
    """One entry of the mood history.  ``when`` is UTC in ISO 8601; ``way`` one of WAYS."""

    when: str
    mood: Mood
    emotion: str | None
    way: str


@dataclass(slots=True)
class Session:
    """One listener's session; it lives in Streamlit's memory and ends with the page."""

    scene: Scene = field(default_factory=Scene)
    entry: str = "photo"  # the way in that is open
    problem: str | None = None  # one sentence about the last thing that did not work
    refused: str | None = None  # the same about a session's file
    playing: str | None = None  # id of the track whose player is open
    clicked: str | None = None  # id of the track last clicked on the journey's map
    moods: list[MoodNote] = field(default_factory=list)
    live: Live | None = None  # live mode, while it is on
    led: bool = False  # whether the music follows live mode, and not the listener's last word
    redraw: bool = False  # live mode asks for the whole page
    choosing: bool = False  # whether the ways in are open beside the music
    fresh: int = 0  # grows with each photo, so that the uploader starts empty again
    spotify: Connection | None = None  # the listener's own, where they connected it
    _undo: list[Scene] = field(default_factory=list)
    _made: tuple[Wishes, tuple[str, ...], Playlist] | None = None

    @property
    def wishes(self) -> Wishes:
        """The present wishes."""
        return self.scene.wishes

    @property
    def started(self) -> bool:
        """Whether there is a mood to start from."""
        return self.wishes.start is not None

    @property
    def can_undo(self) -> bool:
        """Whether a change can be taken back."""
        return bool(self._undo)

    @property
    def heard(self) -> tuple[str, ...]:
        """Ids of the listener's own songs, where they allowed it: never in an address or a file."""
        return self.spotify.heard if self.spotify else ()

    # --- where the listener is --------------------------------------------------------------

    def take_photo(self, data: bytes, *, way: str = "photo") -> None:
        """Look at a photo and start from its largest face.

        A photo that cannot be read, or shows no face, leaves everything as it was and tells why.
        """
        try:
            seen = look_at(data)
        except AffettoError as error:
            self.problem = str(error)
            return
        finally:
            self.fresh += 1
        if not seen.faces:
            self.problem = seen.advice
            return
        wishes = replace(self.wishes, start=seen.start(0), goal=None, kept=())
        self._show(Scene(wishes=wishes, way=way, photo=seen), note=True)

    def choose_face(self, face: int) -> None:
        """Start from another face of the photo, counted from 0; one that it lacks is no change."""
        photo = self.scene.photo
        if photo is None or not 0 <= face < len(photo.faces):
            return
        wishes = replace(self.wishes, start=photo.start(face), goal=None, kept=())
        self._show(replace(self.scene, wishes=wishes, face=face), note=True)

    def correct(self, emotion: str | None) -> None:
        """Name the emotion oneself; None goes back to what was read in the face."""
        if emotion is None:
            self.choose_face(self.scene.face)
            return
        start = Start.from_emotion(emotion)
        if self.scene.photo is None:
            self.start_from(start, way="emotion")
        else:
            wishes = replace(self.wishes, start=start, goal=None, kept=())
            self._show(replace(self.scene, wishes=wishes), note=True)

    def start_from(self, start: Start, *, way: str, words: Sequence[str] = ()) -> None:
        """Start without a photo."""
        wishes = replace(self.wishes, start=start, goal=None, kept=())
        self._show(Scene(wishes=wishes, way=way, read_words=tuple(words)), note=True)

    # --- what the listener wants ------------------------------------------------------------

    def change(self, **wishes: Any) -> None:
        """Change some of the wishes; the same again is no change.  The list is made anew for it."""
        changed = replace(self.wishes, **({"kept": ()} | wishes))
        if changed != self.wishes:
            self._show(replace(self.scene, wishes=changed))

    def mark(self, track_id: str, how: str) -> None:
        """Put a track among ``liked``, ``disliked`` or ``more_like``, or take it out again.

        A like or a dislike changes what comes after its song: what stands before stays, and so do
        liked songs and the one that is playing.  "More like this" asks for another list.
        """
        names = ("liked", "disliked", "more_like")
        lists = {
            name: tuple(known for known in getattr(self.wishes, name) if known != track_id)
            for name in names
        }
        if track_id not in getattr(self.wishes, how):
            lists[how] = (*lists[how], track_id)
        if self.playing in lists["disliked"]:
            self.playing = None
        stays = () if how == "more_like" else self._what_stays(track_id, lists)
        self.change(**lists, kept=stays)

    def _what_stays(self, track_id: str, lists: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
        """The ids of the present list that stay at their places when ``track_id`` is marked."""
        with suppress(AffettoError):
            ids = [step.track.track_id for step in self.playlist()]
            before = ids[: ids.index(track_id) + 1] if track_id in ids else self.wishes.kept
            staying = {*before, *lists["liked"], self.playing} - {*lists["disliked"]}
            return without_end([known if known in staying else "" for known in ids])
        return self.wishes.kept

    def copy(self) -> Session:
        """The same at this moment, for a page that comes back later; what changes is not shared."""
        twin = copy.copy(self)
        twin.moods, twin._undo = list(self.moods), list(self._undo)
        return twin

    def undo(self) -> None:
        """Bring back the scene before the last change."""
        if self._undo:
            left, self.scene = self.scene, self._undo.pop()
            self.problem = None
            self._lead(left)

    def back_to(self, fits: Callable[[Wishes], bool]) -> bool:
        """Show the latest scene whose wishes fit, photo and all; whether there was one."""
        found = next((scene for scene in reversed(self._undo) if fits(scene.wishes)), None)
        if found is not None:
            self._show(found)
        return found is not None

    def choose_again(self) -> None:
        """Open the ways in beside the music, or close them."""
        self.choosing, self.problem = not self.choosing, None

    def open_link(self, wishes: Wishes) -> None:
        """Begin with the wishes of a link: nothing was done before it that could be undone."""
        self.scene = _as_written(Scene(wishes=wishes, way="link"))

    def restore(self, wishes: Wishes, moods: Sequence[MoodNote] | None = None) -> None:
        """Take over wishes from an address or a file, and the mood history from a file."""
        self._show(Scene(wishes=wishes, way="link"))
        if moods is not None:
            self.moods = list(moods)[-MAX_MOODS:]

    # --- the music --------------------------------------------------------------------------

    def playlist(self) -> Playlist:
        """The songs for the present wishes, made once.  Raises InputError where nothing fits."""
        asked = self.wishes, self.heard
        if self._made is None or self._made[:2] != asked:
            self._made = *asked, make_songs(*asked)
        return self._made[2]

    def replace(self, track_id: str) -> None:
        """Put another song in the place of one; the rest of the list stays."""
        wishes = replace(self.wishes, skipped=(*self.wishes.skipped, track_id))
        try:
            made = make_songs(wishes, self.heard)
        except AffettoError as error:
            self.problem = str(error)
            return
        self._show(replace(self.scene, wishes=wishes))
        self._made = wishes, self.heard, made

    def _show(self, scene: Scene, *, note: bool = False) -> None:
        left, scene = self.scene, _as_written(scene)
        if scene.photo and left.photo and scene.photo.small == left.photo.small:
            scene = replace(scene, photo=left.photo)
        if note and scene == left:  # a second click on the same thing is no change either
            self.problem, self.choosing = None, False
            return
        if left.photo is not None and left.photo is not scene.photo:
            left.photo.put_away()
        self._undo = _latest([*self._undo, left])
        self.scene, self.problem, self.refused = scene, None, None
        self._lead(left)
        start = scene.wishes.start
        if note and start is not None:
            self.choosing = False  # they led somewhere
            now = datetime.now(UTC).isoformat(timespec="seconds")
            noted = MoodNote(now, start.mood, start.emotion, scene.way)
            self.moods = [*self.moods, noted][-MAX_MOODS:]

    def _lead(self, left: Scene) -> None:
        """Let the music follow live mode where the mood is live mode's, and the listener's else."""
        start = self.wishes.start
        if start != left.wishes.start:
            seen = start is not None and start.confidence is not None
            self.led = seen and self.scene.way == "live"


def without_end(ids: Sequence[str]) -> tuple[str, ...]:
    """Without the empty texts at the end, which say nothing."""
    end = max((place + 1 for place, known in enumerate(ids) if known), default=0)
    return tuple(ids[:end])


def _as_written(scene: Scene) -> Scene:
    """The scene with its mood as exact as an address has it, so that a link gives the same list."""
    start = scene.wishes.start
    if start is None:
        return scene
    mood = Mood(round(start.mood.valence, 2), round(start.mood.arousal, 2))
    return replace(scene, wishes=replace(scene.wishes, start=replace(start, mood=mood)))


def _latest(scenes: list[Scene]) -> list[Scene]:
    """The last MAX_UNDO scenes, fewer where they would keep more than MAX_PHOTOS photos."""
    photos: set[int] = set()
    for back, scene in enumerate(reversed(scenes[-MAX_UNDO:])):
        if scene.photo is not None:
            photos.add(id(scene.photo))
        if len(photos) > MAX_PHOTOS:
            return scenes[-back:]
    return scenes[-MAX_UNDO:]


def make_songs(wishes: Wishes, heard: tuple[str, ...] = ()) -> Playlist:
    """The list for these wishes.  Raises InputError where nothing fits.

    heard : ids of songs that the listener played elsewhere, as a history before what they like.
    """
    released, request = load_released(), wishes.request()
    if heard:
        request = replace(request, liked=(*heard, *request.liked))
    playlist = make_playlist(released, request)
    for track_id in wishes.skipped:
        ids = [step.track.track_id for step in playlist]
        if track_id in ids:
            playlist = replace_track(
                released, request, playlist, ids.index(track_id), without=wishes.skipped
            )
    return playlist


def current_session() -> Session:
    """This listener's session, made on their first page."""
    if _KEY not in st.session_state:
        st.session_state[_KEY] = Session()
    return st.session_state[_KEY]


def has_session() -> bool:
    """Whether this page has drawn before."""
    return _KEY in st.session_state


def take_over(session: Session) -> None:
    """Go on with the session that another page of the same listener left behind."""
    st.session_state[_KEY] = session
