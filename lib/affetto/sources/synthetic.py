"""Made-up songs, playlists, mood labels and faces, in the words of the real sources.

For quick runs with no network and no data: the same builders take them, and they have the faults
that the real files have (repeats, twins under other ids, missing features, noisy labels), so that
every step of the notebooks has something to find.  Equal arguments give equal rows.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import numpy as np
import pandas as pd

from affetto.emotions import EMOTIONS, Mood
from affetto.sources.datasets.fer2013 import SIDE, CrowdVotes, LabelledFaces
from affetto.sources.datasets.rows import MOOD_COLUMNS, TRACK_COLUMNS, MusicRows
from affetto.sources.schema import FEATURE_RANGES, FEATURES

_SCENES = (  # raw genre, valence, arousal, first year
    ("pop", 0.5, 0.4, 2008),
    ("black metal", -0.6, 0.8, 1988),
    ("singer-songwriter", -0.4, -0.4, 1966),
    ("vocal jazz", 0.3, -0.5, 1955),
    ("rap", -0.1, 0.4, 1994),
    ("ambient", 0.2, -0.8, 1998),
    ("salsa", 0.7, 0.6, 1972),
    ("indie rock", -0.2, 0.2, 2002),
)
_WORDS = ("Amber", "River", "Window", "Harbour", "Silver", "Garden", "Winter", "Lantern", "Fire")
_MOOD_NAMES = {
    "happy": "Happy Hits",
    "angry": "Rage Room",
    "sad": "Sad Songs",
    "calm": "Calm Evenings",
}
# Name of a source → share of the songs that it holds, from and to.
_FEATURED = {"spotify-2024-by-genre": (0.0, 0.6), "spotify-tracks-114k": (0.45, 0.85)}
_ARCHIVE, _EDITORIAL, _TAGS = (
    "playlist-archive",
    "mood-playlists-editorial-2022",
    "deezer-mood-2018",
)
_DAYS = tuple(dt.date(2020, 6, 1) + dt.timedelta(days=75 * step) for step in range(6))


def made_up_music(
    *, songs: int = 3000, playlists: int = 120, seed: int = 7
) -> dict[str, MusicRows]:
    """Source name → rows, as the readers of the real files give them.

    songs : at least 100.  playlists : of the archive, each with one to six dated snapshots; an
    eighth as many editorial ones promise a mood.  About 15 % of the songs have no features, and
    one in twelve stands twice, under two ids.
    """
    rng = np.random.default_rng(seed)
    every, mood = _songs(songs, rng)
    found = {name: _featured(every, low, high) for name, (low, high) in _FEATURED.items()}
    twins = every.sample(frac=1 / 12, random_state=seed).index
    found["spotify-tracks-114k"] = _with_twins(found["spotify-tracks-114k"], every.loc[twins], rng)
    found[_EDITORIAL] = _editorial(every, mood, max(8, playlists // 8), rng)
    found[_ARCHIVE] = _archive(every, mood, playlists, rng)
    found[_TAGS] = _tags(every, mood, rng)
    return found


def _songs(count: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """All songs with TRACK_COLUMNS, and the mood [n, 2] that their makers gave them."""
    scene = rng.integers(0, len(_SCENES), count)
    mood = np.clip(rng.normal([_SCENES[s][1:3] for s in scene], 0.25), -1, 1)
    frame = pd.DataFrame(_features(mood, rng), columns=list(FEATURES))
    frame["track_id"] = [_made_up_id("song", number) for number in range(count)]
    words = rng.choice(_WORDS, (count, 2))
    frame["title"] = [f"{a} {b} {number}" for number, (a, b) in enumerate(words)]
    frame["artists"] = [[f"{_SCENES[s][0].title()} Band {k % 37}"] for k, s in enumerate(scene)]
    frame["album"] = [f"{a} Nights" for a, _ in words]
    first = np.array([_SCENES[s][3] for s in scene])
    frame["year"] = np.minimum(2024, first + rng.integers(0, 15, count))
    frame["explicit"] = rng.random(count) < 0.1
    frame["popularity"] = np.round(100 * rng.beta(1.2, 4, count))
    frame["duration_ms"] = np.round(rng.normal(215_000, 40_000, count).clip(60_000))
    frame["raw_genres"] = [[_SCENES[s][0]] for s in scene]
    return frame[list(TRACK_COLUMNS)], mood


def _features(mood: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Features that follow the mood [n, 2] as loosely as real ones do."""
    valence, arousal = mood.T
    noise = rng.normal(0, 1, (9, len(mood)))
    beats = {"key": rng.integers(0, 12, len(mood)), "time_signature": np.full(len(mood), 4)}
    drawn = {
        "danceability": 0.55 + 0.15 * valence + 0.1 * noise[0],
        "energy": 0.55 + 0.35 * arousal + 0.1 * noise[1],
        "loudness": -11 + 6 * arousal + 2 * noise[2],
        "mode": (0.5 * valence + 0.6 * noise[3] > -0.2).astype(float),
        "speechiness": 0.07 + 0.04 * np.abs(noise[4]),
        "acousticness": 0.45 - 0.4 * arousal + 0.15 * noise[5],
        "instrumentalness": 0.25 - 0.2 * arousal + 0.15 * noise[6],
        "liveness": 0.16 + 0.06 * np.abs(noise[7]),
        "spotify_valence": 0.5 + 0.2 * valence + 0.1 * arousal + 0.15 * noise[8],
        "tempo": 118 + 25 * arousal + 18 * rng.normal(0, 1, len(mood)),
        **beats,
    }
    return {name: np.clip(drawn[name], *FEATURE_RANGES[name]) for name in FEATURES}


