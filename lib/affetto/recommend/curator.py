"""A request in, a playlist out: journey, ranking and reasons put together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from affetto.emotions import Mood
from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.music.playlists import Playlist, Suggestion
from affetto.music.tracks import Track
from affetto.recommend.journey import goal_mood, plan_journey
from affetto.recommend.ranking import (
    ARTIST_LIMIT,
    ARTIST_WINDOW,
    BOUND_CHOICE,
    Ranker,
    Taste,
)
from affetto.recommend.reasons import STEP, Place, alike_seeds, reason
from affetto.recommend.released import Released
from affetto.recommend.request import PlaylistRequest

WIDEST_CHOICE = 8 * BOUND_CHOICE  # tracks a step beyond which a bound is given up
THERE = 0.05  # nearer than this to the goal, nobody hears the way


def make_playlist(released: Released, request: PlaylistRequest) -> Playlist:
    """The playlist for a request.

    Shorter than asked only where the filters and the rules leave no more, which a message
    says.  Raises InputError for an unknown genre, or where nothing can be played at all.
    """
    catalogue, allowed = released.catalogue, _allowed(released, request)
    taste, skipped = _taste(released, request)
    goal = goal_mood(request.goal, request.start.mood)
    path, items = _pick(released, request, goal, allowed, taste)
    return Playlist(
        emotion=request.start.emotion,
        confidence=request.start.confidence,
        mood=request.start.mood,
        goal=request.goal,
        journey=path,
        tracks=_suggestions(released, request.start.mood, goal, path, items, taste),
        messages=(
            *request.start.messages,
            *skipped,
            *_arrived(request, goal),
            *_shortfall(request, len(items)),
            *_astray(request, catalogue.mood[items]),
        ),
    )


def replace_track(
    released: Released,
    request: PlaylistRequest,
    playlist: Playlist,
    place: int,
    *,
    without: Sequence[str] = (),
) -> Playlist:
    """The playlist with another track at one place, and all others as they were.

    place : from 0.  without : track ids that must not come, nor the old one, nor other versions of
    either.  The new track is chosen for the old one's mood, around all the others; the same
    arguments always give the same track.
    Raises IndexError for a place outside the list, InputError where no other track fits.
    """
    catalogue, path = released.catalogue, [step.wanted for step in playlist]
    items, _ = catalogue.find([step.track.track_id for step in playlist])
    allowed = _allowed(released, request).copy()
    allowed[_with_versions(catalogue, [items[place], *catalogue.find(without)[0]])] = False
    taste, _ = _taste(released, request)
    kept = {k: item for k, item in enumerate(items) if k != place}
    found = _fill(released, request, path, allowed, taste, kept)
    if len(found) < len(path):
        raise InputError("No other track fits here; loosen a filter.")
    goal = goal_mood(request.goal, request.start.mood)
    tracks = list(playlist.tracks)
    tracks[place] = _suggestions(released, request.start.mood, goal, path, found, taste)[place]
    return replace(playlist, tracks=tuple(tracks))


def _with_versions(catalogue: Catalogue, items: Sequence[int]) -> list[int]:
    """The items, and the other versions of their songs."""
    songs = frozenset().union(*(catalogue.track(item).song_keys for item in items))
    akin = np.unique(np.concatenate([catalogue.by_its_artists(item) for item in items]))
    others = (item for item in akin.tolist() if catalogue.track(item).song_keys & songs)
    return [*items, *others]


def _allowed(released: Released, request: PlaylistRequest) -> np.ndarray:
    """[n] bool: what the filters let through.

    Who feels low is spared titles of suicide; Christmas, karaoke, tributes and noise come only to
    who follows or likes a song of that kind.
    """
    catalogue = released.catalogue
    allowed = request.filters.allowed(catalogue)
    if request.start.mood.valence < 0:
        allowed = allowed & ~catalogue.bleak
    asked, _ = catalogue.find((*request.seed_tracks, *request.liked))
    return allowed if catalogue.unasked[asked].any() else allowed & ~catalogue.unasked


def _pick(
    released: Released, request: PlaylistRequest, goal: Mood, allowed: np.ndarray, taste: Taste
) -> tuple[tuple[Mood, ...], list[int]]:
    """Path and items.  Where too few tracks fit, the path is planned again for so many."""
    n, kept = request.n, _kept(released, request, allowed, taste)
    while n:
        path = plan_journey(request.start.mood, goal, n=n)
        items = _fill(released, request, path, allowed, taste, kept)
        if len(items) == n:
            return path, items
        n = len(items)
    raise InputError(
        "Nothing is left to play: every track that fits is a seed track or one you disliked; "
        "loosen a filter."
    )


def _fill(
    released: Released,
    request: PlaylistRequest,
    path: Sequence[Mood],
    allowed: np.ndarray,
    taste: Taste,
    kept: Mapping[int, int],
) -> list[int]:
    """An item a step, fewer where no more fit, around those that are kept.

    Where few artists lie within the bounds these are widened step by step, then given up: better a
    whole list that ``_astray`` owns to.
    """
    ranker = Ranker(released.catalogue, released.recommender)
    bounds, choice = _bounds(request), BOUND_CHOICE
    while True:
        items = ranker.pick(
            path,
            allowed=allowed,
            taste=taste,
            seed=request.seed,
            **bounds,
            choice=choice,
            familiar=request.familiar,
            kept=kept,
        )
        if len(items) == len(path) or not bounds:
            return items
        choice *= 2
        bounds = bounds if choice <= WIDEST_CHOICE else {}


def _kept(
    released: Released, request: PlaylistRequest, allowed: np.ndarray, taste: Taste
) -> dict[int, int]:
    """Place → the track that stays there; without those that may not stand in this list."""
    catalogue, found = released.catalogue, {}
    refused = {*taste.seeds, *taste.disliked}
    tracks: dict[int, Track] = {}
    for place, track_id in enumerate(request.kept[: request.n]):
        items, _ = catalogue.find([track_id] if track_id else [])
        for item in items:
            track = catalogue.track(item)
            near = [o for other, o in tracks.items() if place - other < ARTIST_WINDOW]
            artists = Counter(artist for o in near for artist in o.artist_keys)
            full = any(artists[artist] >= ARTIST_LIMIT for artist in track.artist_keys)
            again = any(track.song_keys & o.song_keys for o in tracks.values())
            if allowed[item] and item not in refused and not (full or again):
                found[place], tracks[place] = item, track
    return found


def _bounds(request: PlaylistRequest) -> dict[str, float]:
    """Nobody is led the wrong way.

    Who asks to match or lift their mood is not led below its valence, and who asks to calm down
    not above its arousal.
    """
    mood = request.start.mood
    if request.goal in ("match", "lift"):
        return {"min_valence": mood.valence}
    return {"max_arousal": mood.arousal} if request.goal == "calm" else {}


def _taste(released: Released, request: PlaylistRequest) -> tuple[Taste, list[str]]:
    """The listener's tracks as items, and a sentence on those that we don't know."""
    known, unknown = {}, []
    for name, ids in (
        ("seeds", request.seed_tracks),
        ("liked", request.liked),
        ("disliked", request.disliked),
    ):
        items, strangers = released.catalogue.find(ids)
        known[name] = tuple(dict.fromkeys(items))
        unknown += strangers
    return Taste(**known), _skipped(unknown)


def _skipped(unknown: Sequence[str]) -> list[str]:
    if not unknown:
        return []
    shown = ", ".join(unknown[:3]) + (", …" if len(unknown) > 3 else "")
    plural = "s that are" if len(unknown) > 1 else " that is"
    return [f"Skipped {len(unknown)} track id{plural} not in the vocabulary: {shown}."]


def _arrived(request: PlaylistRequest, goal: Mood) -> list[str]:
    """A sentence where a goal that leads somewhere lies where the listener is already."""
    if request.goal == "match" or request.start.mood.distance(goal) >= THERE:
        return []
    return ["You are there already, so the songs stay with how you feel."]


def _shortfall(request: PlaylistRequest, found: int) -> list[str]:
    if found == request.n:
        return []
    return [
        f"Only {found} of {request.n} tracks fit, with no artist more than twice in twenty and "
        "no song in two versions; loosen a filter for more."
    ]


def _astray(request: PlaylistRequest, moods: np.ndarray) -> list[str]:
    """A sentence where songs [n, 2] lie a step beyond what ``_bounds`` asks for."""
    bounds = _bounds(request)
    if (moods[:, 0] < bounds.get("min_valence", -2.0) - STEP).any():
        return ["Too few songs that fit are as bright as you feel; some here are darker."]
    if (moods[:, 1] > bounds.get("max_arousal", 2.0) + STEP).any():
        return ["Too few songs that fit are as calm as you feel; some here are livelier."]
    return []


def _suggestions(
    released: Released,
    start: Mood,
    goal: Mood,
    path: Sequence[Mood],
    items: Sequence[int],
    taste: Taste,
) -> tuple[Suggestion, ...]:
    """Items with their facts and reasons."""
    tracks = released.catalogue.tracks(items)
    seeds = dict(zip(taste.seeds, released.catalogue.tracks(taste.seeds), strict=True))
    alike = alike_seeds(released.recommender.vectors, taste.seeds, items)
    found = []
    for k, (track, wanted) in enumerate(zip(tracks, path, strict=True)):
        by_artist = (s for s in seeds.values() if s.artist_keys & track.artist_keys)
        place = Place(
            track=track,
            wanted=wanted,
            start=start,
            goal=goal,
            before=tracks[k - 1] if k else None,
            seed_by_artist=next(by_artist, None),
            seed_alike=seeds.get(alike[k]),
        )
        found.append(Suggestion(track, wanted, reason(place)))
    return tuple(found)
