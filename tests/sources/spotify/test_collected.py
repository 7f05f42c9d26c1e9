"""``affetto collect``: found on Spotify, features from elsewhere, and never to be learned from."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner, Result

from affetto.collect_cli import collect as command
from affetto.errors import AffettoError, AuthError, InputError
from affetto.learn.provenance import refuse_spotify_api
from affetto.sources.spotify.app import spotify_app
from affetto.sources.spotify.collected import COLLECTED
from tests.servers import faults, reccobeats, spotify
from tests.servers.loopback import serve


@pytest.fixture(scope="module")
def addresses() -> Iterator[tuple[dict[str, object], str, str]]:
    """A Spotify and a ReccoBeats that listen; what stands in the dict answers."""
    now: dict[str, object] = {}

    def door(name: str) -> object:
        async def app(scope: object, receive: object, send: object) -> None:
            await now[name](scope, receive, send)  # type: ignore[operator]

        return app

    with serve(door("spotify")) as first, serve(door("beats")) as second:
        yield now, first, second


@pytest.fixture
def world(
    addresses: tuple[dict[str, object], str, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[spotify.World]:
    """Everything configured as a user would: by environment variables."""
    now, spotify_url, beats_url = addresses
    world = spotify.small_world()
    now["spotify"], now["beats"] = spotify.build(world), reccobeats.build(reccobeats.Beats())
    variables = {
        "SPOTIPY_CLIENT_ID": world.client_id,
        "SPOTIPY_CLIENT_SECRET": world.client_secret,
        "AFFETTO_SPOTIFY_API": f"{spotify_url}/v1",
        "AFFETTO_SPOTIFY_ACCOUNTS": spotify_url,
        "AFFETTO_RECCOBEATS": f"{beats_url}/v1",
        "AFFETTO_DATA": str(tmp_path / "no-data"),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    spotify_app.cache_clear()
    yield world
    spotify_app.cache_clear()


@pytest.fixture
def beats(addresses: tuple[dict[str, object], str, str], world: spotify.World) -> reccobeats.Beats:
    beats = reccobeats.Beats()
    addresses[0]["beats"] = reccobeats.build(beats)
    return beats


def _run(*arguments: str) -> Result:
    """The command as the lead mounts it; an AffettoError is raised as cli.main would get it."""
    app = typer.Typer()
    app.command()(command)
    result = CliRunner().invoke(app, arguments)
    if isinstance(result.exception, AffettoError):
        raise result.exception
    return result


def test_rows_have_facts_features_and_both_provenances(
    world: spotify.World, beats: reccobeats.Beats
) -> None:
    ids = list(world.tracks)
    beats.learn(ids[1], tempo=99.0)
    result = _run("--query", "song", "--market", "it", "--limit", "12", "--json")
    rows = json.loads(result.stdout)
    assert [row["track_id"] for row in rows] == ids[:12]
    assert list(rows[0]) == COLLECTED.names
    assert (rows[1]["tempo"], rows[1]["features_provenance"]) == (99.0, "reccobeats")
    assert (rows[0]["tempo"], rows[0]["features_provenance"]) == (None, None)
    assert {row["provenance"] for row in rows} == {"spotify_api"}
    assert "No source knows the audio features of 11 of 12 tracks." in result.stderr
    assert {e.query["market"] for e in world.log if e.path == "/v1/search"} == {"IT"}


@pytest.mark.parametrize("name", ["found.parquet", "found.csv"])
def test_a_table_is_saved_whole(world: spotify.World, tmp_path: Path, name: str) -> None:
    target = tmp_path / name
    result = _run("--genre", "ambient", "--limit", "4", "--out", str(target))
    assert "Saved 4 tracks" in result.stderr
    assert result.stdout == ""
    if name.endswith("parquet"):
        titles = pq.read_table(target).column("title").to_pylist()
    else:
        titles = [row["title"] for row in csv.DictReader(target.open(encoding="utf-8"))]
    assert titles == [f"Drift {n}" for n in range(4)]
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_what_was_collected_cannot_be_learned_from(world: spotify.World, tmp_path: Path) -> None:
    target = tmp_path / "found.parquet"
    _run("--query", "song", "--no-features", "--out", str(target))
    with pytest.raises(AffettoError, match="25 of 25 rows"):
        refuse_spotify_api(pq.read_table(target).to_pandas())


def test_a_table_for_people(world: spotify.World, beats: reccobeats.Beats) -> None:
    beats.learn(next(iter(world.tracks)))
    lines = _run("--query", "song 00").stdout.splitlines()
    assert "Features from" in lines[0]
    for word in ("Ada Quartet", "Song 00", "1980", "120", "0.75", "reccobeats"):
        assert word in lines[1]


def test_features_are_not_looked_up_when_they_are_not_wanted(
    world: spotify.World, beats: reccobeats.Beats
) -> None:
    result = _run("--query", "song", "--no-features", "--json")
    assert len(json.loads(result.stdout)) == 25
    assert (beats.asked, result.stderr) == ([], "")


def test_a_source_that_is_down_is_only_said(world: spotify.World, beats: reccobeats.Beats) -> None:
    beats.faults.plan("audio-features", faults.error(429, retry_after="7200"))
    result = _run("--query", "song 00", "--json")
    assert result.exit_code == 0
    assert len(json.loads(result.stdout)) == 1
    assert "ReccoBeats wants no more requests for 2 hours" in result.stderr


def test_nothing_found_is_said(world: spotify.World) -> None:
    result = _run("--query", "no such thing", "--json")
    assert (result.exit_code, json.loads(result.stdout)) == (0, [])
    assert "found nothing" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "nothing to search for"),
        (("--query", "x", "--market", "Italy"), "two letters"),
        (("--query", "x", "--market", "ZZ"), "does not know the market"),
        (("--query", "x", "--limit", "0"), "1 to 1,000"),
        (("--query", "x", "--year", "soon"), "no year"),
        (("--query", "x", "--out", "found.xlsx"), ".parquet or .csv"),
        (("--query", "x", "--out", "no/such/folder/x.csv"), "does not exist"),
        (("--query", "x", "--out", "."), "is a folder; name a file in it, such as tracks.parquet"),
    ],
)
def test_bad_input_is_a_sentence(
    world: spotify.World, arguments: tuple[str, ...], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        _run(*arguments)


def test_without_an_account_it_explains_itself(
    world: spotify.World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "")
    with pytest.raises(AuthError, match="the README shows how in five steps"):
        _run("--query", "song")
    assert world.log == []
