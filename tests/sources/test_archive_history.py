"""The archive distilled from git: real small repositories with made-up pages, rows by hand."""

from __future__ import annotations

import datetime as dt
import json
import lzma
import os
import subprocess
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from affetto.data_cli import data_app
from affetto.errors import DataError, InputError
from affetto.sources import store
from affetto.sources.archive_history import FILE_NAME, distil
from affetto.sources.datasets import playlist_archive
from affetto.sources.pretty import playlist_id, read_page
from affetto.sources.registry import get_sources
from affetto.sources.schema import PLAYLISTS
from affetto.sources.splits import time_targets

SITE = "https://open.spotify.com"
GITHUB = "https://github.com/someone/spotify-playlist-archive/blob/master/playlists"
LINKS_2020 = f"pretty - [cumulative]({GITHUB}/cumulative/Rain.md) - [plain]({GITHUB}/plain/x)\n\n"
LINKS_2021 = (
    "pretty - [cumulative](/playlists/cumulative/Rain.md) - [plain](/playlists/plain/x)\n\n"
)
OWNER_2022 = "[Someone](https://open.spotify.com/user/someone) - 1,234 likes - 2 songs - 8 min\n\n"


def spotify_id(number: int) -> str:
    """An id of 22 digits for a track, playlist, artist or album."""
    return f"{number:022d}"


def _row(number: int, track: int, *, title: str = "", length: str = "3:20") -> str:
    title = title or f"Song {track}"
    return (
        f"| {number} | [{title}]({SITE}/track/{spotify_id(track)}) "
        f"| [Artist {track}]({SITE}/artist/{spotify_id(1000 + track)}) "
        f"| [Album {track}]({SITE}/album/{spotify_id(2000 + track)}) | {length} |"
    )


def _page(
    tracks: range | list[int], *, name: str = "Rain", playlist: int = 900, about: str = "Soft"
) -> str:
    """A page as it stood in 2020."""
    rows = [_row(number, track) for number, track in enumerate(tracks, start=1)]
    heading = f"### [{name}]({SITE}/playlist/{spotify_id(playlist)})\n\n> {about}\n\n"
    table = "| No. | Title | Artist(s) | Album | Length |\n|---|---|---|---|---|\n"
    return LINKS_2020 + heading + table + "\n".join(rows) + "\n"


def _git(folder: Path, *words: str, date: str = "2020-01-01T12:00:00Z") -> None:
    who = {
        f"GIT_{role}_{what}": "a@b"
        for role in ("AUTHOR", "COMMITTER")
        for what in ("NAME", "EMAIL")
    }
    when = {"GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": date}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | who | when
    command = ["git", "-c", "init.defaultBranch=main", "-C", str(folder), *words]
    subprocess.run(command, check=True, capture_output=True, env=environment)


def _repository(folder: Path) -> Path:
    folder.mkdir(parents=True)
    _git(folder, "init")
    return folder


def _commit(folder: Path, date: str, **pages: str | None) -> None:
    """Write ``pages`` (file name → text, or None to delete it) and commit them at ``date``."""
    for name, text in pages.items():
        path = folder / "playlists" / "pretty" / f"{name}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    _git(folder, "add", "-A")
    _git(folder, "commit", "-m", "Update", date=date if "T" in date else f"{date}T12:00:00Z")


def _distil(tmp_path: Path, *clones: Path) -> list[dict]:
    target = tmp_path / "out" / FILE_NAME
    count = distil(clones, target)
    with lzma.open(target, "rt", encoding="utf-8") as stream:
        snapshots = [json.loads(line) for line in stream]
    assert len(snapshots) == count
    return snapshots


def _dates(snapshots: list[dict]) -> list[str]:
    return [snapshot["date"] for snapshot in snapshots]


# --- pages -----------------------------------------------------------------------------------


def test_a_page_of_2019_by_hand() -> None:
    page = (
        f"### [Rain \\ Wind]({SITE}/user/spotify/playlist/{spotify_id(900)}) "
        f"([{spotify_id(900)}]({GITHUB}/plain/{spotify_id(900)}))\n\n"
        "> Soft &amp; wet\n\n"
        "| No. | Title | Artist(s) | Album | Length |\n"
        "|-----|-------|-----------|-------|--------|\n"
        f"{_row(1, 1, length='45')}\n"
        f"{_row(2, 2, title='One | Two [Live] (at home)', length='1:02:03')}\n"
        "| 3 | A file of my own | Me | Mine | 2:00 |"  # no line end at the end of the file
    )
    assert read_page(page, where="x") == {
        "playlist_id": spotify_id(900),
        "name": "Rain \\ Wind",  # a lone backslash is a backslash
        "description": "Soft &amp; wet",  # entities are the reader's task
        "tracks": [
            {
                "track_id": spotify_id(1), "title": "Song 1", "artists": "Artist 1",
                "album": "Album 1", "duration_ms": 45_000,
            },
            {
                "track_id": spotify_id(2), "title": "One | Two [Live] (at home)",
                "artists": "Artist 2", "album": "Album 2",
                "duration_ms": 3_723_000,  # 3600 + 2 * 60 + 3 seconds
            },
        ],
    }  # fmt: skip


