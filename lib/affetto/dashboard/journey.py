"""First panel: from an emotion or a photo, along the mood plane, to twenty songs."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets
from PIL import Image

from affetto.dashboard.parts import (
    DropZone,
    Trouble,
    choice,
    columns,
    controls,
    live,
    redraw,
    text,
)  # fmt: skip
from affetto.emotions import FEELING
from affetto.errors import NoFaceError, PhotoError
from affetto.faces.photo import MAX_BYTES, Photo, decode_photo
from affetto.plots import PlaneWords, journey_plane, percent
from affetto.recommend.curator import make_playlist
from affetto.recommend.journey import GOALS
from affetto.recommend.released import load_released
from affetto.recommend.request import PlaylistRequest, Start
from affetto.service import NO_FACE, FaceReading, detect_decoded, start_of

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from affetto.music.playlists import Playlist

FIRST = "sad"  # a start whose journey goes somewhere
SUGGESTED = "suggested"
_BY_WORD = [(word, name) for name, word in FEELING.items()]
_SHOWN_SIDE = 320  # pixels of the photo on the page, twice its width there


@dataclass(frozen=True, slots=True)
class Wish:
    """What the panel asks for."""

    start: Start
    goal: str | None = None  # None: what the start suggests
    seed: int = 0

    def playlist(self) -> Playlist:
        """Twenty songs for it."""
        return make_playlist(
            load_released(), PlaylistRequest(start=self.start, goal=self.goal, seed=self.seed)
        )


class JourneyPanel:
    """An emotion or a photo, a goal, the mood plane and the songs."""

    def __init__(self) -> None:
        self.emotion = choice(_BY_WORD, label="I feel", value=FIRST)
        self.goal = choice((SUGGESTED, *GOALS), label="Take me", value=SUGGESTED)
        self.other = widgets.Button(description="Other songs")
        self.drop, self.trouble = DropZone(), Trouble()
        self.seen, self.said, self.songs = text(""), text(""), text("")
        self._start, self._seed = Start.from_emotion(FIRST), 0
        playlist = self._wish().playlist()
        self.figure = live(_plane(playlist), name="journey")
        self._tell(playlist)
        guards = self.trouble.guards
        self.emotion.observe(guards(self._emotion_chosen), "value")
        self.goal.observe(guards(lambda _: self._renew()), "value")
        self.other.on_click(guards(self._others))
        self.drop.on_photo(guards(self._photo_dropped))

    def widget(self) -> widgets.Widget:
        """The panel."""
        left = widgets.VBox([self.drop, self.seen, self.said, self.figure])
        return widgets.VBox(
            [
                text("<h2>Where are you, and where shall the music take you?</h2>"),
                controls(self.emotion),
                controls(self.goal, self.other),
                self.trouble,
                columns(left, self.songs),
            ]
        )

    def _wish(self) -> Wish:
        goal = None if self.goal.value == SUGGESTED else self.goal.value
        return Wish(self._start, goal, self._seed)

    def _emotion_chosen(self, _: object) -> None:
        if self.emotion.value is not None:  # None: a photo took its place
            self._start, self.seen.value = Start.from_emotion(self.emotion.value), ""
            self._renew()

    def _others(self, _: object) -> None:
        self._seed += 1
        self._renew()

    def _photo_dropped(self, photo: bytes, refused: bool) -> None:
        self.seen.value = ""  # what was read of an earlier photo is no answer to this one
        if refused:
            limit = MAX_BYTES // 1_000_000
            raise PhotoError(f"The photo is larger than {limit} MB; choose a smaller one.")
        decoded = decode_photo(photo)
        reading = detect_decoded(decoded)
        if not reading.faces:
            raise NoFaceError(f"{NO_FACE[:-1]}, or choose an emotion.")
        self._start = start_of(reading)
        self.emotion.value = None
        self.seen.value = seen(decoded, reading.faces[0])
        self._renew()

    def _renew(self) -> None:
        playlist = self._wish().playlist()
        redraw(self.figure, _plane(playlist))
        self._tell(playlist)

    def _tell(self, playlist: Playlist) -> None:
        self.said.value = told(playlist)
        self.songs.value = song_list(playlist)


def _plane(playlist: Playlist) -> go.Figure:
    return journey_plane(playlist, words=PlaneWords(emotions=FEELING), height=440)


def seen(photo: Photo, face: FaceReading) -> str:
    """The photo with its face boxed, and the seven probabilities, as HTML; in memory only."""
    picture = Image.fromarray(photo.pixels)
    picture.thumbnail((_SHOWN_SIDE, _SHOWN_SIDE))
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=85)
    data = base64.b64encode(sink.getvalue()).decode("ascii")
    x, y, width, height = face.box
    box = (
        f"left:{x / photo.width:.2%};top:{y / photo.height:.2%};"
        f"width:{width / photo.width:.2%};height:{height / photo.height:.2%}"
    )
    rows = "".join(
        f'<li><span>{FEELING[name]}</span><i><b style="width:{share:.2%}"></b></i>'
        f"<span>{escape(percent(share))}</span></li>"
        for name, share in sorted(face.probabilities.items(), key=lambda pair: -pair[1])
    )
    return (
        f'<div class="affetto-seen"><div class="affetto-photo"><img alt="Your photo" '
        f'src="data:image/jpeg;base64,{data}"><i style="{box}"></i></div>'
        f'<ul class="affetto-bars">{rows}</ul></div>'
    )


def told(playlist: Playlist) -> str:
    """Where the list starts and leads, in a sentence."""
    start = f"<b>{FEELING[playlist.emotion]}</b>" if playlist.emotion else "here"
    if playlist.confidence is not None:
        start += f" ({escape(percent(playlist.confidence))})"
    goal = playlist.goal if isinstance(playlist.goal, str) else "a point of the plane"
    near = playlist.mean_distance
    off = "" if near is None else f"; songs lie {near:.2f} from their step, by our estimate"
    notes = "".join(f'<p class="soft">{escape(message)}</p>' for message in playlist.messages)
    return f"<p>From {start}, goal: <b>{escape(goal)}</b>{off}.</p>{notes}"


def song_list(playlist: Playlist) -> str:
    """The songs as a numbered list of links with their reasons."""
    rows = "".join(
        f'<li><a href="{escape(step.track.url)}" target="_blank" rel="noopener">'
        f"{escape(step.track.title)}</a>"
        f"<small>{escape(step.track.artist_line)}</small><small>{escape(step.reason)}</small></li>"
        for step in playlist.tracks
    )
    return f'<ol class="affetto-songs">{rows}</ol>'