def _made_up_id(kind: str, number: int) -> str:
    """An id in the form of Spotify's: 22 letters and digits."""
    return hashlib.sha256(f"{kind} {number}".encode()).hexdigest()[:22]


def _featured(every: pd.DataFrame, low: float, high: float) -> MusicRows:
    part = every.iloc[int(low * len(every)) : int(high * len(every))].reset_index(drop=True)
    return MusicRows(len(part), tracks=part)


def _with_twins(rows: MusicRows, twins: pd.DataFrame, rng: np.random.Generator) -> MusicRows:
    """Add the same songs under other ids, measured a little differently."""
    again = twins.assign(track_id=[_made_up_id("twin", k) for k in twins.index])
    again["energy"] = np.clip(again["energy"] + rng.normal(0, 0.02, len(again)), 0, 1)
    tracks = pd.concat([rows.tracks, again], ignore_index=True)
    return MusicRows(len(tracks), tracks=tracks)


def _nameless_features(tracks: pd.DataFrame) -> pd.DataFrame:
    """The songs as a playlist's file gives them: names, and nothing that was measured."""
    bare = tracks.assign(**dict.fromkeys(FEATURES, np.nan), explicit=pd.NA, popularity=np.nan)
    bare["year"] = pd.NA
    bare["raw_genres"] = [[] for _ in range(len(bare))]
    return bare.reset_index(drop=True)


def _near(mood: np.ndarray, length: int, rng: np.random.Generator) -> np.ndarray:
    """Positions of ``length`` songs around one song's mood: what one playlist holds."""
    centre = mood[rng.integers(len(mood))]
    distance = np.linalg.norm(mood - centre, axis=1) + rng.exponential(0.8, len(mood))
    return rng.permutation(np.argsort(distance, kind="stable")[:length])


def _promise(mood: np.ndarray) -> str:
    return _MOOD_NAMES[Mood(*np.clip(mood.mean(axis=0), -1, 1)).quadrant]


def _playlist(number: int, name: str, day: dt.date, songs: np.ndarray, every: pd.DataFrame) -> list:
    ids = every["track_id"].to_numpy()[songs].tolist()
    return [_made_up_id("playlist", number), name, "", day, ids]


