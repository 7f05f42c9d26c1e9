"""Fresh titles and covers of the songs on the page, read behind its back: nobody waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from affetto.sources.expiring import ExpiringCache

if TYPE_CHECKING:
    from affetto.sources.spotify.client import SpotifyClient
    from affetto.sources.spotify.facts import SpotifyTrack

PATIENCE = 10.0  # seconds after which the page no longer looks out for what it asked for
REST = 60.0  # seconds without a request after one that failed
_NOT_SHOWN = object()  # Spotify does not show the track; asking again would not help


@dataclass(frozen=True, slots=True)
class Fresh:
    """What is known of some songs at this moment.

    tracks : by id, what Spotify says today.  pending : more may come soon.
    message : the sentence to show where Spotify does not answer; else None.
    """

    tracks: Mapping[str, SpotifyTrack] = field(default_factory=dict)
    pending: bool = False
    message: str | None = None


class Covers:
    """Reads over one Spotify client, an hour's memory, one batch of at most four reads at a time.

    Of several sessions that share it, each song is asked for once.  Safe between threads.
    """

    def __init__(
        self,
        reader: SpotifyClient,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._reader = reader
        self._patience, self._clock = patience, clock
        self._known = ExpiringCache(clock=clock)
        self._asked: dict[str, float] = {}  # what is being read, and since when
        self._resting: tuple[float, str] | None = None  # until when, and why
        self._lock, self._turn = threading.Lock(), threading.Lock()

    def look_up(self, track_ids: Sequence[str]) -> Fresh:
        """What is known of these songs; what is not is asked for meanwhile.  Returns at once."""
        with self._lock:
            now = self._clock()
            known = {track_id: self._known.get(track_id) for track_id in track_ids}
            message = self._resting[1] if self._resting and now < self._resting[0] else None
            unasked = [i for i, facts in known.items() if facts is None and i not in self._asked]
            if unasked and message is None:
                self._asked |= dict.fromkeys(unasked, now)
                threading.Thread(target=self._read, args=(unasked,), daemon=True).start()
            since = [self._asked[i] for i in known if known[i] is None and i in self._asked]
        shown = {i: facts for i, facts in known.items() if facts not in (None, _NOT_SHOWN)}
        pending = message is None and any(now - asked < self._patience for asked in since)
        return Fresh(shown, pending, message)

    def _read(self, track_ids: Sequence[str]) -> None:
        """Ask Spotify; where it stops answering, keep what came and rest a while."""
        try:
            with self._turn:
                fresh = self._reader.tracks(track_ids)
            for track_id, track in fresh.tracks.items():
                self._known.put(track_id, track)
            if fresh.message:
                self._resting = (self._clock() + REST, fresh.message)
                return
            for track_id in fresh.missing:
                self._known.put(track_id, _NOT_SHOWN)
        finally:
            with self._lock:
                for track_id in track_ids:
                    del self._asked[track_id]
