"""``affetto collect``: tracks from Spotify's search, with audio features.

Mounted by the command; everything heavy is imported inside the functions.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from affetto.terminal import (
    JsonOption,
    complain,
    counted,
    examples,
    named_file,
    print_json,
    print_table,
)

if TYPE_CHECKING:
    from affetto.sources.features import FeatureSource
    from affetto.sources.spotify.client import SpotifyClient
    from affetto.sources.spotify.collected import Collection

EXAMPLES = examples(
    'affetto collect --query "miles davis" --limit 20',
    "affetto collect --genre ambient --year 1990-1999 --market IT --out ambient.parquet",
    "affetto collect --query umbrella --json",
)


def collect(
    query: Annotated[str, typer.Option(help="Words, or artist:…, track:…, isrc:….")] = "",
    genre: Annotated[str | None, typer.Option(help="Only this genre, in Spotify's words.")] = None,
    year: Annotated[str | None, typer.Option(help="1994, or 1990-1999.")] = None,
    market: Annotated[
        str | None, typer.Option(metavar="XX", help="Only what plays in this country: IT, US, ….")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many tracks, 1 to 1000.")] = 50,
    features: Annotated[
        bool, typer.Option("--features/--no-features", help="Look up audio features as well.")
    ] = True,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", parser=named_file, help="Save the table: .parquet or .csv."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Search Spotify, and look up the audio features of what it finds.

    Needs a Spotify app (SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET; the README shows how). The
    rows are for looking at: Spotify's policy forbids training on them, and affetto train refuses.
    """
    from affetto.sources.spotify.collected import check_target, search_with_features

    if out is not None:
        check_target(out)  # before the work, not after it
    client, sources = _services(features)
    found = search_with_features(
        client, sources, query=query, genre=genre, year=year, market=market, limit=limit
    )
    for message in found.messages:
        complain(message)
    if out is not None:
        found.save(out)
        complain(f"Saved {counted(found.table.num_rows, 'track')} to {out}.")
    if as_json:
        print_json(found.rows())
    elif out is None:
        _show(found)


def _services(features: bool) -> tuple[SpotifyClient, list[FeatureSource]]:
    """The configured Spotify and, if wanted, the chain of feature sources."""
    from affetto.sources.chain import feature_sources
    from affetto.sources.spotify.app import spotify_app

    client = spotify_app().catalogue
    return client, feature_sources(client) if features else []


def _show(found: Collection) -> None:
    rows = [
        (
            ", ".join(row["artists"]),
            row["title"],
            str(row["year"] or ""),
            "" if row["tempo"] is None else f"{row['tempo']:.0f}",
            "" if row["energy"] is None else f"{row['energy']:.2f}",
            row["features_provenance"] or "not known",
            row["url"],
        )
        for row in found.rows()
    ]
    if rows:
        columns = ("Artist", "Title", ">Year", ">Tempo", ">Energy", "Features from", "Link")
        print_table(columns, rows)