def test_a_page_of_2021_by_hand() -> None:
    artists = ", ".join(
        f"[{name}]({SITE}/artist/{spotify_id(1)})" for name in ("Earth, Wind & Fire", "A|B [x] ")
    )
    page = (
        f"{LINKS_2021}### [雨 ☔]({SITE}/playlist/{spotify_id(900)})\n\n> \n\n"
        "| No. | Title | Artist(s) | Album | Length |\n|---|---|---|---|---|\n"
        f"| 1 | [Duo]({SITE}/track/{spotify_id(7)}) | {artists} | No link | 0:07 |\n"
        f"| 2 | []({SITE}/track/{spotify_id(8)}) | []({SITE}/artist/{spotify_id(8)}) "
        f"| []({SITE}/album/{spotify_id(8)}) | 0:00 |\n"  # withdrawn
        f"| 3 | [Talk]({SITE}/episode/{spotify_id(9)}) | Host | | 30:00 |\n"
        f"{_row(4, 4, length='')}\n{_row(5, 5, length='0:00')}\n"  # withdrawn too
        f"| 6 | [Solo]({SITE}/track/{spotify_id(6)}) | Me | Mine | 9 |"
    )
    assert read_page(page, where="x") == {
        "playlist_id": spotify_id(900),
        "name": "雨 ☔",
        "description": "",
        "tracks": [
            {
                "track_id": spotify_id(7), "title": "Duo",
                "artists": "Earth, Wind & Fire; A|B [x] ",  # as it stands, space and all
                "album": "No link", "duration_ms": 7_000,
            },
            {
                "track_id": spotify_id(6), "title": "Solo", "artists": "Me", "album": "Mine",
                "duration_ms": 9_000,
            },
        ],
    }  # fmt: skip


def test_a_page_of_2022_with_escapes_owner_and_snapshot_id_by_hand() -> None:
    escaped = r"Yes \(feat\. T\-Pain\) \[Live\]"
    page = (
        f"{LINKS_2021}### [Rain \\- Wind]({SITE}/playlist/{spotify_id(900)})\n\n"
        f"> Wet\\.\n\n{OWNER_2022}"
        "| No. | Title | Artist(s) | Album | Length |\n|---|---|---|---|---|\n"
        f"{_row(1, 1, title=escaped)}\n"
        f"{_row(2, 2, title='Two' + chr(10) + 'lines')}\n\nSnapshot ID: `abc`\n"
    )
    read = read_page(page, where="x")
    assert (read["name"], read["description"]) == ("Rain - Wind", "Wet.")
    titles = [track["title"] for track in read["tracks"]]
    assert titles == ["Yes (feat. T-Pain) [Live]", "Two lines"]


@pytest.mark.parametrize(
    "page", ["", "# A readme\n", f"### [Rain]({SITE}/playlist/{spotify_id(1)})\n"]
)
def test_what_is_no_page_of_a_playlist(page: str) -> None:
    assert playlist_id(page) is None
    with pytest.raises(DataError, match=r"^x is not the page of a playlist\.$"):
        read_page(page, where="x")


@given(st.text(st.characters(exclude_characters="\n\r\\", exclude_categories=["Cs"]), min_size=1))
def test_any_title_on_one_line_comes_back(title: str) -> None:
    if f"]({SITE}" in title or not title.strip():
        return
    text = _page(range(1)).replace("Song 0", title)
    assert [t["title"] for t in read_page(text, where="x")["tracks"]] == [title]


# --- which snapshots are kept ----------------------------------------------------------------


