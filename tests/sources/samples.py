"""Hand-made copies of every data set, small and as messy as the real ones.

Every value that a test expects stands here in plain sight.  Nothing is taken from the
data sets: titles, artists and numbers are made up.
"""

from __future__ import annotations

import gzip
import json
import lzma
import zipfile
from pathlib import Path

import numpy as np
from PIL import Image

FEATURES = [
    "danceability",
    "energy",
    "key",
    "loudness",
    "mode",
    "speechiness",
    "acousticness",
    "instrumentalness",
    "liveness",
    "valence",
    "tempo",
    "duration_ms",
    "time_signature",
]
#: A made-up song's features, under Spotify's names.
SONG = dict(
    zip(
        FEATURES,
        (0.5, 0.8, 7, -6.5, 1, 0.05, 0.1, "1.01e-6", 0.2, 0.9, 120.5, 200_000, 4),
        strict=True,
    )
)
#: The same where Spotify found no beat.
SILENCE = SONG | {"tempo": 0, "time_signature": 0, "danceability": 0, "valence": 0}
SILENCE |= {"speechiness": 0, "energy": 0.01}


def track_id(name: str) -> str:
    """``"a"`` → a valid id of 22 characters that begins with it."""
    return name.ljust(22, "0")


def csv_text(columns: list[str], rows: list[dict], delimiter: str = ",") -> str:
    """Rows → a CSV with fields that hold a delimiter in quotes."""
    lines = [delimiter.join(columns)]
    for row in rows:
        cells = [str(row.get(column, "")) for column in columns]
        quoted = [
            f'"{c.replace(chr(34), chr(34) * 2)}"' if set(c) & set(',;|"') else c for c in cells
        ]
        lines.append(delimiter.join(quoted))
    return "\r\n".join(lines) + "\r\n"


def _tracks_114k() -> dict[str, str]:
    columns = ["track_id", "artists", "album_name", "track_name", "popularity", "duration_ms"]
    columns += ["explicit", *[f for f in FEATURES if f != "duration_ms"], "track_genre"]
    base = {"artists": "Ann;Bob", "album_name": "First", "track_name": "Rain", "popularity": 50}
    rows = [
        SONG | base | {"track_id": track_id("a"), "explicit": "FALSE", "track_genre": "folk"},
        SONG | base | {"track_id": track_id("a"), "explicit": "FALSE", "track_genre": "acoustic"},
        SILENCE
        | base
        | {
            "track_id": track_id("b"),
            "track_name": "White Noise",
            "explicit": "TRUE",
            "track_genre": "sleep",
        },
        SONG
        | {
            "track_id": track_id("c"),
            "artists": "NA",
            "album_name": "NA",
            "track_name": "NA",
            "popularity": 0,
            "explicit": "FALSE",
            "track_genre": "k-pop",
            "duration_ms": 0,
        },
    ]
    return {"dataset.csv": csv_text(columns, rows)}


def _by_genre_2024() -> dict[str, str]:
    columns = ["", "track_name", "track_id", "artist_name", "album_name", "release_date"]
    columns += ["explicit", "popularity", *FEATURES, "artist_genres"]
    rain = SONG | {
        "track_name": "Rain - 2011 Remaster",
        "track_id": track_id("d"),
        "artist_name": "Ann",
        "album_name": "Best Of",
        "release_date": "2011-05",
        "explicit": "False",
        "popularity": 61,
        "artist_genres": "['folk', 'shoegaze']",
    }
    early = rain | {"track_id": track_id("e"), "track_name": "Old", "release_date": "0000"}
    return {
        "folk.csv": csv_text(columns, [rain, early]),
        "Dream Pop.csv": csv_text(columns, [rain]),
        "opera.csv": '""\n',  # the real set has three genres that found nothing
    }