def _editorial(
    every: pd.DataFrame, mood: np.ndarray, count: int, rng: np.random.Generator
) -> MusicRows:
    held = [_near(mood, 40, rng) for _ in range(count)]
    rows = [
        _playlist(10_000 + k, f"{_promise(mood[songs])} {k}", dt.date(2022, 2, 10), songs, every)
        for k, songs in enumerate(held)
    ]
    return _playlist_rows(rows, every, np.concatenate(held), bare=False)


def _archive(
    every: pd.DataFrame, mood: np.ndarray, count: int, rng: np.random.Generator
) -> MusicRows:
    """Playlists that grow from snapshot to snapshot; every tenth is largely the one before."""
    rows, held, before = [], [], None
    for number in range(count):
        songs = _near(mood, int(rng.integers(16, 60)), rng)
        if number % 10 == 9 and before is not None:
            songs = np.unique(np.concatenate([before, songs[:5]]))
        promise = _promise(mood[songs]) if number % 4 == 0 else "Mixtape"
        days = _DAYS[int(rng.integers(0, 3)) :]
        for step, day in enumerate(days, start=1):
            seen = songs[: max(8, len(songs) * step // len(days))]
            rows.append(_playlist(number, f"{promise} {number}", day, seen, every))
        held.append(songs)
        before = songs
    return _playlist_rows(rows, every, np.concatenate(held), bare=True)


def _playlist_rows(rows: list, every: pd.DataFrame, held: np.ndarray, *, bare: bool) -> MusicRows:
    tracks = every.iloc[np.unique(held)].reset_index(drop=True)
    names = ["playlist_id", "name", "description", "date", "track_ids"]
    return MusicRows(
        sum(len(row[-1]) for row in rows),
        tracks=_nameless_features(tracks) if bare else tracks,
        playlists=pd.DataFrame(rows, columns=names),
    )


def _tags(every: pd.DataFrame, mood: np.ndarray, rng: np.random.Generator) -> MusicRows:
    """Listeners' valence and arousal for a third of the songs, by name, with their own noise."""
    picked = np.sort(rng.choice(len(every), len(every) // 3, replace=False))
    felt = np.clip(mood[picked] + rng.normal(0, 0.25, (len(picked), 2)), -1, 1)
    labels = pd.DataFrame(
        {
            "track_id": None,
            "title": every["title"].to_numpy()[picked],
            "artist": [names[0] for names in every["artists"].iloc[picked]],
            "label": None,
            "mood": [Mood(*pair).quadrant for pair in felt],
            "valence": felt[:, 0],
            "arousal": felt[:, 1],
            "evidence": "listeners' tags",
            "playlist_id": None,
        }
    )
    return MusicRows(len(labels), moods=labels[list(MOOD_COLUMNS)])


# --- faces -------------------------------------------------------------------------------------

_EXPRESSIONS = {  # smile, open mouth, slant of the brows, their height, open eyes
    "angry": (-0.5, 0.15, 1.0, -0.6, 0.8),
    "disgust": (-0.7, 0.3, 0.6, -0.4, 0.5),
    "fear": (-0.3, 0.7, -0.8, 0.8, 1.3),
    "happy": (1.0, 0.35, 0.0, 0.1, 0.9),
    "sad": (-0.9, 0.05, -0.8, 0.0, 0.7),
    "surprise": (0.1, 1.0, 0.0, 1.0, 1.5),
    "neutral": (0.0, 0.05, 0.0, 0.0, 1.0),
}
_SHARES = (0.14, 0.03, 0.14, 0.25, 0.17, 0.11, 0.16)  # of FER2013's classes, about
_MISLABELLED, _REPEATED = 0.15, 0.04
_VOTERS = 10


def made_up_faces(count: int = 1200, *, seed: int = 7) -> tuple[LabelledFaces, CrowdVotes]:
    """Drawn faces with labels and votes that are wrong about as often as people disagree.

    count : at least 50; 80 % Training, the rest PublicTest and PrivateTest in halves.  Four in a
    hundred repeat an earlier face, some with another label, and two images are of one grey.
    """
    rng = np.random.default_rng(seed)
    shown = rng.choice(len(EMOTIONS), count, p=_SHARES)
    pixels = _draw(shown, rng)
    labels = np.where(rng.random(count) < _MISLABELLED, rng.integers(0, 7, count), shown)
    repeats = rng.choice(np.arange(20, count), int(_REPEATED * count), replace=False)
    originals = rng.integers(0, 20 + (repeats - 20) // 2)
    brighter = np.where(np.arange(len(repeats)) % 3 == 0, 6, 0)[:, None, None]
    pixels[repeats] = np.clip(pixels[originals].astype(int) + brighter, 0, 255)
    shown[repeats] = shown[originals]
    same = rng.random(len(repeats)) > _MISLABELLED
    labels[repeats[same]] = labels[originals[same]]
    blank = np.array([5, count - 5])
    pixels[blank] = 0
    part = np.digitize(np.arange(count), [0.8 * count, 0.9 * count])
    usage = np.array(["Training", "PublicTest", "PrivateTest"])[part]
    return LabelledFaces(pixels, labels.astype(np.int64), usage), _vote(shown, blank, rng)


def _vote(shown: np.ndarray, blank: np.ndarray, rng: np.random.Generator) -> CrowdVotes:
    """Ten votes a face; how many of them see what was drawn differs from face to face."""
    clear = rng.beta(4, 1.6, len(shown))[:, None]
    chance = clear * np.eye(10)[shown] + (1 - clear) * np.array([*_SHARES, 0.02, 0.03, 0.01]) / 1.06
    chance[blank] = np.eye(10)[9]
    votes = rng.multinomial(_VOTERS, chance / chance.sum(axis=1, keepdims=True))
    return CrowdVotes(emotions=votes[:, :7].astype(np.int64), others=votes[:, 7:].astype(np.int64))


def _draw(shown: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """uint8 [n, 48, 48]: one drawn face for every index into EMOTIONS."""
    count = len(shown)
    looks = np.array([_EXPRESSIONS[EMOTIONS[index]] for index in shown])
    looks = looks + rng.normal(0, 0.12, looks.shape)
    smile, mouth, slant, height, eyes = (column[:, None, None] for column in looks.T)
    place = rng.normal(0, 0.05, (2, count, 1, 1))
    size = rng.normal(1, 0.06, (count, 1, 1))
    grid = np.linspace(-1, 1, SIDE)
    x, y = (grid[None, None, :] - place[0]) / size, (grid[None, :, None] - place[1]) / size
    side = np.abs(x)
    skin, behind = rng.uniform(120, 220, (count, 1, 1)), rng.uniform(20, 110, (count, 1, 1))
    image = np.where((x / 0.75) ** 2 + (y / 0.95) ** 2 < 1, skin, behind)
    brow = -0.42 - 0.12 * height - 0.25 * slant * (side - 0.32)
    image = np.where((np.abs(y - brow) < 0.045) & (np.abs(side - 0.32) < 0.18), 30, image)
    eye = ((side - 0.32) / 0.13) ** 2 + ((y + 0.2) / (0.075 * np.clip(eyes, 0.2, 2))) ** 2
    image = np.where(eye < 1, 25, image)
    lips = 0.5 + 0.12 * smile - 0.9 * smile * x**2
    thick = 0.05 + 0.17 * np.clip(mouth, 0, 1.3)
    image = np.where((np.abs(y - lips) < thick) & (side < 0.36), 45, image)
    light = 1 + 0.25 * rng.normal(0, 1, (count, 1, 1)) * x
    return np.clip(image * light + rng.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
