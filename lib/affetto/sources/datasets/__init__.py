"""One reader per public data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from affetto.sources.datasets import (
    deezer_mood,
    editorial_moods,
    high_low_popularity,
    hit_predictor,
    membership_moods,
    playlist_archive,
    spotify_2024_by_genre,
    spotify_tracks_114k,
    tidytuesday,
)
from affetto.sources.datasets.rows import MusicRows

#: Source → its reader, in order of trust for audio features: the newest measurement first.
#: (The three sets of 2022 agree with each other to the last digit, and those of 2020 do
#: too; between the years Spotify measured a tenth of all tracks anew.)
MUSIC_READERS: dict[str, Callable[[Path], MusicRows]] = {
    spotify_2024_by_genre.NAME: spotify_2024_by_genre.read,
    high_low_popularity.NAME: high_low_popularity.read,
    spotify_tracks_114k.NAME: spotify_tracks_114k.read,
    editorial_moods.NAME: editorial_moods.read,
    membership_moods.SKERJANEC: membership_moods.read_skerjanec,
    membership_moods.GRACIEZ: membership_moods.read_graciez,
    tidytuesday.NAME: tidytuesday.read,
    hit_predictor.NAME: hit_predictor.read,
    playlist_archive.NAME: playlist_archive.read,
    deezer_mood.NAME: deezer_mood.read,
}
