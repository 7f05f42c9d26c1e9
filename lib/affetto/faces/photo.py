"""Photo bytes → pixels, whatever a stranger may upload.

The bytes decide what a file is, never its name.  Size and pixel count are read from the header
and checked before a pixel is decoded, and nothing of Pillow's global state is touched, so any
number of threads may decode at once.  A photo lives in memory only: it is not written or logged.
"""

from __future__ import annotations

import io
import os
import stat
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from affetto.errors import PhotoError

MAX_BYTES = 10_000_000
MAX_PIXELS = 40_000_000
WORKING_SIDE = 1920
"""A far longer photo is decoded at a whole fraction of its size, its longest side above this.

Faces are searched at 640 pixels: one that is 16 wide there is 48 wide here, which is all that the
emotion network sees.
"""

MAX_JPEG_SCANS = 100
"""Progressive JPEGs have about ten; a small file of a million takes hours to decode."""

_FORMATS = "JPEG, PNG or WebP"
_STRIP_ROWS = 512  # converted at a time, so that a 40-megapixel photo is never held twice
_ORIENTATION = 0x0112  # the EXIF tag
# What people upload by mistake: the bytes at an offset → its name.
_OTHER_KINDS = (
    (0, b"GIF8", "a GIF image"),
    (0, b"BM", "a BMP image"),
    (0, b"II*\0", "a TIFF image"),
    (0, b"MM\0*", "a TIFF image"),
    (0, b"%PDF", "a PDF document"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftyphei", "a HEIC photo"),
    (4, b"ftypmif1", "a HEIC photo"),
    (4, b"ftyp", "a video"),
)


@dataclass(frozen=True, slots=True, eq=False)
class Photo:
    """A decoded photo, upright by its EXIF orientation.

    pixels : uint8 [h, w, 3], RGB; smaller than the original by a whole factor if that is huge.
    width, height : of the original in pixels, after orientation; boxes are told in these.
    """

    pixels: np.ndarray
    width: int
    height: int

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.dtype != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
            raise PhotoError("A photo's pixels are uint8 of shape [height, width, 3].")
        if self.width < shape[1] or self.height < shape[0]:
            raise PhotoError("A photo's width and height are those of the original, not smaller.")

    @property
    def scale(self) -> tuple[float, float]:
        """Original pixels per decoded pixel, along x and y."""
        return self.width / self.pixels.shape[1], self.height / self.pixels.shape[0]


def decode_photo(data: bytes) -> Photo:
    """Decode a JPEG, PNG or WebP photo to upright RGB.

    Grey, palette, 1-bit, 16-bit and CMYK photos become 8-bit RGB; transparency lies on white.
    Raises PhotoError, one sentence, for anything else, for more than 10 MB or 40 megapixels,
    for an animation, and for damaged bytes.
    """
    _check_bytes(len(data))
    kind = _sniff(data)
    # Pillow's readers raise OSError, SyntaxError, ValueError, struct.error, zlib.error, MemoryError
    # and more on hostile bytes; whichever it is, the person's next step is the same.
    try:
        with warnings.catch_warnings():  # a damaged EXIF block does not make the pixels worse
            warnings.simplefilter("ignore", UserWarning)
            image = _open(kind, data)
            width, height = image.size
            image.draft(None, _draft_size(image.size))
            image.load()
            pixels = _to_rgb(image)
            orientation = _orientation(image)
    except PhotoError:
        raise
    except Exception as error:
        raise PhotoError(
            "The photo is damaged or cut off and cannot be decoded; save it again or choose "
            "another one."
        ) from error
    if orientation >= 5:  # these four lie on their side
        width, height = height, width
    return Photo(_upright(pixels, orientation), width=width, height=height)


def read_photo_file(path: str | os.PathLike[str] | int) -> bytes:
    """The bytes of a photo file, or of an open file descriptor; never more than the limit.

    Raises PhotoError if there is no such file, it is a folder, it may not be read or is too large.
    """
    name = repr(path if isinstance(path, int) else os.fspath(path))
    try:
        with open(path, "rb", closefd=not isinstance(path, int)) as file:
            status = os.fstat(file.fileno())
            if stat.S_ISREG(status.st_mode):
                _check_bytes(status.st_size)
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError as error:
        raise PhotoError(f"There is no file {name}; check the name.") from error
    except IsADirectoryError as error:
        raise PhotoError(f"{name} is a folder; name the photos in it instead.") from error
    except PermissionError as error:
        raise PhotoError(f"{name} may not be read; check its permissions.") from error
    except OSError as error:
        reason = (error.strerror or "unknown reason").lower()
        raise PhotoError(f"{name} cannot be read ({reason}); check the path.") from error
    _check_bytes(len(data))
    return data


def _check_bytes(size: int) -> None:
    if size == 0:
        raise PhotoError(f"The photo is empty (0 bytes); choose a {_FORMATS} file.")
    if size > MAX_BYTES:
        raise PhotoError(
            "The photo is larger than the limit of 10 MB; save it smaller or at a lower quality."
        )


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PhotoError(
            f"The photo has {width * height / 1e6:,.0f} megapixels ({width} × {height}) and the "
            "limit is 40; scale it down first."
        )


def _check_scans(data: bytes) -> None:
    """Count the scan headers (ITU-T T.81, B.2.3), which nothing else in a photo looks like."""
    scans = sum(data.count(bytes([0xFF, 0xDA, 0, 6 + 2 * n, n])) for n in (1, 2, 3, 4))
    if scans > MAX_JPEG_SCANS:
        raise PhotoError(
            f"The photo has {scans} scans where a JPEG has about ten; save it again as a plain one."
        )


def _sniff(data: bytes) -> str:
    """``JPEG``, ``PNG`` or ``WebP`` by the first bytes.  Raises PhotoError for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WebP"
    for offset, magic, name in _OTHER_KINDS:
        if data.startswith(magic, offset):
            raise PhotoError(f"This is {name}; save it as {_FORMATS} and choose that.")
    raise PhotoError(f"This is not a photo, whatever its name says; choose a {_FORMATS} file.")


def _open(kind: str, data: bytes) -> JpegImageFile | PngImageFile | WebPImageFile:
    """Read the header and check what it promises; no pixel is decoded.

    The readers are called directly: ``Image.open`` would warn on stderr about large images, and
    would treat a phone's JPEG with an embedded preview (MPO) as an animation.
    """
    if kind == "JPEG":
        _check_scans(data)
    if kind == "WebP":  # its reader allocates the canvas at once
        _check_pixels(*_webp_size(data))
    readers: dict[str, Callable] = {
        "JPEG": JpegImageFile,
        "PNG": PngImageFile,
        "WebP": WebPImageFile,
    }
    image = readers[kind](io.BytesIO(data))
    _check_pixels(*image.size)
    if getattr(image, "is_animated", False):
        raise PhotoError(f"The photo is animated; save one frame of it as {_FORMATS}.")
    return image


def _webp_size(data: bytes) -> tuple[int, int]:
    """Width and height from a WebP header (RFC 9649); (0, 0) if it has none of the three kinds."""
    chunk = data[12:16]
    if chunk == b"VP8X":
        return (
            1 + int.from_bytes(data[24:27], "little"),
            1 + int.from_bytes(data[27:30], "little"),
        )
    if chunk == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        return (
            int.from_bytes(data[26:28], "little") & 0x3FFF,
            int.from_bytes(data[28:30], "little") & 0x3FFF,
        )
    return 0, 0


def _draft_size(size: tuple[int, int]) -> tuple[int, int]:
    """The least that a JPEG may be scaled down to while it is decoded."""
    share = min(1.0, WORKING_SIDE / max(size))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def _to_rgb(image: Image.Image) -> np.ndarray:
    """uint8 [h, w, 3] from any mode, shrunk by a whole factor to the working size."""
    width, height = image.size
    factor = max(1, max(width, height) // WORKING_SIDE)
    if image.mode == "RGB" and factor == 1 and "transparency" not in image.info:
        return np.array(image)
    pixels = np.empty((-(-height // factor), -(-width // factor), 3), np.uint8)
    rows = max(1, _STRIP_ROWS // factor)
    for row in range(0, len(pixels), rows):
        box = (0, row * factor, width, min(height, (row + rows) * factor))
        pixels[row : row + rows] = np.asarray(_flat(image.crop(box)).reduce(factor))
    return pixels


def _flat(strip: Image.Image) -> Image.Image:
    """An RGB image from any mode; transparency lies on white."""
    if strip.mode.startswith("I"):  # 16-bit grey: the high byte is the 8-bit value
        high = np.clip(np.asarray(strip), 0, 65535) >> 8
        return Image.fromarray(high.astype(np.uint8)).convert("RGB")
    if strip.has_transparency_data:
        layer = strip.convert("RGBA")
        white = Image.new("RGBA", layer.size, "white")
        return Image.alpha_composite(white, layer).convert("RGB")
    return strip.convert("RGB")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 where there is none or the block is garbage."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except Exception:
        return 1
    return value if value in range(1, 9) else 1


def _upright(pixels: np.ndarray, orientation: int) -> np.ndarray:
    """Undo an EXIF orientation (CIPA DC-008, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
