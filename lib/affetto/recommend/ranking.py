"""From scores to a list that people like: near the mood, varied, each song once.

At each step of the journey the tracks near the wanted mood compete.  What a recommender says of
them counts most, nearness to the mood next, then what their moods rest on.  While the listener
named few songs, what many know is preferred, because nothing yet says whose taste to follow: the
list's own picks are no taste.  Another seed sets half of all tracks aside, so that its list is
another one and as good; alikeness to what was just picked counts against a track.  The pick
becomes history.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

import numpy as np

from affetto.emotions import Mood
from affetto.music.catalogue import Catalogue
from affetto.recommend.recommender import Recommender, Searching, Wish
from affetto.recommend.retrieval.interface import best_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Taste:
    """What the listener said of tracks, as items.

    seeds : "more like these"; heard first, never listed.  liked : heard too, may be listed, and
    their like counts more.  disliked : never listed, nor another version of them, and their like
    counts less.
    """

    seeds: tuple[int, ...] = ()
    liked: tuple[int, ...] = ()
    disliked: tuple[int, ...] = ()

    @property
    def heard(self) -> tuple[int, ...]:
        """The history that a list begins from."""
        return tuple(dict.fromkeys((*self.seeds, *self.liked)))


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingWeights:
    """How much each concern counts, in standard deviations of the scores near the wanted mood.

    "Alike" is the square of the cosine: a twin loses all of the weight, a cousin little.
    """

    mood: float = 0.5  # lost a radius away from the wanted mood, twice that two radii away
    certain: float = 0.75  # gained by a mood that people named of the very song, half by its sound
    familiar: float = 0.35  # gained per doubling of a track's playlists, over 1 + songs named
    known_artist: float = 0.3  # the same per doubling of its main artist's
    lean: float = 0.75  # gained per doubling of its playlists by a listener who wants the known
    noise: float = 0.15  # scale of the Gumbel noise that each seed draws
    aside: float = 2.0  # lost by half of all tracks, at random, in any seed's list but the default
    alike: float = 0.5  # lost by a twin of a recent pick
    same_artist: float = 1.0  # lost by an artist already in the list
    liked: float = 1.0  # gained by a twin of a liked track
    disliked: float = 1.5  # lost by a twin of a disliked track
    radius: float = 0.2  # tracks this near to the wanted mood compete ...
    enough: int = 120  # ... or this many of the nearest, if that is more
    candidates: int = 4096  # where more compete, the search keeps so many
    shortlist: int = 200  # of which the best are looked at one by one


ARTIST_LIMIT, ARTIST_WINDOW = 2, 20  # no artist more than twice in twenty tracks
RECENT = 20  # picks that a track is compared with for variety
NEAR = 0.35  # as near as a track must be to be called "in the mood"
FAMOUS = 64.0  # playlists beyond which a track or an artist is no more familiar
OUTSTANDING = 2.5  # deviations beyond which a higher score hardly counts for more
BOUND_CHOICE = 1.5  # times as many tracks within a bound as a list needs are enough
DEFAULT_WEIGHTS = RankingWeights()


@dataclass(slots=True)
class _Picks:
    """The list so far, and the rules on artists and songs that the next track must keep.

    ahead : place → artists of a track that stands there already; its songs are among ``songs``.
    """

    items: list[int] = field(default_factory=list)
    artists: list[frozenset[str]] = field(default_factory=list)  # one entry a pick
    songs: set[tuple[str, str]] = field(default_factory=set)
    ahead: dict[int, frozenset[str]] = field(default_factory=dict)

    def add(self, item: int, artists: frozenset[str], songs: frozenset[tuple[str, str]]) -> None:
        self.items.append(item)
        self.artists.append(artists)
        self.songs |= songs

    def full_artists(self) -> set[str]:
        """Those who have all the places that the nineteen tracks on either side allow."""
        here = len(self.items)
        window = self.artists[-(ARTIST_WINDOW - 1) :]
        window += [a for place, a in self.ahead.items() if here < place < here + ARTIST_WINDOW]
        counts = Counter(artist for artists in window for artist in artists)
        return {artist for artist, count in counts.items() if count >= ARTIST_LIMIT}


class Ranker:
    """Picks tracks for a path of moods out of one catalogue with one recommender."""

    def __init__(
        self,
        catalogue: Catalogue,
        recommender: Recommender,
        *,
        weights: RankingWeights = DEFAULT_WEIGHTS,
    ) -> None:
        if recommender.size != len(catalogue):
            raise ValueError(f"{recommender.size} scores for {len(catalogue)} tracks")
        self.catalogue, self.recommender, self.weights = catalogue, recommender, weights
        self._moods = np.ascontiguousarray(catalogue.mood.T)  # read whole at every step of a list
        self._searches = isinstance(recommender, Searching)  # costs more than a step of a list

    def pick(
        self,
        path: Sequence[Wish],
        *,
        allowed: np.ndarray,
        taste: Taste = Taste(),
        seed: int = 0,
        min_valence: float | None = None,
        max_arousal: float | None = None,
        choice: float = BOUND_CHOICE,
        familiar: float = 0.0,
        kept: Mapping[int, int] = MappingProxyType({}),
    ) -> list[int]:
        """Up to ``len(path)`` items, one a step; fewer where the rules leave no more.

        path : wanted moods; None where any will do.  allowed : [n] bool.
        min_valence : keep to tracks at least this pleasant, or, where too few are, to the most
        pleasant ones.  max_arousal : to tracks no livelier than this, or to the calmest.
        choice : how many tracks a step are enough for such a bound.
        familiar : -1 (tracks that few know) to 1 (that many know).  kept : place in the list → the
        track that stands there whatever else comes; the others are chosen around them.
        The same arguments always give the same list.  Tracks of unknown mood are taken only
        where no mood is wanted, or when all others are used up.
        """
        pool = allowed.copy()
        pool[[*taste.seeds, *taste.disliked]] = False
        valence, arousal = self._moods
        enough = math.ceil(choice * len(path))
        if min_valence is not None:
            pool &= _at_least(min_valence, valence, pool, enough=enough)
        if max_arousal is not None:
            pool &= _at_least(-max_arousal, -arousal, pool, enough=enough)
        aside = self.weights.aside if seed else 0.0
        luck = _luck(seed, self.weights.noise, aside, len(pool))
        kept = {place: item for place, item in kept.items() if place < len(path)}
        pool[list(kept.values())] = False
        picks = _Picks(
            songs=self._songs((*taste.seeds, *taste.disliked, *kept.values())),
            ahead={place: self.catalogue.track(item).artist_keys for place, item in kept.items()},
        )
        for place, wanted in enumerate(path):
            item = kept.get(place)
            if item is None:
                item = self._next(wanted, pool, picks, luck, taste, familiar)
            if item is None:
                break
            pool[item] = False
            track = self.catalogue.track(item)
            picks.add(item, track.artist_keys, track.song_keys)
        return picks.items

    def _next(
        self, wanted: Wish, pool, picks: _Picks, luck, taste: Taste, familiar: float
    ) -> int | None:
        """The best track that keeps the rules, or None.  Songs already listed leave ``pool``."""
        open_items, full = pool.copy(), picks.full_artists()
        history = (*taste.heard, *picks.items)
        while True:
            near, distance = self._near(wanted, open_items)
            if not len(near):
                return None
            near, distance, scores = self._scored(history, wanted, near, distance)
            worth = _standardised(scores) + luck[near] - self.weights.mood * distance
            if wanted is not None:
                worth += self.weights.certain * self.catalogue.mood_certainty[near]
            worth += self._familiar(near, named=len(taste.heard), lean=familiar)
            best = best_of(None, worth, self.weights.shortlist).items
            for item in self._varied(near[best], worth[best], picks, taste):
                track = self.catalogue.track(item)
                if track.song_keys & picks.songs:
                    pool[item] = False
                elif not track.artist_keys & full:
                    return item
                open_items[item] = False

    def _scored(
        self, history: Sequence[int], wanted: Wish, near: np.ndarray, distance: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The items that compete, their distances and their scores; of very many only the best."""
        most = self.weights.candidates
        if not self._searches or len(near) <= most:
            return near, distance, self.recommender.scores(history, wanted, among=near)
        found = self.recommender.top(history, wanted, k=most, among=near)
        order = np.argsort(found.items)
        places = np.searchsorted(near, found.items[order])
        return near[places], distance[places], found.scores[order]

    def _near(self, wanted: Wish, open_items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Items that compete, and how many radii each lies from the wanted mood."""
        if wanted is None:
            items = np.flatnonzero(open_items)
            return items, np.zeros(len(items))
        radius, squares = self.weights.radius, self._squares(wanted)
        items = np.flatnonzero((squares <= radius**2) & open_items)
        if len(items) < self.weights.enough:
            known = np.flatnonzero(open_items & ~np.isnan(squares))
            if not len(known):
                items = np.flatnonzero(open_items)
                return items, np.zeros(len(items))
            place = min(self.weights.enough, len(known)) - 1
            reach = max(radius**2, np.partition(squares[known], place)[place])
            items = known[squares[known] <= reach]
        return items, np.sqrt(squares[items]) / radius

    def _squares(self, wanted: Mood) -> np.ndarray:
        """[n] float32, each track's squared distance from ``wanted``; NaN where it is unknown."""
        valence, arousal = self._moods
        squares = (valence - np.float32(wanted.valence)) ** 2
        squares += (arousal - np.float32(wanted.arousal)) ** 2
        return squares

    def _familiar(self, items: np.ndarray, *, named: int, lean: float = 0.0) -> np.ndarray:
        """What each item gains for being known: to who named few songs, and by their own lean.

        Who wants to discover (``lean`` below 0) is spared what many know.
        """
        weights, songs = self.weights, _doublings(self.catalogue.popularity[items])
        artists = _doublings(self.catalogue.artist_popularity[items])
        unasked = (1.0 + min(lean, 0.0)) / (1 + named)
        gain = unasked * (weights.familiar * songs + weights.known_artist * artists)
        # an evergreen under another id stands in few playlists, its artist does not
        return gain + lean * weights.lean * (artists if lean < 0 else songs)

    def _varied(self, items, worth, picks: _Picks, taste: Taste) -> list[int]:
        """The shortlist, best first, after likeness to likes, recent picks and dislikes counts."""
        artist, recent = self.catalogue.main_artist, picks.items[-RECENT:]
        worth = worth - self.weights.same_artist * np.isin(artist[items], artist[recent])
        worth -= self.weights.alike * self._likeness(items, recent)
        worth += self.weights.liked * self._likeness(items, taste.liked)
        worth -= self.weights.disliked * self._likeness(items, taste.disliked)
        return items[np.argsort(-worth, kind="stable")].tolist()

    def _likeness(self, items: np.ndarray, others: Sequence[int]) -> np.ndarray:
        """Square of the highest cosine with ``others``, 0 to 1; zeros without vectors."""
        vectors = self.recommender.vectors
        if vectors is None or not len(others):
            return np.zeros(len(items))
        rows = vectors[items]
        nearest = (rows @ unit_rows(vectors[list(others)]).T).max(axis=1)
        return (np.maximum(nearest, 0.0) / row_lengths(rows)) ** 2

    def _songs(self, items: Sequence[int]) -> set[tuple[str, str]]:
        return set().union(*(track.song_keys for track in self.catalogue.tracks(items)))


def _at_least(floor: float, values: np.ndarray, pool: np.ndarray, *, enough: int) -> np.ndarray:
    """[N] bool: at or above the floor, which sinks no deeper than to leave ``enough`` tracks."""
    known = values[pool & ~np.isnan(values)]
    if len(known) <= enough:
        return np.ones(len(pool), dtype=bool)
    spare = np.partition(known, -enough)[-enough]
    return values >= min(floor - 1e-6, spare)


@lru_cache(maxsize=8)
def _luck(seed: int, noise: float, aside: float, size: int) -> np.ndarray:
    """[size] what chance gives each track: Gumbel noise, less ``aside`` for half of them.

    Nobody may change it: most lists are drawn with one of a few seeds.
    """
    rng = np.random.default_rng(seed)
    luck = rng.gumbel(scale=noise, size=size) - aside * (rng.random(size) < 0.5)
    luck.flags.writeable = False
    return luck


def row_lengths(vectors: np.ndarray) -> np.ndarray:
    """[n] length of each row [n, D], to divide by: 1 for a row of zeros."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.where(lengths > 0, lengths, 1.0)


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """[n, D] rows scaled to length 1; rows of zeros stay zeros."""
    return vectors / row_lengths(vectors)[:, None]


def _doublings(playlists: np.ndarray) -> np.ndarray:
    """How often one playlist doubles to so many; 0 to 6."""
    return np.log2(np.clip(playlists, 1.0, FAMOUS))


def _standardised(scores: np.ndarray) -> np.ndarray:
    """Zero mean and unit deviation, so that weights mean the same for every recommender.

    Far above the mean the scale flattens: one runaway hit would open every list otherwise.
    """
    spread = float(scores.std())
    if spread < 1e-9:
        return np.zeros(len(scores))
    return OUTSTANDING * np.tanh((scores - scores.mean()) / spread / OUTSTANDING)