def _high_low() -> dict[str, str]:
    columns = ["track_id", "track_name", "track_artist", "track_album_name", "track_popularity"]
    columns += ["track_album_release_date", "playlist_name", "playlist_id", "playlist_genre"]
    columns += ["playlist_subgenre", *FEATURES]
    row = SONG | {
        "track_id": track_id("f"),
        "track_name": "Duet",
        "track_artist": "Ann, Ink, Pen & Co",
        "track_album_name": "Pairs",
        "track_popularity": 88,
        "playlist_name": "Hits",
        "track_album_release_date": "2024-01-31",
        "playlist_id": track_id("P1"),
        "playlist_genre": "pop",
        "playlist_subgenre": "mainstream",
    }
    unmeasured = (
        row | dict.fromkeys(FEATURES, "") | {"track_id": track_id("g"), "track_name": "Gap"}
    )
    return {
        "high_popularity_spotify_data.csv": csv_text(columns, [row, unmeasured]),
        "low_popularity_spotify_data.csv": csv_text(columns, [row | {"track_id": track_id("h")}]),
    }


def _editorial() -> dict[str, str]:
    columns = ["Unnamed: 0", "id_x", "track.artists", "track.name", "playlist_id", "name"]
    columns += [*FEATURES, "track.popularity"]
    row = SONG | {
        "id_x": track_id("i"),
        "track.artists": "Ann",
        "track.name": "Sun",
        "playlist_id": track_id("P2"),
        "name": "Happy Days",
        "track.popularity": "64.0",
    }
    rows = [row, row, row | {"id_x": track_id("a"), "track.artists": "", "track.name": ""}]
    lists = csv_text(
        ["id", "name", "description", "snapshot_id"],
        # base64 of "1662696000,…" : 2022-09-09 04:00 UTC
        [
            {
                "id": track_id("P2"),
                "name": "Happy Days",
                "description": "Smile, everyone",
                "snapshot_id": "MTY2MjY5NjAwMCwwMDAwMDAwMDVlMmJjNzg4",
            }
        ],
    )
    return {"tracks.csv": csv_text(columns, rows), "playlists.csv": lists}


def _skerjanec() -> dict[str, str]:
    columns = ["n", "id", "artist_name", "name", "album_name", "release_date", *FEATURES]
    row = SONG | {
        "n": 0,
        "id": track_id("j"),
        "artist_name": "Cat",
        "name": "Gone",
        "album_name": "Blue",
        "release_date": "1999",
    }
    return {
        "sad.csv": csv_text(columns, [row], "|"),
        "calm.csv": csv_text(columns, [row, row | {"id": track_id("k"), "name": "A|B"}], "|"),
        "active.csv": csv_text(columns, [row | {"id": track_id("l"), "name": "Run"}], "|"),
    }


def _graciez() -> dict[str, str]:
    columns = ["id", *FEATURES, "artist_name", "track_name", "preview_url"]
    row = SONG | {"id": track_id("m"), "artist_name": "Dee", "track_name": "Drift"}
    header = dict(zip(columns, columns, strict=True))
    return {
        "calm.csv": csv_text(columns, [header, row, header, row, row]),
        "energetic.csv": csv_text(columns, [row | {"id": track_id("n"), "track_name": "Jump"}]),
    }


def _tidytuesday() -> dict[str, str]:
    columns = ["track_id", "track_name", "track_artist", "track_popularity", "track_album_name"]
    columns += ["track_album_release_date", "playlist_name", "playlist_id", "playlist_genre"]
    columns += ["playlist_subgenre", *[f for f in FEATURES if f != "time_signature"]]
    first = SONG | {
        "track_id": track_id("a"),
        "track_name": "Rain",
        "track_artist": "Ann feat. Bob",
        "track_popularity": 40,
        "track_album_name": "First",
        "track_album_release_date": "1998-03-01",
        "playlist_name": "Folk Mix",
        "playlist_id": track_id("P3"),
        "playlist_genre": "rock",
        "playlist_subgenre": "folk rock",
    }
    second = first | {"track_id": track_id("o"), "track_name": "NA", "track_artist": "NA"}
    again = first | {"playlist_subgenre": "album rock"}  # one playlist under two subgenres
    return {"spotify_songs.csv": csv_text(columns, [first, second, again])}


def _hits() -> dict[str, str]:
    columns = ["track", "artist", "uri", *FEATURES, "target"]
    row = SONG | {
        "track": "Rain",
        "artist": "Ann Featuring Bob",
        "uri": f"spotify:track:{track_id('p')}",
        "target": 1,
        "duration_ms": 208_000,
    }
    return {"60s.csv": csv_text(columns, [row]), "10s.csv": csv_text(columns, [row])}


