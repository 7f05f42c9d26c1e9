"""Photo decoding: what every kind of file becomes, and which sentence refuses it."""

from __future__ import annotations

import io
import struct
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageFile

from affetto.errors import PhotoError
from affetto.faces.photo import MAX_BYTES, Photo, decode_photo, read_photo_file
from tests.photographs import encode, photograph, picture

RED, WHITE = (255, 0, 0), (255, 255, 255)


def _flat(colour: object, mode: str = "RGB", size: tuple[int, int] = (24, 16)) -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def _palette(*, transparency: int | None = None) -> bytes:
    """Index 0 is red, index 1 blue; the left half is 0, the right half 1."""
    image = Image.new("P", (24, 16), 0)
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.paste(1, (12, 0, 24, 16))
    extra = {} if transparency is None else {"transparency": transparency}
    return encode(image, "PNG", **extra)


def _chunk(name: bytes, body: bytes) -> bytes:
    """One chunk of a PNG file."""
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png(
    width: int,
    height: int,
    *,
    depth: int = 8,
    colour: int = 2,
    rows: bytes = b"",
    extra: bytes = b"",
) -> bytes:
    """A PNG written by hand: the header may promise anything, ``rows`` are its raw scanlines."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = (_chunk(b"IHDR", header), extra, _chunk(b"IDAT", zlib.compress(rows)))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def _jpeg_of_size(width: int, height: int) -> bytes:
    """A small JPEG whose frame header (SOF0) is made to promise another size."""
    data = bytearray(encode(_flat(RED), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = struct.pack(">HH", height, width)
    return bytes(data)


def _webp_of_size(width: int, height: int) -> bytes:
    """A WebP whose extended header (VP8X) promises another canvas."""
    data = bytearray(encode(_flat(RED), "WEBP", orientation=1))  # EXIF makes it extended
    assert data[12:16] == b"VP8X"
    data[24:27] = (width - 1).to_bytes(3, "little")
    data[27:30] = (height - 1).to_bytes(3, "little")
    return bytes(data)


# --- what each kind becomes --------------------------------------------------------------------

# Left half and right half, by hand. Half-transparent red on white: 255·½ + 0·½ in green and blue.
KINDS = {
    "png": (encode(_flat(RED), "PNG"), RED, RED, 0),
    "webp lossless": (encode(_flat(RED), "WEBP", lossless=True), RED, RED, 0),
    "webp": (encode(_flat(RED), "WEBP"), RED, RED, 6),
    "jpeg": (encode(_flat(RED), "JPEG"), RED, RED, 3),
    "jpeg progressive": (encode(_flat(RED), "JPEG", progressive=True), RED, RED, 3),
    "jpeg grey": (encode(_flat(90, "L"), "JPEG"), (90,) * 3, (90,) * 3, 1),
    "jpeg cmyk": (encode(_flat((0, 255, 255, 0), "CMYK"), "JPEG"), RED, RED, 3),
    "grey": (encode(_flat(90, "L"), "PNG"), (90,) * 3, (90,) * 3, 0),
    "1-bit": (encode(_flat(1, "1"), "PNG"), WHITE, WHITE, 0),
    "palette": (_palette(), RED, (0, 0, 255), 0),
    "palette, red is transparent": (_palette(transparency=0), WHITE, (0, 0, 255), 0),
    "alpha": (encode(_flat((255, 0, 0, 128), "RGBA"), "PNG"), (255, 127, 127), (255, 127, 127), 0),
    "grey and alpha": (encode(_flat((0, 0), "LA"), "PNG"), WHITE, WHITE, 0),
    "webp with alpha": (
        encode(_flat((255, 0, 0, 0), "RGBA"), "WEBP", lossless=True, exact=True),
        WHITE,
        WHITE,
        0,
    ),
    "colour key": (encode(_flat(RED), "PNG", transparency=RED), WHITE, WHITE, 0),
    # 16 bits a channel: the value is 0x1234, its high byte 0x12.
    "16-bit grey": (
        _png(24, 16, depth=16, colour=0, rows=(b"\0" + b"\x12\x34" * 24) * 16),
        (0x12,) * 3,
        (0x12,) * 3,
        0,
    ),
    "16-bit colour": (
        _png(24, 16, depth=16, colour=2, rows=(b"\0" + b"\x12\x34\x56\x78\x9a\xbc" * 24) * 16),
        (0x12, 0x56, 0x9A),
        (0x12, 0x56, 0x9A),
        0,
    ),
    "16-bit grey and alpha": (
        _png(24, 16, depth=16, colour=4, rows=(b"\0" + b"\x12\x34\xff\xff" * 24) * 16),
        (0x12,) * 3,
        (0x12,) * 3,
        0,
    ),
}


@pytest.mark.parametrize(("data", "left", "right", "off"), KINDS.values(), ids=KINDS.keys())
def test_every_kind_becomes_8_bit_rgb(data: bytes, left, right, off: int) -> None:
    photo = decode_photo(data)
    assert (photo.width, photo.height) == (24, 16)
    assert photo.pixels.shape == (16, 24, 3)
    assert photo.pixels.dtype == np.uint8
    assert np.abs(photo.pixels[:, :11].astype(int) - left).max() <= off
    assert np.abs(photo.pixels[:, 13:].astype(int) - right).max() <= off


def test_the_name_of_a_file_does_not_matter_and_bytes_do(tmp_path: Path) -> None:
    file = tmp_path / "really a png.jpg"
    file.write_bytes(photograph("astronaut"))
    photo = decode_photo(read_photo_file(file))
    assert np.array_equal(photo.pixels, np.asarray(picture("astronaut")))


def test_a_phones_jpeg_with_a_preview_is_a_photo_and_not_an_animation() -> None:
    image = picture("coffee")
    data = encode(image, "MPO", save_all=True, append_images=[image.resize((60, 40))])
    assert Image.open(io.BytesIO(data)).n_frames == 2  # so Pillow sees it
    assert decode_photo(data).pixels.shape == (400, 600, 3)


# The upright photo is [[1 2 3] [4 5 6]].  Stored as CIPA DC-008 words it: orientation → where the
# stored row 0 and column 0 lie in the upright photo.
STORED = {
    1: [[1, 2, 3], [4, 5, 6]],  # row 0 is the top, column 0 the left
    2: [[3, 2, 1], [6, 5, 4]],  # top, right
    3: [[6, 5, 4], [3, 2, 1]],  # bottom, right
    4: [[4, 5, 6], [1, 2, 3]],  # bottom, left
    5: [[1, 4], [2, 5], [3, 6]],  # left, top
    6: [[3, 6], [2, 5], [1, 4]],  # right, top
    7: [[6, 3], [5, 2], [4, 1]],  # right, bottom
    8: [[4, 1], [5, 2], [6, 3]],  # left, bottom
}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
@pytest.mark.parametrize("orientation", STORED)
def test_exif_orientation_is_undone(orientation: int, kind: str) -> None:
    stored = np.kron(np.array(STORED[orientation], np.uint8) * 40, np.ones((16, 16), np.uint8))
    how = {"PNG": {}, "WEBP": {"lossless": True}, "JPEG": {"quality": 95}}[kind]
    image = Image.fromarray(stored).convert("RGB")
    photo = decode_photo(encode(image, kind, orientation=orientation, **how))
    assert (photo.width, photo.height) == (48, 32)
    middles = photo.pixels[8::16, 8::16, 0] / 40
    assert np.allclose(middles, [[1, 2, 3], [4, 5, 6]], atol=0.05)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF")
@pytest.mark.parametrize(
    "exif",
    [
        b"Exif\0\0garbage",
        b"Exif\0\0II*\0\xff\xff\xff\xff",
        b"Exif\0\0II*\0\x08\0\0\0\x05\0\x12\x01",  # five entries, and the first breaks off
        b"",
    ],
)
def test_a_damaged_exif_block_does_not_refuse_the_photo(
    exif: bytes, recwarn: pytest.WarningsRecorder
) -> None:
    assert decode_photo(encode(_flat(RED), "JPEG", exif=exif)).pixels.shape == (16, 24, 3)
    assert not recwarn.list


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_upright(value: int) -> None:
    assert decode_photo(encode(_flat(RED), "PNG", orientation=value)).width == 24


# --- large photos ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size", "kind", "decoded"),
    [
        ((3839, 100), "JPEG", (3839, 100)),  # half of it would be below the working size of 1,920
        ((3840, 100), "JPEG", (1920, 50)),
        ((8000, 100), "JPEG", (2000, 25)),  # JPEG halves: 8000 / 4
        ((8000, 100), "PNG", (2000, 25)),  # 8000 // 1920 = 4
        ((6000, 100), "PNG", (2000, 34)),  # thirds, and the last row of them is partial
        ((8000, 1), "PNG", (2000, 1)),
        ((1, 8000), "JPEG", (1, 2000)),
    ],
)
def test_a_long_photo_is_decoded_at_a_whole_fraction(size, kind: str, decoded) -> None:
    photo = decode_photo(encode(_flat(RED, size=size), kind))
    assert photo.pixels.shape[1::-1] == decoded
    assert (photo.width, photo.height) == size
    assert np.abs(photo.pixels.astype(int) - RED).max() <= 3


def test_shrinking_averages_strip_by_strip_and_turns_at_the_end() -> None:
    # 4,200 rows are nine strips of 512; red grows from 0 at the top to 252 at the bottom.
    ramp = np.repeat(np.arange(4200) // 100 * 6, 6).reshape(4200, 6)
    image = Image.merge("RGB", [Image.fromarray(ramp.astype(np.uint8))] * 3)
    photo = decode_photo(encode(image, "PNG", orientation=6))  # stored top is the right side
    assert photo.pixels.shape == (3, 2100, 3)
    assert (photo.width, photo.height) == (4200, 6)
    assert photo.pixels[1, ::-50, 0].tolist() == [i * 6 for i in range(42)]


def test_forty_megapixels_are_allowed_and_one_more_is_not() -> None:
    row = b"\0" + b"\xff" * 1000  # 8,000 white pixels of one bit
    photo = decode_photo(_png(8000, 5000, depth=1, colour=0, rows=row * 5000))
    assert photo.pixels.shape == (1250, 2000, 3)
    assert photo.pixels.min() == 255
    with pytest.raises(PhotoError, match="limit is 40"):
        decode_photo(_png(8000, 5001, depth=1, colour=0, rows=row * 5001))


@pytest.mark.parametrize(
    "bomb",
    [
        _png(100_000, 100_000),
        _png(9_000, 10_000),  # between Pillow's warning (89 megapixels) and its error
        _jpeg_of_size(65_500, 65_500),
        _webp_of_size(16_384, 16_384),
    ],
    ids=["png", "png of 90 megapixels", "jpeg", "webp"],
)
def test_a_decompression_bomb_is_refused_by_its_header(bomb: bytes) -> None:
    assert len(bomb) < 10_000
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # Pillow's own warning must not reach the user's terminal
        with pytest.raises(PhotoError, match=r"megapixels .* limit is 40; scale it down"):
            decode_photo(bomb)


def test_a_jpeg_of_endless_scans_is_refused() -> None:
    data = encode(picture("coffee"), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")  # start of the last scan; the file ends with EOI
    scan, end = data[last:-2], data[-2:]
    assert 2 <= data.count(b"\xff\xda") <= 20
    assert decode_photo(data[:-2] + scan * 50 + end).width == 600
    with pytest.raises(PhotoError, match="scans where a JPEG has about ten"):
        decode_photo(data[:-2] + scan * 100 + end)


def test_a_phones_moving_photo_is_its_still_photo() -> None:
    # A short video follows the JPEG in the same file; by chance it holds the marker of a scan.
    video = b"\0\0\0\x18ftypmp42" + b"\xff\xda of a video" * 1000
    assert decode_photo(encode(picture("coffee"), "JPEG") + video).width == 600


def test_a_text_bomb_in_a_png_is_not_blown_up() -> None:
    text = zlib.compress(bytes(50_000_000), 9)  # 50 kB in the file
    extra = _chunk(b"zTXt", b"Comment\0\0" + text)
    bomb = _png(4, 4, rows=(b"\0" + bytes(12)) * 4, extra=extra)
    tracemalloc.start()
    try:
        with pytest.raises(PhotoError, match="damaged"):
            decode_photo(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


# --- what is refused ---------------------------------------------------------------------------

ANIMATION = {"save_all": True, "append_images": [_flat(WHITE)], "duration": 100, "loop": 0}
REFUSED = {
    "empty": (b"", "is empty"),
    "text": (b"I am no photo, but my name ends in .jpg.\n" * 50, "not a photo"),
    "one byte": (b"\xff", "not a photo"),
    "zeros": (bytes(5000), "not a photo"),
    "gif": (encode(_flat(RED), "GIF"), "a GIF image"),
    "animated gif": (encode(_flat(RED), "GIF", **ANIMATION), "a GIF image"),
    "bmp": (encode(_flat(RED), "BMP"), "a BMP image"),
    "tiff": (encode(_flat(RED), "TIFF"), "a TIFF image"),
    "pdf": (b"%PDF-1.7\n" + bytes(100), "a PDF document"),
    "heic": (b"\0\0\0\x18ftypheic" + bytes(100), "a HEIC photo"),
    "avif": (b"\0\0\0\x18ftypavif" + bytes(100), "an AVIF image"),
    "video": (b"\0\0\0\x18ftypisom" + bytes(100), "a video"),
    "animated png": (encode(_flat(RED), "PNG", **ANIMATION), "is animated"),
    "animated webp": (encode(_flat(RED), "WEBP", **ANIMATION), "is animated"),
    "jpeg, start only": (b"\xff\xd8\xff", "damaged or cut off"),
    "png, start only": (b"\x89PNG\r\n\x1a\n", "damaged or cut off"),
    "webp, start only": (b"RIFF\0\0\0\0WEBP", "damaged or cut off"),
    "png without rows": (_png(24, 16), "damaged or cut off"),
    "png of no width": (_png(0, 16), "damaged or cut off"),
}


@pytest.mark.parametrize(("data", "why"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_photo_is_refused_in_one_sentence(data: bytes, why: str) -> None:
    with pytest.raises(PhotoError, match=why) as refusal:
        decode_photo(data)
    sentence = str(refusal.value)
    assert sentence.endswith(".")
    assert sentence.count(". ") == 0
    assert "\n" not in sentence


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_cut_off_photo_is_refused(kind: str, share: float) -> None:
    whole = encode(picture("coffee"), kind)
    with pytest.raises(PhotoError, match="damaged or cut off"):
        decode_photo(whole[: int(len(whole) * share)])


def test_ten_megabytes_are_allowed_and_one_more_byte_is_not() -> None:
    photo = encode(_flat(RED), "JPEG")
    assert decode_photo(photo + bytes(MAX_BYTES - len(photo))).width == 24
    with pytest.raises(PhotoError, match="larger than the limit of 10 MB"):
        decode_photo(photo + bytes(MAX_BYTES - len(photo) + 1))


@pytest.mark.parametrize(
    ("pixels", "width", "height"),
    [
        (np.zeros((4, 4, 3), np.float32), 4, 4),
        (np.zeros((4, 4), np.uint8), 4, 4),
        (np.zeros((0, 4, 3), np.uint8), 4, 4),
        (np.zeros((4, 4, 3), np.uint8), 3, 4),
    ],
)
def test_a_photo_refuses_nonsense_at_birth(pixels, width: int, height: int) -> None:
    with pytest.raises(PhotoError):
        Photo(pixels, width=width, height=height)


# --- files -------------------------------------------------------------------------------------


def test_file_errors_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="There is no file"):
        read_photo_file(tmp_path / "missing.jpg")
    with pytest.raises(PhotoError, match="is a folder"):
        read_photo_file(tmp_path)
    with pytest.raises(PhotoError, match="cannot be read"):
        read_photo_file(tmp_path / ("n" * 300))  # longer than a file name can be
    (tmp_path / "empty.jpg").touch()
    with pytest.raises(PhotoError, match="is empty"):
        read_photo_file(tmp_path / "empty.jpg")


def test_a_giant_file_is_refused_without_reading_it(tmp_path: Path) -> None:
    giant = tmp_path / "giant.jpg"
    with giant.open("wb") as file:
        file.truncate(1 << 40)  # a sparse terabyte
    with pytest.raises(PhotoError, match="larger than the limit"):
        read_photo_file(giant)
    with pytest.raises(PhotoError, match="larger than the limit"):
        read_photo_file("/dev/zero")  # has no size and no end


# --- threads and hostile bytes -----------------------------------------------------------------


def test_decoding_in_threads_changes_nothing_global() -> None:
    before = Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES
    expected = np.asarray(picture("coffee"))
    with ThreadPoolExecutor(8) as pool:
        photos = list(pool.map(decode_photo, [photograph("coffee")] * 24))
    assert all(np.array_equal(photo.pixels, expected) for photo in photos)
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


_SMALL = picture("astronaut").resize((40, 30))
SEEDS = [
    encode(_SMALL, "JPEG", orientation=6),
    encode(_SMALL, "JPEG", progressive=True),
    encode(_SMALL.convert("CMYK"), "JPEG"),
    encode(_SMALL, "PNG", orientation=3),
    encode(_SMALL.quantize(16), "PNG", transparency=3),
    encode(_SMALL.convert("RGBA"), "PNG"),
    encode(_SMALL, "WEBP", orientation=8),
    encode(_SMALL.convert("RGBA"), "WEBP", lossless=True),
    encode(_SMALL, "PNG", save_all=True, append_images=[_SMALL.rotate(90)]),
]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file with some bytes changed, removed or repeated."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(1, 8))):
        at = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["change", "change", "remove", "repeat", "cut"]))
        length = draw(st.integers(1, 40))
        if what == "change":
            data[at] = draw(st.integers(0, 255))
        elif what == "remove" and len(data) > length + 12:
            del data[at : at + length]
        elif what == "repeat":
            data[at:at] = data[at : at + length]
        elif what == "cut" and at > 12:
            del data[at:]
    return bytes(data)


@settings(max_examples=600, deadline=None)
@given(data=mutated())
@example(data=b"\xff\xd8\xff\xc0\x00\x11\x08\x00\x00\x00\x00")
def test_hostile_bytes_give_a_photo_or_a_photo_error(data: bytes) -> None:
    try:
        photo = decode_photo(data)
    except PhotoError:
        return
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape[0] <= photo.height
    assert photo.pixels.shape[1] <= photo.width


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=200), start=st.sampled_from([b"", *(seed[:30] for seed in SEEDS)]))
def test_noise_gives_a_photo_error(data: bytes, start: bytes) -> None:
    with pytest.raises(PhotoError):
        decode_photo(start + data)
