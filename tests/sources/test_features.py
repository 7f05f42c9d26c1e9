"""One contract for every source of audio features, and the chain that asks them in turn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from starlette.types import ASGIApp

from affetto.errors import DataError, Forbidden, InputError, RateLimited, ServiceError, Unavailable
from affetto.sources.catalogue_features import CatalogueById, CatalogueByName, local_sources
from affetto.sources.features import (
    AudioFeatures,
    FeatureSource,
    Wanted,
    find_features,
    usable_values,
)
from affetto.sources.http import Manners
from affetto.sources.reccobeats import ReccoBeats
from affetto.sources.schema import FEATURES, TRACKS
from affetto.sources.spotify.app import SpotifyApp
from affetto.sources.spotify.audio_features import SpotifyFeatures
from affetto.sources.spotify.config import SpotifyConfig
from tests.servers import faults, reccobeats, spotify
from tests.servers.loopback import serve

QUICK = Manners(pause=0.01, patience=0.05)
KNOWN = [spotify.spotify_id(f"known {n}") for n in range(3)]
UNKNOWN = spotify.spotify_id("unknown")
NAMES = {KNOWN[0]: "Umbrella", KNOWN[1]: "Help!", KNOWN[2]: "Così fan tutte"}
MEASURED = {name: 0.5 for name in FEATURES} | {"key": 7, "loudness": -8.5, "mode": 1}
MEASURED |= {"tempo": 120.0, "time_signature": 4}


def _wanted(*track_ids: str) -> list[Wanted]:
    return [
        Wanted(track_id=i, title=NAMES.get(i, "Nobody knows"), artists=("The Ada Quartet",))
        for i in track_ids
    ]


# --- every source, the same questions ------------------------------------------------------------


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[dict[str, ASGIApp], str]]:
    """One server; the app in the dict answers."""
    apps: dict[str, ASGIApp] = {}

    async def app(scope: object, receive: object, send: object) -> None:
        await apps["now"](scope, receive, send)

    with serve(app) as url:
        yield apps, url


def _row(track_id: str, title: str | None, **more: object) -> dict[str, object]:
    nothing = {field.name: None for field in TRACKS}
    lists = {field.name: [] for field in TRACKS if pa.types.is_list(field.type)}
    return {
        **nothing, **lists, **MEASURED, "track_id": track_id, "recording_id": 1, "title": title,
        "artists": ["The Ada Quartet"], "artist_keys": ["ada quartet"], "has_features": True,
        "provenance": "tidytuesday-2020", **more,
    }  # fmt: skip


def _catalogue(folder: Path, rows: Sequence[dict[str, object]]) -> Path:
    path = folder / "tracks.parquet"
    pq.write_table(pa.Table.from_pylist(list(rows), schema=TRACKS), path)
    return path


@pytest.fixture
def beats(listening: tuple[dict[str, ASGIApp], str]) -> reccobeats.Beats:
    beats = reccobeats.Beats()
    listening[0]["now"] = reccobeats.build(beats)
    return beats


@pytest.fixture
def recco(beats: reccobeats.Beats, listening: tuple[dict[str, ASGIApp], str]) -> ReccoBeats:
    return ReccoBeats(base=f"{listening[1]}/v1", manners=QUICK)


@pytest.fixture
def world(listening: tuple[dict[str, ASGIApp], str]) -> spotify.World:
    world = spotify.World(extended_quota=True)
    listening[0]["now"] = spotify.build(world)
    return world


@pytest.fixture
def config(world: spotify.World, listening: tuple[dict[str, ASGIApp], str]) -> SpotifyConfig:
    return SpotifyConfig(
        client_id=world.client_id,
        client_secret=world.client_secret,
        extended_quota=True,
        api=f"{listening[1]}/v1",
        accounts=listening[1],
    )


def _make_source(kind: str, request: pytest.FixtureRequest, folder: Path) -> FeatureSource:
    """One of the four sources, which knows KNOWN and nothing else."""
    if kind == "reccobeats":
        for track_id in KNOWN:
            request.getfixturevalue("beats").learn(track_id)
        return request.getfixturevalue("recco")
    if kind == "spotify":
        measured = {**MEASURED, "valence": 0.5}
        features = {i: {"id": i, "type": "audio_features", **measured} for i in KNOWN}
        request.getfixturevalue("world").features = features
        app = SpotifyApp(request.getfixturevalue("config"), manners=QUICK)
        return SpotifyFeatures(app.catalogue)
    if kind == "by id":
        return CatalogueById(_catalogue(folder, [_row(i, NAMES[i]) for i in KNOWN]))
    others = [_row(spotify.spotify_id(f"other {i}"), NAMES[i]) for i in KNOWN]
    return CatalogueByName(_catalogue(folder, others))


@pytest.fixture(params=["reccobeats", "spotify", "by id", "by name"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> FeatureSource:
    return _make_source(request.param, request, tmp_path)


def test_known_tracks_are_answered_whatever_the_order(source: FeatureSource) -> None:
    for order in (KNOWN, KNOWN[::-1]):
        found = source.features(_wanted(order[0], UNKNOWN, *order[1:]))
        assert set(found) == set(KNOWN)
        assert all(features.track_id == track_id for track_id, features in found.items())


def test_numbers_are_in_our_words_and_units(source: FeatureSource) -> None:
    features = source.features(_wanted(KNOWN[0]))[KNOWN[0]]
    assert (features.values["tempo"], features.values["loudness"]) == (120.0, -8.5)
    assert "valence" not in features.values
    assert 0 < features.values["spotify_valence"] < 1
    assert features.provenance


def test_nothing_wanted_and_nothing_known(source: FeatureSource) -> None:
    assert source.features([]) == {}
    assert source.features(_wanted(UNKNOWN)) == {}


def test_the_same_question_has_the_same_answer(source: FeatureSource) -> None:
    assert source.features(_wanted(*KNOWN)) == source.features(_wanted(*KNOWN))


# --- ReccoBeats --------------------------------------------------------------------------------


def test_reccobeats_is_asked_forty_at_a_time(recco: ReccoBeats, beats: reccobeats.Beats) -> None:
    ids = [spotify.spotify_id(str(n)) for n in range(90)]
    for track_id in ids:
        beats.learn(track_id)
    assert set(recco.features(_wanted(*ids))) == set(ids)
    assert [len(asked) for asked in beats.asked] == [40, 40, 10]


def test_reccobeats_is_matched_by_link_and_not_by_place(
    recco: ReccoBeats, beats: reccobeats.Beats
) -> None:
    """Its rows come in another order, under ids of its own, with one missing."""
    for n, track_id in enumerate(KNOWN):
        beats.learn(track_id, tempo=100.0 + n)
    found = recco.features(_wanted(UNKNOWN, *KNOWN))
    assert {i: f.values["tempo"] for i, f in found.items()} == {
        KNOWN[0]: 100.0, KNOWN[1]: 101.0, KNOWN[2]: 102.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    "row",
    [
        None,
        {},
        {"href": "https://open.spotify.com/album/" + KNOWN[0], "tempo": 100},
        {"href": f"https://open.spotify.com/track/{KNOWN[0]}"},
        {"href": f"https://open.spotify.com/track/{KNOWN[0]}", "energy": "loud", "tempo": -4},
        {"href": f"https://open.spotify.com/track/{UNKNOWN}", "energy": 0.5},
    ],
)
def test_rows_that_cannot_be_used_are_left_out(
    recco: ReccoBeats, beats: reccobeats.Beats, row: object
) -> None:
    beats.faults.plan("audio-features", faults.raw(faults.json_response({"content": [row]}).body))
    assert recco.features(_wanted(KNOWN[0])) == {}


@pytest.mark.parametrize("body", [b"[]", b'{"content": 5}', b'"?"', b"{}"])
def test_an_answer_of_another_shape_knows_nothing(
    recco: ReccoBeats, beats: reccobeats.Beats, body: bytes
) -> None:
    beats.faults.plan("audio-features", faults.raw(body))
    assert recco.features(_wanted(KNOWN[0])) == {}


def test_reccobeats_may_want_a_rest(recco: ReccoBeats, beats: reccobeats.Beats) -> None:
    beats.faults.plan("audio-features", faults.error(429, retry_after="120"))
    with pytest.raises(RateLimited, match="ReccoBeats wants no more requests for 2 minutes"):
        recco.features(_wanted(*KNOWN))


def test_what_came_before_the_rest_is_kept(recco: ReccoBeats, beats: reccobeats.Beats) -> None:
    ids = [spotify.spotify_id(str(n)) for n in range(50)]
    for track_id in ids:
        beats.learn(track_id)

    async def once(request: object) -> None:
        """The first request is answered truly; those after it meet the next fault."""

    beats.faults.plan("audio-features", once)
    beats.faults.plan("audio-features", faults.error(429, retry_after="120"), times=9)
    assert set(recco.features(_wanted(*ids))) == set(ids[:40])


def test_tokens_and_questions_go_only_to_https_or_this_machine() -> None:
    with pytest.raises(InputError, match="use https"):
        ReccoBeats(base="http://example.org/v1")


# --- Spotify's own -------------------------------------------------------------------------------


def test_spotifys_own_are_asked_only_with_extended_quota(
    config: SpotifyConfig, world: spotify.World
) -> None:
    plain = dataclasses.replace(config, extended_quota=False)
    assert SpotifyFeatures(SpotifyApp(plain).catalogue).features(_wanted(*KNOWN)) == {}
    assert world.paths() == []


def test_a_quota_that_was_only_claimed_is_asked_once(
    config: SpotifyConfig, world: spotify.World
) -> None:
    world.extended_quota = False
    source = SpotifyFeatures(SpotifyApp(config, manners=QUICK).catalogue)
    with pytest.raises(Forbidden, match="closed audio features"):
        source.features(_wanted(*KNOWN))
    assert source.features(_wanted(*KNOWN)) == {}
    assert world.paths() == ["GET /v1/audio-features"]


def test_spotifys_own_say_so(config: SpotifyConfig, world: spotify.World) -> None:
    """This is the word that ``learn`` refuses."""
    world.features = {KNOWN[0]: {"id": KNOWN[0], "energy": 0.5}}
    source = SpotifyFeatures(SpotifyApp(config, manners=QUICK).catalogue)
    assert source.features(_wanted(KNOWN[0]))[KNOWN[0]].provenance == "spotify_api"


# --- the catalogue -------------------------------------------------------------------------------


def test_a_twin_is_the_same_song_and_not_a_live_take(tmp_path: Path) -> None:
    rows = [
        _row("a" * 22, "Help! - Remastered 2009", tempo=95.0),
        _row("b" * 22, "Umbrella - Live", tempo=90.0),
        _row("c" * 22, "Così fan tutte", has_features=False),
    ]
    found = CatalogueByName(_catalogue(tmp_path, rows)).features(_wanted(*KNOWN))
    assert set(found) == {KNOWN[1]}  # Help!
    assert (found[KNOWN[1]].values["tempo"], found[KNOWN[1]].matched) == (95.0, "name")
    assert found[KNOWN[1]].provenance == "tidytuesday-2020"


def test_tracks_without_a_name_are_no_twins(tmp_path: Path) -> None:
    rows = [_row("a" * 22, "Help!"), _row("b" * 22, None, artists=[], artist_keys=[])]
    source = CatalogueByName(_catalogue(tmp_path, rows))
    assert source.features([Wanted(track_id=KNOWN[0]), *_wanted(KNOWN[1])]).keys() == {KNOWN[1]}


def test_a_catalogue_that_is_not_there_or_not_one(tmp_path: Path) -> None:
    missing = tmp_path / "tracks.parquet"
    assert local_sources(missing) == []
    with pytest.raises(DataError, match="affetto data build"):
        CatalogueById(missing).features(_wanted(*KNOWN))
    missing.write_bytes(b"not a table")
    assert [source.name for source in local_sources(missing)] == [
        "catalogue, by id", "catalogue, by name",
    ]  # fmt: skip
    with pytest.raises(DataError, match="cannot be read"):
        CatalogueByName(missing).features(_wanted(*KNOWN))


# --- the chain -----------------------------------------------------------------------------------


class Knows:
    """A source that knows some ids, or fails, and remembers what it was asked."""

    def __init__(self, name: str, ids: Sequence[str] = (), fails: Exception | None = None) -> None:
        self.name, self.ids, self.fails = name, ids, fails
        self.asked: list[list[str]] = []

    def features(self, wanted: Sequence[Wanted]) -> dict[str, AudioFeatures]:
        self.asked.append([track.track_id for track in wanted])
        if self.fails:
            raise self.fails
        return {
            i: AudioFeatures(track_id=i, values={"tempo": 100.0}, provenance=self.name)
            for i in self.ids
        }


def test_each_source_is_asked_only_for_what_is_still_open() -> None:
    first, second, third = Knows("1", KNOWN[:1]), Knows("2", KNOWN[:2]), Knows("3", KNOWN)
    found = find_features(_wanted(*KNOWN[:2], KNOWN[0]), [first, second, third])
    assert {i: f.provenance for i, f in found.found.items()} == {KNOWN[0]: "1", KNOWN[1]: "2"}
    assert (first.asked, second.asked, third.asked) == ([KNOWN[:2]], [[KNOWN[1]]], [])
    assert (found.missing, found.messages) == ((), ())


@pytest.mark.parametrize("error", [Unavailable, Forbidden, DataError, ServiceError])
def test_a_source_that_fails_is_said_and_the_next_goes_on(error: type[Exception]) -> None:
    sources = [Knows("1", fails=error("The first is ill.")), Knows("2", KNOWN)]
    found = find_features(_wanted(*KNOWN), sources)
    assert list(found.found) == KNOWN
    assert found.messages == ("The first is ill.",)


def test_what_nobody_knows_is_said() -> None:
    found = find_features(_wanted(*KNOWN, UNKNOWN), [Knows("1", KNOWN[:2])])
    assert found.missing == (KNOWN[2], UNKNOWN)
    assert found.messages == ("No source knows the audio features of 2 of 4 tracks.",)
    alone = find_features(_wanted(UNKNOWN), [])
    assert alone.messages == ("No source knows the audio features of the track.",)
    assert find_features([], [Knows("1")]).messages == ()


def test_a_source_cannot_slip_in_tracks_that_nobody_wanted() -> None:
    assert list(find_features(_wanted(KNOWN[0]), [Knows("1", KNOWN)]).found) == [KNOWN[0]]


# --- values --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("row", "values"),
    [
        ({"energy": 0.5, "valence": 0.25}, {"energy": 0.5, "spotify_valence": 0.25}),
        ({"energy": 1.2, "tempo": 0, "time_signature": 0, "key": -1}, {"key": -1.0}),
        ({"energy": True, "tempo": "120", "loudness": float("nan"), "mode": None}, {}),
        ({"spotify_valence": 0.5, "mood": 3}, {}),
    ],
)
def test_only_possible_numbers_are_used(row: dict[str, object], values: dict[str, float]) -> None:
    assert usable_values(row) == values


@pytest.mark.parametrize(
    "wrong",
    [
        {"values": {}},
        {"values": {"energy": 2.0}},
        {"values": {"mood": 0.5}},
        {"values": {"tempo": float("inf")}},
        {"provenance": ""},
        {"matched": "perhaps"},
    ],
)
def test_impossible_features_are_refused_at_birth(wrong: dict[str, object]) -> None:
    right: dict[str, object] = {
        "track_id": KNOWN[0], "values": {"energy": 0.5}, "provenance": "x",
    }  # fmt: skip
    make: Callable[..., AudioFeatures] = AudioFeatures
    assert make(**right)
    with pytest.raises(ValueError, match=r"without values|impossible"):
        make(**{**right, **wrong})
