"""ReccoBeats: audio features by Spotify id, free, without a key; who runs it is not known."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from affetto.errors import InputError, ServiceError
from affetto.sources.features import AudioFeatures, Wanted, usable_values
from affetto.sources.http import Call, HttpService, Manners
from affetto.sources.spotify.config import check_address
from affetto.sources.spotify.ids import parse_id

BASE = "https://api.reccobeats.com/v1"
URL_VARIABLE = "AFFETTO_RECCOBEATS"
AT_ONCE = 40  # ids in one request


class ReccoBeats:
    """A FeatureSource.  Rows are matched on ``href``, the track's Spotify link: ReccoBeats has
    ids of its own, leaves out what it does not know, and keeps no order.
    """

    name = "reccobeats"

    def __init__(self, *, base: str = BASE, manners: Manners | None = None) -> None:
        check_address(base)
        self._base = base.rstrip("/")
        self._service = HttpService("ReccoBeats", manners=manners)

    @classmethod
    def from_environment(cls) -> ReccoBeats:
        """The public service, or the one that AFFETTO_RECCOBEATS names."""
        return cls(base=os.environ.get(URL_VARIABLE, "").strip() or BASE)

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        """See FeatureSource.  Forty ids a request, one request after the other.

        What came before a failure is kept.  Raises RateLimited, Unavailable or another
        ServiceError where nothing came.
        """
        ids = [track.track_id for track in wanted]
        found: dict[str, AudioFeatures] = {}
        for start in range(0, len(ids), AT_ONCE):
            chunk = ids[start : start + AT_ONCE]
            try:
                answer = self._ask(chunk)
            except ServiceError:
                if found:
                    break  # the rest stays missing, and is said to be
                raise
            found |= {row.track_id: row for row in _rows(answer) if row.track_id in chunk}
        return found

    def close(self) -> None:
        """Close the connections."""
        self._service.close()

    def _ask(self, ids: Sequence[str]) -> Any:
        url = f"{self._base}/audio-features"
        return self._service.ask(Call(method="GET", url=url, params={"ids": ",".join(ids)}))


def _rows(answer: Any) -> Iterator[AudioFeatures]:
    """The rows that can be matched and have a number in them."""
    content = answer.get("content") if isinstance(answer, Mapping) else None
    for row in content if isinstance(content, list) else []:
        track_id = _track_id(row)
        values = usable_values(row) if track_id else {}
        if track_id and values:
            yield AudioFeatures(track_id=track_id, values=values, provenance=ReccoBeats.name)


def _track_id(row: Any) -> str | None:
    try:
        return parse_id(str(row["href"]))
    except (KeyError, TypeError, InputError):
        return None
