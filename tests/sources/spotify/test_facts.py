"""Ids, links and facts: whatever text or JSON comes, the result is right or one sentence."""

from __future__ import annotations

import contextlib
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from affetto.errors import DataError, InputError
from affetto.sources.spotify.facts import SpotifyItem, SpotifyTrack, tracks_of
from affetto.sources.spotify.ids import KINDS, link, parse_id, parse_ids, uri
from tests.servers.spotify import make_track

IDS = st.text(string.ascii_letters + string.digits, min_size=22, max_size=22)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)


@given(IDS, st.sampled_from(KINDS))
def test_an_id_survives_every_way_to_write_it(spotify_id: str, kind: str) -> None:
    forms = [
        spotify_id,
        f" {spotify_id}\n",
        uri(spotify_id, kind=kind),
        link(spotify_id, kind=kind),
        f"https://open.spotify.com/embed/{kind}/{spotify_id}",
        f"open.spotify.com/intl-de/{kind}/{spotify_id}?si=0a#x",
    ]
    assert {parse_id(form, kind=kind) for form in forms} == {spotify_id}
    assert parse_ids(forms, kind=kind) == [spotify_id]


@given(st.text(max_size=60))
def test_nothing_but_letters_and_digits_gets_into_an_address(text: str) -> None:
    with contextlib.suppress(InputError):
        found = parse_id(text)
        assert len(found) == 22
        assert found.isascii()
        assert found.isalnum()


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/open.spotify.com/track/" + "a" * 22,
        "https://open.spotify.com.evil.example/track/" + "a" * 22,
        "https://open.spotify.com/track/" + "a" * 22 + "/../../x",
        "a" * 22 + "\nb",
        "é" * 22,
    ],
)
def test_what_only_looks_like_an_id_is_none(text: str) -> None:
    with pytest.raises(InputError):
        parse_id(text)


@given(JSON)
def test_no_json_breaks_the_reader(row: Any) -> None:
    assert tracks_of(row) == [] or isinstance(row, list)
    with pytest.raises(DataError, match="Spotify sent"):
        SpotifyTrack.of(row)


PLACES = (
    "name", "artists", "album", "explicit", "duration_ms", "external_ids", "linked_from", "id",
)  # fmt: skip


@given(st.sampled_from(PLACES), JSON)
def test_one_strange_field_is_unknown_or_an_error(place: str, value: Any) -> None:
    row = {**make_track("Umbrella", "Rihanna"), place: value}
    try:
        track = SpotifyTrack.of(row)
    except DataError:
        assert place in {"name", "artists", "id"}
        return
    assert track.duration_ms is None or type(track.duration_ms) is int
    assert track.explicit in (None, True, False)


@pytest.mark.parametrize(
    ("widths", "chosen"),
    [((640, 300, 64), 300), ((640, 64), 640), ((64, 128), 128), ((None,), None)],
)
def test_the_cover_is_the_smallest_that_is_wide_enough(
    widths: tuple[int | None, ...], chosen: int | None
) -> None:
    row = make_track("Umbrella", "Rihanna")
    images = [{"url": f"https://i.scdn.co/image/{w}", "width": w, "height": w} for w in widths]
    row["album"] = {**row["album"], "images": images}
    assert SpotifyTrack.of(row).cover == f"https://i.scdn.co/image/{chosen}"


def test_a_cover_that_is_no_https_address_is_not_shown() -> None:
    row = make_track("Umbrella", "Rihanna")
    row["album"] = {**row["album"], "images": [{"url": "javascript:alert(1)", "width": 300}]}
    assert SpotifyTrack.of(row).cover is None


@pytest.mark.parametrize(
    ("date", "year"),
    [("1998", 1998), ("1998-05", 1998), ("1998-05-12", 1998), ("0000", None), ("", None)],
)
def test_a_year_is_read_from_every_precision(date: str, year: int | None) -> None:
    row = make_track("Umbrella", "Rihanna")
    row["album"] = {**row["album"], "release_date": date}
    assert SpotifyTrack.of(row).year == year
    assert SpotifyItem.of(row["album"], kind="album").year == year
