"""``affetto search``, and ``affetto recommend`` with a listener's own account."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator

import pytest
import requests

from affetto.cli import main
from affetto.recommend import released
from affetto.sources.spotify.app import spotify_app
from affetto.sources.spotify.listener import HISTORY_NOTICE
from tests import synthetic
from tests.servers import faults, spotify
from tests.servers.loopback import serve

CAPTURE = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def made_up_release(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The made-up vocabulary, and no account unless ``world`` is asked for."""
    monkeypatch.setattr(released, "load_released", synthetic.released)
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", "")
    spotify_app.cache_clear()
    yield
    spotify_app.cache_clear()


@pytest.fixture
def world(made_up_release: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[spotify.World]:
    """A Spotify that knows some songs of the vocabulary, configured as a user would."""
    world = spotify.small_world()
    world.consent = "yes"
    own = synthetic.catalogue().tracks(range(40))
    for track in own:
        made = spotify.make_track(track.title, track.artists[0], track_id=track.track_id)
        world.tracks[track.track_id] = made
    world.accounts["ada"].top = [own[3].track_id, *world.accounts["ada"].top]
    world.accounts["ada"].recent = [own[5].track_id, own[4].track_id]  # the newest first
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        redirect = f"http://127.0.0.1:{probe.getsockname()[1]}"
    world.redirects = {redirect}
    with serve(spotify.build(world)) as url:
        for name, value in {
            "SPOTIPY_CLIENT_ID": world.client_id,
            "SPOTIPY_CLIENT_SECRET": world.client_secret,
            "SPOTIPY_REDIRECT_URI": redirect,
            "AFFETTO_SPOTIFY_API": f"{url}/v1",
            "AFFETTO_SPOTIFY_ACCOUNTS": url,
        }.items():
            monkeypatch.setenv(name, value)
        yield world


@pytest.fixture
def opens(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A desktop whose browser opens the address that it is given."""
    opened: list[str] = []

    def browse(address: str) -> bool:
        opened.append(address)
        threading.Thread(target=requests.get, args=(address,), kwargs={"timeout": 10}).start()
        return True

    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr("webbrowser.open", browse)
    return opened


# --- search ------------------------------------------------------------------------------------


def test_a_song_is_found_by_its_name_without_an_account(capsys: CAPTURE) -> None:
    track = synthetic.catalogue().track(0)
    assert main(["search", track.title, track.artists[0], "--json"]) == 0
    first = json.loads(capsys.readouterr().out)[0]
    assert (first["track_id"], first["known_as"]) == (track.track_id, track.track_id)
    assert first["url"] == f"https://open.spotify.com/track/{track.track_id}"


def test_what_is_not_there_is_said_and_is_no_error(capsys: CAPTURE) -> None:
    assert main(["search", "qwertyuiop"]) == 0
    assert "knows no such song" in capsys.readouterr().err


def test_spotify_without_an_account_is_a_sentence_and_our_own_songs_stay(capsys: CAPTURE) -> None:
    track = synthetic.catalogue().track(0)
    assert main(["search", track.title, "--spotify"]) == 2
    out, err = capsys.readouterr()
    assert track.track_id in out
    assert "No Spotify app is set up here" in err


def test_spotify_adds_its_songs_and_says_which_are_known(
    world: spotify.World, capsys: CAPTURE
) -> None:
    assert main(["search", "drift 3", "--spotify", "--json"]) == 0
    (stranger,) = json.loads(capsys.readouterr().out)
    assert (stranger["title"], stranger["known_as"]) == ("Drift 3", None)
    known = synthetic.catalogue().track(7)
    assert main(["search", known.title, known.artists[0], "--spotify", "--json"]) == 0
    ids = [row["track_id"] for row in json.loads(capsys.readouterr().out)]
    assert ids.count(known.track_id) == 1  # ours, and not a second time Spotify's


def test_a_spotify_that_wants_hours_of_peace_says_so(world: spotify.World, capsys: CAPTURE) -> None:
    world.faults.plan("/v1/search", faults.error(429, retry_after="25200"))
    track = synthetic.catalogue().track(0)
    assert main(["search", track.title, "--spotify"]) == 2
    out, err = capsys.readouterr()
    assert track.track_id in out
    assert "no more requests for 7 hours" in err


# --- one's own account -------------------------------------------------------------------------


def test_a_list_is_saved_in_the_listeners_account(
    world: spotify.World, opens: list[str], capsys: CAPTURE
) -> None:
    for track in synthetic.catalogue().tracks(range(3000)):
        world.tracks.setdefault(track.track_id, spotify.make_track(track.title, "X"))
    arguments = ["recommend", "--emotion", "sad", "-n", "5", "--save-playlist", "Tonight", "--json"]
    assert main(arguments) == 0
    out, err = capsys.readouterr()
    (saved,) = world.playlists.values()
    listed = [f"spotify:track:{track['track_id']}" for track in json.loads(out)["tracks"]]
    assert (saved["name"], saved["owner"], saved["public"]) == ("Tonight", "Ada", False)
    assert saved["uris"] == listed
    assert saved["description"] == "Affetto: sad, lift"
    (address,) = opens
    assert address in err
    assert f"https://open.spotify.com/playlist/{next(iter(world.playlists))}" in err
    assert not [secret for secret in world.secrets() if secret in out + err]


def test_ones_own_songs_lead_the_list_only_where_asked_and_known(
    world: spotify.World, opens: list[str], capsys: CAPTURE
) -> None:
    plain = ["recommend", "--emotion", "happy", "-n", "5", "--json"]
    assert main(plain) == 0
    before = json.loads(capsys.readouterr().out)["tracks"]
    assert world.log == []  # nobody was asked
    assert main([*plain, "--my-top-tracks", "--my-recent-plays"]) == 0
    out, err = capsys.readouterr()
    assert HISTORY_NOTICE in err
    assert "3 of your songs are known here" in err  # 3, 4 and 5; Ada's other tops are strangers
    assert json.loads(out)["tracks"] != before


def test_ones_own_playlist_leads_the_list_and_a_wrong_link_asks_nobody(
    world: spotify.World, opens: list[str], capsys: CAPTURE
) -> None:
    known = [track.track_id for track in synthetic.catalogue().tracks(range(3, 7))]
    uris = [f"spotify:track:{track_id}" for track_id in known]
    world.playlists["p" * 22] = {"name": "Mine", "owner": "Ada", "public": False, "uris": uris}
    plain = ["recommend", "--emotion", "happy", "-n", "5", "--json"]
    assert main([*plain, "--my-playlist", "https://open.spotify.com/album/" + "p" * 22]) == 2
    assert "playlist" in capsys.readouterr().err
    assert (world.log, opens) == ([], [])
    assert main([*plain, "--my-playlist", f"https://open.spotify.com/playlist/{'p' * 22}"]) == 0
    out, err = capsys.readouterr()
    assert "4 of your songs are known here" in err
    assert not {track["track_id"] for track in json.loads(out)["tracks"]} & set(known)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (["--emotion", "sda"], "don't know the emotion"),
        (["--emotion", "sad", "-n", "0"], "1 to 100 tracks"),
        (["--emotion", "sad", "--goal", "fly"], "goal"),
        (["--emotion", "sad", "--year-from", "1990", "--year-to", "1980"], "1990"),
    ],
)
def test_nobody_signs_in_for_a_request_that_makes_no_sense(
    wrong: list[str], said: str, capsys: CAPTURE
) -> None:
    """Without an app the way there would be what it complains of."""
    assert main(["recommend", *wrong, "--save-playlist", "mine"]) == 2
    assert said in capsys.readouterr().err


def test_without_an_account_saving_is_a_sentence(capsys: CAPTURE) -> None:
    assert main(["recommend", "--emotion", "sad", "--save-playlist", "Tonight"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "No Spotify app is set up here" in err


def test_a_stranger_to_the_app_is_told_who_can_help(
    world: spotify.World, opens: list[str], capsys: CAPTURE
) -> None:
    world.visitor = "eve"
    assert main(["recommend", "--emotion", "sad", "--save-playlist", "Tonight"]) == 2
    assert "development mode" in capsys.readouterr().err
    assert world.playlists == {}
