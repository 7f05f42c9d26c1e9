"""A photo as the app keeps it: small, in memory only, with what was read in it."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass, field

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from affetto import samples
from affetto.errors import DataError
from affetto.faces.detector import align_face
from affetto.faces.photo import Photo, decode_photo
from affetto.faces.quality import face_faults, is_dark
from affetto.faces.saliency import draw_over, strongest_place
from affetto.recommend.request import Start
from affetto.service import (
    FaceReading,
    PhotoReading,
    detect_decoded,
    start_of,
    where_it_looked,
)

TOO_DARK = "No face was found, and the photo is very dark; try again with light from the front."
MAP_SIDE = 240  # pixels of the picture that shows where the network looked
SHOWN = (960, 576)  # most pixels wide and high on the page, twice what it shows of a photo
_CHOSEN, _OTHER = (229, 112, 78), (255, 255, 255)


@dataclass(frozen=True, slots=True, eq=False)
class SeenPhoto:
    """A photo shrunk for the page, and the faces in it.

    faults : for each face what makes it hard to read, out of ``faces.quality.FAULTS``.
    dark : whether a photo without a face is too dark to find one in.
    crops : the faces as the network saw them, uint8 [48, 48] each.
    small : JPEG bytes, at most SHOWN; pixels would fill the memory, because every step that can
    be undone keeps its photo.
    reading : what was read; its boxes are in pixels of the original.
    """

    small: bytes
    reading: PhotoReading
    faults: tuple[tuple[str, ...], ...] = ()
    dark: bool = False
    crops: tuple[np.ndarray, ...] = ()
    _drawn: dict[int, bytes] = field(default_factory=dict)
    _looked: dict[int, tuple[bytes, str | None]] = field(default_factory=dict)

    @property
    def faces(self) -> tuple[FaceReading, ...]:
        """The faces, the largest first."""
        return self.reading.faces

    @property
    def across(self) -> tuple[int, ...]:
        """The faces from left to right: in this order the page numbers them, from 1."""
        return _across(self.reading)

    @property
    def advice(self) -> str:
        """One sentence for a photo without a face."""
        return TOO_DARK if self.dark else self.reading.message or ""

    def start(self, face: int) -> Start:
        """Where the listener is, by one face."""
        start = start_of(self.reading, face=face)
        return Start(mood=start.mood, emotion=start.emotion, confidence=start.confidence)

    def jpeg(self, chosen: int) -> bytes:
        """The photo with its faces boxed and, where there are several, numbered from 1."""
        if chosen not in self._drawn:
            picture = Image.open(io.BytesIO(self.small))
            self._drawn.clear()
            self._drawn[chosen] = _boxed(picture, self.reading, chosen=chosen)
        return self._drawn[chosen]

    def put_away(self) -> None:
        """Let go of what can be drawn again, for a photo that is only kept to be undone to."""
        self._drawn.clear()

    def looked(self, face: int) -> tuple[bytes, str | None]:
        """Where the network looked in one face: a JPEG, and the place's name in ``PLACES``.

        Made when it is first asked for: it takes fifty answers of the network.
        """
        if face not in self._looked:
            crop = self.crops[face]
            heights = where_it_looked(crop, emotion=self.faces[face].emotion)
            picture = Image.fromarray(draw_over(crop, heights, side=MAP_SIDE))
            self._looked[face] = _jpeg(picture), strongest_place(heights)
        return self._looked[face]


@functools.cache
def sample_photo() -> bytes | None:
    """The photograph to try things with; None where it is not installed."""
    try:
        return samples.sample_photo().read_bytes()
    except DataError:
        return None


def look_at(data: bytes) -> SeenPhoto:
    """Decode a photo and read the faces in it.  Raises PhotoError in one sentence."""
    photo = decode_photo(data)
    reading = detect_decoded(photo)
    crops = tuple(align_face(photo, seen.face) for seen in reading.faces)
    pairs = zip(reading.faces, crops, strict=True)
    faults = tuple(face_faults(seen.face, crop) for seen, crop in pairs)
    dark = not reading.faces and is_dark(photo)
    return SeenPhoto(_shrunk(photo), reading, faults, dark, crops)


def _shrunk(photo: Photo) -> bytes:
    """As JPEG bytes of at most SHOWN; a small photo stays as it is."""
    height, width = photo.pixels.shape[:2]
    scale = min(SHOWN[0] / width, SHOWN[1] / height)
    if scale >= 1:
        return _jpeg(Image.fromarray(photo.pixels))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return _jpeg(Image.fromarray(cv2.resize(photo.pixels, size, interpolation=cv2.INTER_AREA)))


def _jpeg(picture: Image.Image) -> bytes:
    sink = io.BytesIO()
    picture.save(sink, "JPEG", quality=85)
    return sink.getvalue()


def _boxed(picture: Image.Image, reading: PhotoReading, *, chosen: int) -> bytes:
    """``picture`` with its boxes drawn into it, as JPEG bytes."""
    pen = ImageDraw.Draw(picture)
    scale = picture.width / reading.width
    line = max(2, round(max(picture.size) / 120))
    for number, face in enumerate(_across(reading), start=1):
        _frame(
            pen,
            tuple(side * scale for side in reading.faces[face].box),
            colour=_CHOSEN if face == chosen else _OTHER,
            line=line,
            label=str(number) if len(reading.faces) > 1 else "",
        )
    return _jpeg(picture)


def _across(reading: PhotoReading) -> tuple[int, ...]:
    faces = reading.faces
    return tuple(sorted(range(len(faces)), key=lambda face: faces[face].box[0]))


def _frame(pen: ImageDraw.ImageDraw, box, *, colour, line: int, label: str) -> None:
    """One rounded box, dark outside and light inside so that it shows on any photo."""
    x, y, width, height = box
    corners = (x, y, x + width, y + height)
    radius = max(4, min(width, height) / 10)
    pen.rounded_rectangle(
        [c + d for c, d in zip(corners, (-1, -1, 1, 1), strict=True)],
        radius=radius,
        outline=(20, 16, 12),
        width=line + 2,
    )
    pen.rounded_rectangle(corners, radius=radius, outline=colour, width=line)
    if label:
        _tag(pen, label, at=(x, y), colour=colour, size=max(14, line * 5))


def _tag(pen: ImageDraw.ImageDraw, label: str, *, at, colour, size: int) -> None:
    """A number in a filled circle on a box's upper left corner, kept inside the photo."""
    x, y = (max(size * 0.8, place) for place in at)
    circle = (x - size * 0.8, y - size * 0.8, x + size * 0.8, y + size * 0.8)
    pen.ellipse(circle, fill=colour, outline=(20, 16, 12), width=2)
    font = ImageFont.load_default(size=size)
    pen.text((x, y), label, fill=(20, 16, 12), font=font, anchor="mm")