def _deezer() -> dict[str, str]:
    columns = [
        "dzr_sng_id",
        "MSD_sng_id",
        "MSD_track_id",
        "valence",
        "arousal",
        "artist_name",
        "track_name",
    ]
    rows = [
        {"valence": 1.5, "arousal": -0.75, "artist_name": "ANN & The Band", "track_name": "Rain"},
        {"valence": -3.6, "arousal": 0.3, "artist_name": "Nobody", "track_name": "Unheard"},
    ]
    return {f"{part}.csv": csv_text(columns, rows) for part in ("train", "validation", "test")}


def _archive() -> dict[str, str]:
    def track(name: str, title: str, artists: str = "Ann") -> dict:
        return {
            "track_id": track_id(name),
            "title": title,
            "artists": artists,
            "album": "First",
            "duration_ms": 201_000,
        }

    snapshots = [
        {
            "playlist_id": track_id("P4"),
            "name": "Calm &amp; Quiet",
            "description": None,
            "date": "2021-05-02",
            "tracks": [track("q", "Rain (feat. Bob)"), track("r", "New")],
        },
        {
            "playlist_id": track_id("P4"),
            "name": "Calm &amp; Quiet",
            "description": "",
            "date": "2021-02-01",
            "tracks": [track("q", "Rain"), track("q", "Rain"), track("s", "Alone", "Eve; Fay")],
        },
    ]
    return {"playlist-archive.jsonl": "".join(json.dumps(s) + "\n" for s in snapshots)}


MAKERS = {
    "spotify-2024-by-genre": _by_genre_2024,
    "high-low-popularity-2024": _high_low,
    "spotify-tracks-114k": _tracks_114k,
    "mood-playlists-editorial-2022": _editorial,
    "mood-playlists-skerjanec-2022": _skerjanec,
    "mood-playlists-graciez-2021": _graciez,
    "tidytuesday-2020-01-21": _tidytuesday,
    "hit-predictor-1960-2019": _hits,
    "playlist-archive": _archive,
    "deezer-mood-2018": _deezer,
}


def write(name: str, folder: Path, *, form: str = "folder") -> Path:
    """Write the made-up copy of source ``name``; form is "folder", "zip", "gz" or "xz".

    The packed forms need a source of one file.
    """
    files = MAKERS[name]()
    if form == "zip":
        path = folder / f"{name}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for file, text in files.items():
                archive.writestr(file, text)
        return path
    if form in ("gz", "xz"):
        (file, text), *_ = files.items()
        path = folder / f"{file}.{form}"
        path.write_bytes({"gz": gzip, "xz": lzma}[form].compress(text.encode()))
        return path
    target = folder / name
    target.mkdir(parents=True, exist_ok=True)
    for file, text in files.items():
        (target / file).write_text(text, encoding="utf-8", newline="")
    return target


# --- faces -------------------------------------------------------------------------------------


def faces(count: int = 6, *, seed: int = 1) -> np.ndarray:
    """Smooth random images, uint8 [count, 48, 48], no two alike."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 6, 6), dtype=np.uint8)
    return np.stack(
        [np.asarray(Image.fromarray(c).resize((48, 48), Image.Resampling.BICUBIC)) for c in coarse]
    )


def fer_csv(pixels: np.ndarray, labels: list[int], usage: list[str]) -> str:
    """The layout of ``fer2013.csv``; labels are FER2013's own numbers."""
    lines = ["emotion,pixels,Usage"]
    for image, label, split in zip(pixels, labels, usage, strict=True):
        lines.append(f"{label},{' '.join(map(str, image.ravel()))},{split}")
    return "\n".join(lines) + "\n"


def ferplus_csv(votes: list[list[int]], usage: str = "Training") -> str:
    """The layout of ``fer2013new.csv``; ten votes a row, in the order of its header."""
    head = (
        "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF"
    )
    rows = [f"{usage},fer{at:07}.png,{','.join(map(str, v))}" for at, v in enumerate(votes)]
    return "\n".join([head, *rows]) + "\n"