def test_the_last_version_of_each_half_month_is_kept_with_all_that_it_says(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-03-02", Rain=_page(range(10)))
    _commit(archive, "2020-03-15T23:59:59Z", Rain=_page(range(10, 20), about="Second"))
    _commit(archive, "2020-03-16T00:00:01Z", Rain=_page(range(20, 30)))
    _commit(archive, "2020-03-31T22:00:00-03:00", Rain=_page(range(5, 15)))  # April in UTC
    snapshots = _distil(tmp_path, archive)
    assert _dates(snapshots) == ["2020-03-15", "2020-03-16", "2020-04-01"]
    assert list(snapshots[0]) == ["playlist_id", "name", "description", "date", "tracks"]
    assert snapshots[0]["description"] == "Second"
    assert [t["track_id"] for t in snapshots[0]["tracks"]] == [spotify_id(n) for n in range(10, 20)]


def test_a_snapshot_must_differ_by_half_from_the_one_kept_before(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-01-10", Rain=_page(range(12)))
    _commit(archive, "2020-01-20", Rain=_page(range(5, 17)))  # 7 shared of 17: more than a third
    _commit(archive, "2020-02-10", Rain=_page(range(6, 18)))  # 6 of 18: exactly a third
    _commit(archive, "2020-02-20", Rain=_page(range(12)))  # 6 of 18 again, though the first's equal
    assert _dates(_distil(tmp_path, archive)) == ["2020-01-10", "2020-02-10", "2020-02-20"]


def test_short_playlists_other_pages_and_what_came_later_are_left_out(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    few = _page(range(4), playlist=901)
    _commit(archive, "2021-08-31T23:00:00Z", Rain=_page(range(5)), Few=few, Notes="Hello\n")
    _commit(archive, "2021-09-01T00:00:00Z", Rain=_page(range(50, 60)), Few=None)
    snapshots = _distil(tmp_path, archive)
    assert [(s["playlist_id"], s["date"]) for s in snapshots] == [(spotify_id(900), "2021-08-31")]


def test_a_playlist_under_two_names_is_one_and_two_of_one_name_are_two(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-05-20", Rain=_page(range(10)), Calm=_page(range(10), playlist=901))
    renamed = _page(range(10, 20), name="Rain & Wind")
    _commit(archive, "2020-05-31", Rain=None, Wind=renamed)
    _commit(archive, "2020-06-05", Calm=_page(range(10), playlist=902))
    found = [(s["playlist_id"], s["date"], s["name"]) for s in _distil(tmp_path, archive)]
    assert found == [
        (spotify_id(900), "2020-05-20", "Rain"),
        (spotify_id(900), "2020-05-31", "Rain & Wind"),
        (spotify_id(901), "2020-05-20", "Rain"),
        (spotify_id(902), "2020-06-05", "Rain"),
    ]


def test_clones_are_merged_whatever_their_order_and_side_branches_count(tmp_path: Path) -> None:
    first = _repository(tmp_path / "first")
    _commit(first, "2020-01-05", Rain=_page(range(10)))
    _git(tmp_path, "clone", "--bare", "first", "fork")  # the same commits again, and bare
    _git(first, "checkout", "-b", "side")
    _commit(first, "2020-01-20", Rain=_page(range(10, 20)))
    _git(first, "checkout", "main")
    _git(
        first, "merge", "-s", "ours", "side", date="2020-02-20T12:00:00Z"
    )  # its content is dropped
    other = _repository(tmp_path / "other")
    _commit(other, "2020-01-28", Rain=_page(range(20, 30)))
    _commit(other, "2020-01-29", Rain=_page(range(30, 40), playlist=901))
    one = _distil(tmp_path, first, tmp_path / "fork", other)
    assert one == _distil(tmp_path, other, first, tmp_path / "fork")
    found = [(s["playlist_id"], s["date"]) for s in one]
    # of `other` only the last version of Rain.md in the half is looked at, another playlist's
    rain, calm = spotify_id(900), spotify_id(901)
    assert found == [(rain, "2020-01-05"), (rain, "2020-01-20"), (calm, "2020-01-29")]


def test_file_names_with_anything_in_them_and_git_variables_around(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = _repository(tmp_path / "archive")
    pages = {'雨 \\ "x"\ttab': _page(range(9)), "-rf": _page(range(9), playlist=901)}
    _commit(archive, "2020-01-05", **pages)
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "elsewhere"))
    assert len(_distil(tmp_path, archive)) == 2


# --- what is refused -------------------------------------------------------------------------


def _refused(tmp_path: Path, *clones: Path, why: str) -> None:
    """``distil`` raises one sentence, and neither the file nor a part of it stays."""
    with pytest.raises(DataError, match=why) as caught:
        distil(clones, tmp_path / "out" / FILE_NAME)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())


def test_a_folder_that_is_no_repository_is_refused_even_inside_one(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-01-05", Rain=_page(range(9)))
    _refused(tmp_path, archive / "playlists", why=r"playlists is not a git repository\.$")
    _refused(tmp_path, archive, tmp_path / "nowhere", why=r"nowhere is not a git repository\.$")


def test_a_repository_without_the_folder_is_refused(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _refused(tmp_path, archive, why="git cannot read .*archive")  # no commit at all
    (archive / "readme").write_text("hello")
    _git(archive, "add", "-A")
    _git(archive, "commit", "-m", "Begin")
    _refused(tmp_path, archive, why=r"archive has no playlists/pretty in its history\.$")
    _commit(archive, "2022-01-05", Rain=_page(range(9)))
    _refused(tmp_path, archive, why="no version up to 2021-08-31 of playlists/pretty")


def test_a_repository_without_any_playlist_is_refused(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-01-05", Rain=_page(range(4)), Notes="Hello\n")
    _refused(tmp_path, archive, why="No playlist of 5 tracks or more is in archive")


@pytest.mark.parametrize(
    "damage",
    [
        lambda row: row[:50],  # cut short
        lambda row: row.replace(spotify_id(3), "tooshort"),
        lambda row: row.replace("3:20", "soon"),
        lambda row: row.replace(" | [Album", "  [Album"),
    ],
)
def test_a_damaged_row_is_named(damage, tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    row = _row(4, 3)
    page = _page(range(9))
    assert row in page
    _commit(archive, "2020-01-05", Rain=_page(range(20, 30)))
    _commit(archive, "2020-01-25", Rain=page.replace(row, damage(row)))
    _refused(
        tmp_path,
        archive,
        why=r"^archive, playlists/pretty/Rain\.md of 2020-01-25: row 4 is damaged \(\| 4 \| \[Song",
    )


def test_without_git_one_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-01-05", Rain=_page(range(9)))
    monkeypatch.setenv("PATH", str(tmp_path))
    _refused(tmp_path, archive, why=r"^git is not installed, and .*archive cannot be read")


def test_clones_that_lack_a_part_are_refused_and_nothing_is_downloaded(tmp_path: Path) -> None:
    archive = _repository(tmp_path / "archive")
    _commit(archive, "2020-01-05", Rain=_page(range(9)))
    _commit(archive, "2020-01-25", Rain=_page(range(20, 30)))
    _git(archive, "config", "uploadpack.allowFilter", "true")
    _git(tmp_path, "clone", "--depth", "1", f"file://{archive}", "shallow")
    _refused(tmp_path, tmp_path / "shallow", why="shallow clone; run `git fetch --unshallow`")
    _git(tmp_path, "clone", "--bare", "--filter=blob:none", f"file://{archive}", "partial")
    _refused(tmp_path, tmp_path / "partial", why="partial lacks the content .* unfiltered")


# --- the command -----------------------------------------------------------------------------


@pytest.fixture
def raw(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder; where the archive would lie in it."""
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path / "data"))
    monkeypatch.delenv("AFFETTO_DATA_MIRROR", raising=False)
    return tmp_path / "data" / "raw" / "playlist-archive"


def _add(*words: str) -> dict:
    result = CliRunner().invoke(data_app, ["add", *words, "--json"])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return json.loads(result.stdout)


def test_the_command_takes_clones_and_the_reader_reads_them(raw: Path, tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two")):
        clone = _repository(tmp_path / name)
        _commit(clone, "2020-01-05", Rain=_page(range(6 + number), playlist=900 + number))
    words = [str(tmp_path / "one"), str(tmp_path / "two")]
    state = _add("playlist-archive", *words)["playlist-archive"]
    assert (state["state"], state["form"], state["rows"]) == ("verified", "own", 13)  # 6 + 7
    assert {path.name for path in raw.iterdir()} == {FILE_NAME, store.RECORD}
    rows = playlist_archive.read(raw)
    assert list(rows.playlists["playlist_id"]) == [spotify_id(900), spotify_id(901)]
    assert _add("playlist-archive", words[0])["playlist-archive"]["rows"] == 6


def _line(tracks: range, *, playlist: int, name: str, date: str) -> str:
    """A snapshot as the mirror's file holds it, said without the code that distils."""
    facts = [
        {
            "track_id": spotify_id(track),
            "title": f"Song {track}",
            "artists": f"Artist {track}",
            "album": f"Album {track}",
            "duration_ms": 200_000,  # 3:20
        }
        for track in tracks
    ]
    head = {"playlist_id": spotify_id(playlist), "name": name, "description": "Soft", "date": date}
    return json.dumps({**head, "tracks": facts})


def test_a_history_and_the_mirrors_file_give_the_same_rows(raw: Path, tmp_path: Path) -> None:
    """Two clones, daily versions, a renaming: what the mirror holds of it, line by line."""
    one, two = _repository(tmp_path / "one"), _repository(tmp_path / "two")
    _commit(one, "2020-01-05", Rain=_page(range(9)))
    _commit(one, "2020-01-06", Rain=_page(range(8)))  # the last of its half month: kept
    _commit(one, "2020-01-20", Rain=_page(range(1, 9)))  # too much like the one before
    _commit(one, "2020-02-03", Rain=_page(range(20, 30)), Tiny=_page(range(4), playlist=902))
    _commit(two, "2020-03-01", Snow=_page(range(50, 57), name="Snow", playlist=901))
    _add("playlist-archive", str(one), str(two))
    mirror = tmp_path / FILE_NAME
    lines = (
        _line(range(50, 57), playlist=901, name="Snow", date="2020-03-01"),
        _line(range(8), playlist=900, name="Rain", date="2020-01-06"),
        _line(range(20, 30), playlist=900, name="Rain", date="2020-02-03"),
    )
    with lzma.open(mirror, "wt", encoding="utf-8") as stream:
        stream.write("\n".join(lines) + "\n")
    distilled, given = playlist_archive.read(raw), playlist_archive.read(mirror)
    assert len(given.tracks) == 25  # 8 + 10 + 7
    for made, expected in (
        (distilled.tracks, given.tracks),
        (distilled.playlists, given.playlists),
    ):
        key = ["track_id"] if "track_id" in expected else ["playlist_id", "date"]
        left, right = (t.sort_values(key, ignore_index=True) for t in (made, expected))
        pd.testing.assert_frame_equal(left, right)


def test_the_command_still_takes_the_distilled_file(raw: Path, tmp_path: Path) -> None:
    clone = _repository(tmp_path / "one")
    _commit(clone, "2020-01-05", Rain=_page(range(6)))
    distil([clone], tmp_path / "mine" / FILE_NAME)
    for path in (tmp_path / "mine" / FILE_NAME, tmp_path / "mine"):
        assert _add("playlist-archive", str(path))["playlist-archive"]["rows"] == 6


def test_a_folder_that_cannot_be_copied_whole_is_refused(raw: Path, tmp_path: Path) -> None:
    clone = _repository(tmp_path / "one")
    _commit(clone, "2020-01-05", Rain=_page(range(6)))
    distil([clone], tmp_path / "mine" / FILE_NAME)
    (tmp_path / "mine" / "link").symlink_to(tmp_path / "nowhere")
    with pytest.raises(DataError, match=r"mine cannot be copied whole into the data folder\.$"):
        _add("playlist-archive", str(tmp_path / "mine"))
    assert not list(raw.parent.iterdir())


def test_the_command_refuses_what_is_neither_and_several_of_other_sources(
    raw: Path, tmp_path: Path
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="empty is not a git repository"):
        _add("playlist-archive", str(tmp_path / "empty"))
    with pytest.raises(InputError, match="fer2013 is added as one file, zip or folder, not as 2"):
        _add("fer2013", str(tmp_path), str(tmp_path))
    assert not raw.exists()
    with pytest.raises(DataError, match="clone the GitHub repositories"):
        store.locate(get_sources(["playlist-archive"])[0])


@pytest.mark.parametrize(
    ("dates", "missing"), [([], "2021-02-15"), ([15], "2021-03-14"), ([14, 42], "2021-02-15")]
)
def test_a_frozen_split_that_names_other_snapshots_says_so(dates: list[int], missing: str) -> None:
    first = dt.date(2021, 1, 31)  # plus 15 days: 15 February, plus 42: 14 March
    row = {name: None for name in PLAYLISTS.names} | {"playlist_id": spotify_id(1)}
    rows = [
        row | {"source": "playlist-archive", "date": first + dt.timedelta(days), "track_ids": []}
        for days in dates
    ]
    entry = {spotify_id(1): {"history": "2021-02-15", "later": ["2021-03-14"]}}
    by_time = {"cuts": {"validation": "2021-03-01"}, "validation": entry}
    table = pa.Table.from_pylist(rows, schema=PLAYLISTS)
    with pytest.raises(DataError, match=f"{spotify_id(1)} of {missing}, which is not here"):
        time_targets(table, by_time, "validation")
