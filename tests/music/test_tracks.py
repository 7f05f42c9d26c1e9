from __future__ import annotations

import dataclasses

import pytest

from affetto.errors import DataError
from affetto.music.tracks import Track, bare_track_id, is_track_id

ID = "3n3Ppam7vgaVa1iaRUc9Lp"


def test_a_track_knows_its_link_and_its_artist_line() -> None:
    track = Track(track_id=ID, title="Song", artists=("Ann", "Ben"))
    assert track.url == f"https://open.spotify.com/track/{ID}"
    assert track.artist_line == "Ann, Ben"


@pytest.mark.parametrize("lack", [{"track_id": ""}, {"title": ""}, {"artists": ()}])
def test_a_track_without_id_title_or_artist_is_refused(lack: dict[str, object]) -> None:
    with pytest.raises(DataError, match="needs an id, a title and an artist"):
        Track(**{"track_id": ID, "title": "Song", "artists": ("Ann",), **lack})


def test_a_track_cannot_be_changed() -> None:
    track = Track(track_id=ID, title="Song", artists=("Ann",))
    with pytest.raises(dataclasses.FrozenInstanceError):
        track.title = "Other"


@pytest.mark.parametrize(
    "written",
    [
        ID,
        f" {ID}\n",
        f"spotify:track:{ID}",
        f"https://open.spotify.com/track/{ID}",
        f"https://open.spotify.com/intl-it/track/{ID}?si=abc",
        f"https://open.spotify.com/track/{ID}/",
    ],
)
def test_an_id_is_found_in_links_and_uris(written: str) -> None:
    assert bare_track_id(written) == ID
    assert is_track_id(bare_track_id(written))


@pytest.mark.parametrize("written", ["", "short", ID + "x", ID[:-1] + "-"])
def test_what_is_no_id_is_told_apart(written: str) -> None:
    assert not is_track_id(bare_track_id(written))
