"""An artist's own genres go first; of what playlists say only what is mostly right is believed."""

from __future__ import annotations

import pandas as pd
import pytest

from affetto.sources.track_genres import FEWEST, track_genres


def _genres(*rows: tuple[str, str, str, list[str]], **artists: str) -> dict[str, tuple]:
    """Track → its genres and their origin.

    rows : track, artist, source ("artists" names the artists' own) and words.
    artists : tracks that no row tells of, and whose they are.
    """
    by = {track: artist for track, artist, *_ in rows} | artists
    keys = [[artist] if artist else [] for artist in by.values()]
    tracks = pd.DataFrame({"track_id": list(by), "artist_keys": keys})
    said = pd.DataFrame(
        [(track, source, words, source == "artists") for track, _, source, words in rows],
        columns=["track_id", "source", "raw_genres", "of_artist"],
    )
    genres, origin = track_genres(tracks, said)
    return dict(zip(by, zip(genres, origin, strict=True), strict=True))


def test_the_artists_own_genres_outrank_what_a_playlist_says() -> None:
    found = _genres(("a", "ann", "artists", ["art pop"]), ("b", "ann", "lists", ["latin"]))
    assert found["a"] == (["pop", "indie"], "artist")
    assert found["b"] == (["pop", "indie"], "artist")


def test_without_them_a_track_has_what_is_said_of_it_as_far_as_it_suits_its_artist() -> None:
    rows = [(f"t{k}", "bob", "lists", ["folk"]) for k in range(4)]
    found = _genres(*rows, ("odd", "bob", "lists", ["folk", "techno"]), new="bob", lone="")
    assert found["t0"] == (["folk"], "track")
    assert found["odd"] == (["folk"], "track")  # one song of five is no usual techno
    assert found["new"] == (["folk"], "other tracks")
    assert found["lone"] == ([], None)


@pytest.mark.parametrize(("right", "believed"), [(FEWEST, True), (FEWEST // 2, False)])
def test_a_word_is_believed_where_it_is_mostly_right_on_artists_that_are_known(
    right: int, believed: bool
) -> None:
    """``right`` of ten known artists in "latin" lists are latin."""
    known = [
        (f"a{k}", f"artist {k}", "artists", ["salsa" if k < right else "rock"])
        for k in range(FEWEST)
    ]
    listed = [(f"l{k}", f"artist {k}", "lists", ["latin"]) for k in range(FEWEST)]
    found = _genres(*known, *listed, ("new", "unknown", "lists", ["latin"]))
    assert found["new"] == ((["latin"], "track") if believed else ([], None))


def test_another_sources_same_word_is_tried_apart() -> None:
    known = [(f"a{k}", f"artist {k}", "artists", ["rock"]) for k in range(FEWEST)]
    wrong = [(f"l{k}", f"artist {k}", "lists", ["latin"]) for k in range(FEWEST)]
    found = _genres(*known, *wrong, ("new", "unknown", "tags", ["latin"]))
    assert found["new"] == (["latin"], "track")


def test_words_that_name_no_family_leave_room_for_others() -> None:
    found = _genres(("a", "ann", "artists", ["british"]), ("b", "ann", "lists", ["folk"]))
    assert found["b"] == (["folk"], "track")
    assert found["a"] == (["folk"], "other tracks")
