"""What `affetto data build` writes: the columns, types and meaning of every table.

A file written from the same rows with the same library versions has the same bytes:
rows come sorted, dictionaries and statistics are fixed by the settings below, and
Parquet stores no time of writing.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from affetto.files import arriving

# Spotify's audio features.  `valence` is stored as `spotify_valence`: it is not the
# mood that people hear, and everywhere else in Affetto valence runs from -1 to 1.
FEATURE_RANGES: dict[str, tuple[float, float]] = {
    "danceability": (0.0, 1.0),
    "energy": (0.0, 1.0),
    "key": (-1, 11),  # pitch class, 0 = C; -1 where Spotify found none
    "loudness": (-70.0, 10.0),  # dB
    "mode": (0, 1),  # 1 major, 0 minor
    "speechiness": (0.0, 1.0),
    "acousticness": (0.0, 1.0),
    "instrumentalness": (0.0, 1.0),
    "liveness": (0.0, 1.0),
    "spotify_valence": (0.0, 1.0),
    "tempo": (0.0, 300.0),  # beats a minute
    "time_signature": (0, 7),  # beats a bar
}
FEATURES = tuple(FEATURE_RANGES)

#: Features that must be known for a track to count as one "with features".  The other
#: three are missing where no beat was found, or absent from one whole source.
CORE_FEATURES = tuple(f for f in FEATURES if f not in {"key", "tempo", "time_signature"})

TRACKS = pa.schema(
    [
        pa.field("track_id", pa.string(), nullable=False),  # Spotify's, 22 characters, unique
        pa.field("recording_id", pa.int32(), nullable=False),  # same first artist and title
        pa.field("title", pa.string()),
        pa.field("artists", pa.list_(pa.string()), nullable=False),
        pa.field("artist_keys", pa.list_(pa.string()), nullable=False),  # normalised artists
        pa.field("album", pa.string()),
        pa.field("year", pa.int16()),  # of the album that holds this track
        pa.field("explicit", pa.bool_()),
        pa.field("popularity", pa.float32()),  # 0 to 100, as the newest source gives it
        pa.field("duration_ms", pa.int32()),
        pa.field("raw_genres", pa.list_(pa.string()), nullable=False),  # the sources' own words
        pa.field("genres", pa.list_(pa.string()), nullable=False),  # of the small taxonomy
        pa.field("genres_from", pa.string()),  # see track_genres.py
        pa.field("has_features", pa.bool_(), nullable=False),
        pa.field("features_from", pa.string()),  # the id that was measured: this or a twin
        *(pa.field(name, pa.float32()) for name in FEATURES),
        pa.field("provenance", pa.string(), nullable=False),  # the source of the features, else
        pa.field("sources", pa.list_(pa.string()), nullable=False),  # of the names; and all
    ]
)

PLAYLISTS = pa.schema(
    [
        pa.field("playlist_id", pa.string(), nullable=False),
        pa.field("group_id", pa.int32(), nullable=False),  # overlapping playlists share one
        pa.field("source", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("description", pa.string(), nullable=False),
        pa.field("date", pa.date32()),  # of the snapshot; null where the source is silent
        pa.field("track_ids", pa.list_(pa.string()), nullable=False),  # in order, no repeats
        pa.field("mood_context", pa.string()),  # quadrant read from name and description
    ]
)

TRACK_MOODS = pa.schema(
    [
        pa.field("track_id", pa.string(), nullable=False),
        pa.field("recording_id", pa.int32(), nullable=False),  # split by this, not by id
        pa.field("source", pa.string(), nullable=False),
        pa.field("evidence", pa.string(), nullable=False),  # one of EVIDENCE
        pa.field("label", pa.string()),  # the source's own word, null where it gives numbers
        pa.field("mood", pa.string()),  # quadrant; null for "active" and "energetic"
        pa.field("valence", pa.float32()),  # -1 to 1; null where only words are known
        pa.field("arousal", pa.float32()),
        pa.field("playlist_id", pa.string()),  # whose promise this is: mind the splits
        pa.field("title", pa.string()),  # as the label's source spells them
        pa.field("artist", pa.string()),
        pa.field("joined_by", pa.string(), nullable=False),  # "id" or "name"
    ]
)

#: What a mood label rests on.  None of the public sets here asked annotators to rate
#: songs; the word is kept for files that a user brings.
EVIDENCE = ("annotators", "listeners' tags", "playlist membership")

FACES = pa.schema(
    [
        pa.field("row", pa.int32(), nullable=False),  # row of fer2013.csv, from 0
        pa.field("usage", pa.string(), nullable=False),  # Training, PublicTest, PrivateTest
        pa.field("emotion", pa.string(), nullable=False),
        pa.field("votes", pa.list_(pa.uint8(), 10)),  # FER+, null without its file
        pa.field("png", pa.binary(), nullable=False),  # 48 x 48 grey
        pa.field("sha256", pa.string(), nullable=False),  # of the 2,304 pixel bytes
        pa.field("phash", pa.uint64(), nullable=False),  # 64-bit perceptual hash
        pa.field("exact_group", pa.int32(), nullable=False),  # first row with these pixels
        pa.field("near_group", pa.int32(), nullable=False),  # first row that looks the same
        pa.field("constant", pa.bool_(), nullable=False),  # one grey value everywhere
    ]
)


def write_table(table: pa.Table, path: Path) -> Path:
    """Write ``table`` to ``path``, whole or not at all, with the same bytes for the same rows."""
    with arriving(path) as temporary:
        pq.write_table(
            table,
            temporary,
            compression="zstd",
            compression_level=9,
            row_group_size=65_536,
            version="2.6",
            write_statistics=True,
            store_schema=True,
        )
    return path
