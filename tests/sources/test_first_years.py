"""The year of a song is that of its first release, where it can be known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from affetto.sources.first_years import first_years


def _table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    artists, titles, years = zip(*rows, strict=True)
    return pd.DataFrame({"title": titles, "artist_keys": [[a] for a in artists], "year": years})


def _years(*rows: tuple[str, str, float]) -> list[float]:
    table = _table(*rows)
    return first_years(table, table).tolist()


def test_all_releases_of_a_song_are_as_old_as_the_first() -> None:
    assert _years(
        ("police", "Every Breath You Take", 2017),
        ("police", "Every Breath You Take - Remastered 2003", 1983),
        ("police", "Every Breath You Take (Single Version)", np.nan),
        ("somebody", "Every Breath You Take", 2019),  # a cover is another song
    ) == [1983, 1983, 1983, 2019]


@pytest.mark.parametrize("note", ["- Live 1999", "(Acoustic)", "- Club Remix", "- Re-Recorded"])
def test_what_was_taken_anew_is_of_its_own_year(note: str) -> None:
    assert _years(("a", "Song", 1980), ("a", f"Song {note}", 1999)) == [1980, 1999]
    assert _years(("a", "Song", 1980), ("a", f"Song {note}", 1975)) == [1980, 1975]


@pytest.mark.parametrize(
    ("title", "year", "told"),
    [
        ("Song - Remastered 2011", 2011, np.nan),  # the year of the remastering
        ("Song - 2016 Remaster", 2018, np.nan),
        ("Song - 2019 Mix", 2019, np.nan),
        ("Song - Remastered 2011", 1980, 1980),  # that of the song
        ("Song - Remastered", 2009, np.nan),
        ("Song - Remastered", 1971, 1971),
        ("Remaster of Puppets", 2009, 2009),  # a name, no note
    ],
)
def test_a_remaster_tells_only_an_earlier_year(title: str, year: int, told: float) -> None:
    assert _years(("a", title, year)) == pytest.approx([told], nan_ok=True)


def test_songs_of_others_and_without_a_title_are_passed_over() -> None:
    songs = _table(("a", "Song", 1990))
    tracks = _table(("a", "Song", 1985), ("b", "Song", 1960), ("a", "Other", 1970))
    tracks.loc[3] = {"title": None, "artist_keys": ["a"], "year": 1950}
    tracks.loc[4] = {"title": "Song", "artist_keys": [], "year": 1950}
    assert first_years(songs, tracks).tolist() == [1985]
