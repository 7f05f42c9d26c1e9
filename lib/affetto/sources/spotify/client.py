"""Reading Spotify's catalogue: search, tracks, albums, artists.

Nothing that is read here may reach a model, neither in training nor as an input: Spotify's policy
forbids both.  It is for showing, linking and playing.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from affetto.errors import DataError, InputError, NotFound, ServiceError, Unavailable
from affetto.sources.spotify.api import SpotifyApi
from affetto.sources.spotify.facts import SpotifyItem, SpotifyTrack, tracks_of
from affetto.sources.spotify.ids import parse_id, parse_ids, parse_market

PAGE = 10  # search answers at most ten at a time
LAST_OFFSET = 1_000  # and no further than here
AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class FreshTracks:
    """What Spotify says today of the tracks that were asked for.

    tracks : by the id that was asked for.  missing : ids that Spotify does not show, or that were
    not reached.  message : the sentence to show where Spotify stopped answering; else None.
    """

    tracks: dict[str, SpotifyTrack]
    missing: tuple[str, ...] = ()
    message: str | None = None


class SpotifyClient:
    """Spotify's catalogue.  Safe between threads.

    Every method raises AuthError, Forbidden, NotFound, RateLimited or Unavailable (all of them
    ServiceError) with one sentence, and InputError for what makes no sense.
    """

    def __init__(self, api: SpotifyApi) -> None:
        self.api = api  # for this package; everybody else has the methods below

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.api!r}>"

    def search(
        self,
        query: str = "",
        *,
        genre: str | None = None,
        year: int | str | None = None,
        market: str | None = None,
        limit: int = PAGE,
    ) -> list[SpotifyTrack]:
        """The tracks that fit best, each once; fewer than ``limit`` where there are no more.

        query : words, or Spotify's own filters (``artist:``, ``track:``, ``isrc:`` …).
        genre, year : further filters; a year is 1994 or "1990-1999".
        market : two letters; only what plays there.  limit : 1 to 1,000, read in pages of ten.
        """
        text = search_text(query, genre=genre, year=year)
        code = parse_market(market)
        if not 1 <= limit <= LAST_OFFSET:
            raise InputError(f"Spotify's search answers 1 to {LAST_OFFSET:,} tracks, not {limit}.")
        found: dict[str, SpotifyTrack] = {}
        for offset in range(0, LAST_OFFSET, PAGE):
            page = self._page(text, offset, code)
            found |= {track.track_id: track for track in tracks_of(page.get("items"))}
            if len(found) >= limit or not page.get("next"):
                break
        return list(found.values())[:limit]

    def track(self, track_id: str, *, market: str | None = None) -> SpotifyTrack:
        """One track, by id, link or URI."""
        return SpotifyTrack.of(self.api.track(parse_id(track_id), market=parse_market(market)))

    def tracks(self, track_ids: Iterable[str], *, market: str | None = None) -> FreshTracks:
        """Fresh titles and covers, four at a time; batch reads are closed to new apps.

        One unknown track leaves a gap.  Where Spotify stops answering, what came so far is
        returned with its sentence, so that the rest can be shown from our own catalogue; a
        Spotify that cannot be reached is not asked for each of the others as well.
        """
        ids, code = parse_ids(track_ids), parse_market(market)
        away: list[Unavailable] = []

        def read(track_id: str) -> SpotifyTrack | ServiceError | None:
            answer = away[0] if away else self._try_track(track_id, code)
            if isinstance(answer, Unavailable):
                away.append(answer)
            return answer

        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="spotify") as workers:
            answers = list(workers.map(read, ids))
        found = {i: a for i, a in zip(ids, answers, strict=True) if isinstance(a, SpotifyTrack)}
        stopped = [answer for answer in answers if isinstance(answer, ServiceError)]
        return FreshTracks(
            tracks=found,
            missing=tuple(track_id for track_id in ids if track_id not in found),
            message=str(stopped[0]) if stopped else None,
        )

    def album(self, album_id: str) -> SpotifyItem:
        """One album."""
        return SpotifyItem.of(self.api.album(parse_id(album_id, kind="album")), kind="album")

    def artist(self, artist_id: str) -> SpotifyItem:
        """One artist."""
        return SpotifyItem.of(self.api.artist(parse_id(artist_id, kind="artist")), kind="artist")

    def artist_albums(self, artist_id: str, *, limit: int = PAGE) -> list[SpotifyItem]:
        """An artist's newest albums and singles, 1 to 10."""
        if not 1 <= limit <= PAGE:
            raise InputError(f"Spotify answers 1 to {PAGE} albums of an artist, not {limit}.")
        page = self.api.artist_albums(parse_id(artist_id, kind="artist"), limit=limit) or {}
        return [SpotifyItem.of(row, kind="album") for row in page.get("items") or [] if row]

    def _page(self, text: str, offset: int, market: str | None) -> dict[str, Any]:
        answer = self.api.search(text, limit=PAGE, offset=offset, type="track", market=market)
        tracks = answer.get("tracks") if isinstance(answer, dict) else None
        return tracks if isinstance(tracks, dict) else {}

    def _try_track(self, track_id: str, market: str | None) -> SpotifyTrack | ServiceError | None:
        """The track; None where Spotify does not show it; the error where it stopped answering."""
        try:
            return self.track(track_id, market=market)
        except (NotFound, DataError):
            return None
        except ServiceError as error:
            return error


def search_text(query: str = "", *, genre: str | None = None, year: int | str | None = None) -> str:
    """Spotify's search language.  Raises InputError where nothing is searched for.

    >>> search_text("umbrella", genre="r&b", year=2007)
    'umbrella genre:"r&b" year:2007'
    """
    words = [" ".join(query.split())]
    if genre and genre.strip():
        words.append(f'genre:"{genre.strip().replace(chr(34), "")}"')
    if year is not None:
        words.append(f"year:{_years(str(year))}")
    text = " ".join(word for word in words if word)
    if not text:
        raise InputError("There is nothing to search for; give some words, a genre or a year.")
    if len(text) > 250:
        raise InputError("Spotify's search takes at most 250 characters.")
    return text


def _years(text: str) -> str:
    years = text.strip().split("-")
    if len(years) > 2 or not all(len(year) == 4 and year.isdigit() for year in years):
        raise InputError(f"{text!r} is no year; write 1994 or 1990-1999.")
    if years[0] > years[-1]:
        raise InputError(f"{text!r} runs backwards; write 1990-1999.")
    return "-".join(years)
