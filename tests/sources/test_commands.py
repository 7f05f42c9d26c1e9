"""``affetto data`` from end to end on a made-up mirror, and the splits that it freezes."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from affetto.data_cli import data_app
from affetto.errors import AffettoError, DataError, InputError
from affetto.files import sha256_of
from affetto.runner.modules import files_behind
from affetto.settings import PACKAGE_DIR
from affetto.sources import build as tables
from affetto.sources import store
from affetto.sources.registry import load_registry
from affetto.sources.schema import PLAYLISTS
from affetto.sources.splits import (
    check_frozen,
    part_of,
    read_split,
    split_by_playlist,
    split_by_time,
    time_targets,
)
from tests.sources import samples
from tests.sources.samples import track_id

ALL_TABLES = {"tracks.parquet", "playlists.parquet", "track_moods.parquet", "faces.parquet"}


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, with a made-up mirror whose checksums the registry knows."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("AFFETTO_DATA", str(folder))
    monkeypatch.setenv("AFFETTO_DATA_MIRROR", str(tmp_path / "mirror"))
    document = json.loads((Path(__file__).parents[2] / "data" / "registry.json").read_text("utf-8"))
    for name, entry in document["sources"].items():
        path = tmp_path / "mirror" / entry["mirror"]["file"]
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(name, path, tmp_path)
        entry["mirror"]["sha256"] = sha256_of(path)
        entry["rows"] = tables.count_rows(name, path)
    (folder / "registry.json").write_text(json.dumps(document), encoding="utf-8")
    (folder / "splits").mkdir()
    return folder


def _make(name: str, path: Path, scratch: Path) -> None:
    import lzma

    if name == "fer2013":
        csv = samples.fer_csv(samples.faces(3), [3, 4, 3], ["Training", "PublicTest", "Training"])
        path.write_bytes(lzma.compress(csv.encode()))
    elif name == "ferplus":
        path.write_bytes(lzma.compress(samples.ferplus_csv([[10] + [0] * 9] * 3).encode()))
    else:
        form = "xz" if name == "playlist-archive" else "zip"
        shutil.move(samples.write(name, scratch, form=form), path)


def _run(*arguments: str, code: int = 0) -> str:
    """A command's stdout."""
    result = CliRunner().invoke(data_app, list(arguments))
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_build_makes_every_table_and_status_agrees(data: Path) -> None:
    assert json.loads(_run("build", "--json")).keys() == ALL_TABLES
    states = json.loads(_run("status", "--json"))
    assert list(states) == list(load_registry())
    for name, state in states.items():
        assert state["state"] == "verified", name
        assert len(state["sha256"]) == 64
        assert state["rows"] > 0
    assert {p.name for p in (data / "processed").iterdir()} == {*ALL_TABLES, "build.json"}


def test_two_builds_have_the_same_bytes_whatever_the_hash_seed(data: Path) -> None:
    code = "from affetto.data_cli import data_app; data_app(['build'])"
    sums = []
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        subprocess.run(
            [sys.executable, "-c", code], env=environment, check=True, capture_output=True
        )
        sums.append(store.file_sums(data / "processed"))
        sums[-1] |= store.file_sums(data / "splits")
        shutil.rmtree(data / "processed")
    assert sums[0] == sums[1]
    assert len(sums[0]) == 7


def test_status_fails_until_all_is_built_and_again_after_a_change(data: Path) -> None:
    _run("status", code=1)  # nothing is built
    _run("build")
    _run("status")
    path = data / "processed" / "tracks.parquet"
    path.write_bytes(path.read_bytes() + b"x")
    _run("status", code=1)
    assert "tracks.parquet" in str(tables.why_not_current())


def test_building_one_part_does_not_vouch_for_the_other(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(tables, "code_fingerprint", lambda: "older code")
        _run("build")
    assert "code that builds has changed" in str(tables.why_not_current())
    _run("build", "--only", "faces")
    assert "code that builds has changed" in str(tables.why_not_current())
    _run("build", "--only", "music")
    assert tables.why_not_current() is None


def test_the_fingerprint_is_of_all_code_that_makes_rows() -> None:
    """What the makers of tables import is in it, or is named here as making none."""
    makers = ("catalogue", "moods", "playlists", "splits", "faces", "datasets")
    behind = files_behind([f"import affetto.sources.{name}" for name in makers])
    folder = PACKAGE_DIR / "sources"
    rooms = {tables._room(path, folder) for path in behind if path.is_relative_to(folder)}
    assert rooms - set(tables._MAKES_TABLES) <= {"__init__", "registry"}


def test_a_build_of_damaged_files_stops_and_keeps_the_old_tables(data: Path) -> None:
    _run("build", "--only", "music")
    before = store.file_sums(data / "processed")
    mirror = Path(os.environ["AFFETTO_DATA_MIRROR"])
    path = mirror / load_registry()["deezer-mood-2018"].mirror.file
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DataError, match="deezer-mood-2018"):
        _run("build", "--only", "music")
    assert store.file_sums(data / "processed") == before
    assert json.loads(_run("status", "--json", code=1))["deezer-mood-2018"]["state"] == "damaged"


def test_parts_are_built_alone_and_an_unknown_part_is_refused(data: Path) -> None:
    assert json.loads(_run("build", "--only", "faces", "--json")) == {"faces.parquet": 3}
    with pytest.raises(InputError, match="music or faces"):
        _run("build", "--only", "songs")


def test_verify_reads_every_row(data: Path) -> None:
    _run("verify")
    document = json.loads((data / "registry.json").read_text(encoding="utf-8"))
    document["sources"]["tidytuesday-2020-01-21"]["rows"] += 1
    (data / "registry.json").write_text(json.dumps(document), encoding="utf-8")
    _run("verify", "tidytuesday-2020-01-21", code=1)
    _run("verify", "deezer-mood-2018")


def test_verify_goes_on_where_a_source_cannot_be_read(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after a download that was cut off: one of two files is here."""
    name = "mood-playlists-editorial-2022"
    whole = store.locate(load_registry()[name]).path
    (part := data / "raw" / name).mkdir(parents=True)
    with zipfile.ZipFile(whole) as archive:
        archive.extract("playlists.csv", part)
    monkeypatch.delenv("AFFETTO_DATA_MIRROR")
    states = json.loads(_run("verify", "--json", code=1))
    assert states[name]["state"] == "incomplete"
    assert len(states) == len(load_registry())


def test_a_damaged_record_of_an_own_copy_damages_nothing_else(data: Path, tmp_path: Path) -> None:
    (tmp_path / "fer2013.csv").write_text(samples.fer_csv(samples.faces(1), [0], ["Training"]))
    _run("add", "fer2013", str(tmp_path / "fer2013.csv"))
    record = data / "raw" / "fer2013" / store.RECORD
    for text in ("", "[]", "{}", '{"files": 3, "rows": 1}', "null"):
        record.write_text(text)
        states = json.loads(_run("status", "--json", code=1))
        assert states["fer2013"]["state"] == "damaged"
        assert "add fer2013 again" in store.check(load_registry()["fer2013"]).detail
        assert states["ferplus"]["state"] == "verified"


def test_fetch_leaves_what_the_mirror_serves(data: Path) -> None:
    states = json.loads(_run("fetch", "--json"))
    assert {state["form"] for state in states.values()} == {"mirror"}
    assert not (data / "raw").exists()


def test_a_users_own_copy_is_taken_first_and_watched(data: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine"
    own.mkdir()
    csv = samples.fer_csv(samples.faces(4), [0, 1, 2, 3], ["Training"] * 3 + ["PrivateTest"])
    (own / "fer2013.csv").write_text(csv)
    state = json.loads(_run("add", "fer2013", str(own / "fer2013.csv"), "--json"))["fer2013"]
    assert (state["state"], state["form"], state["rows"]) == ("verified", "own", 4)
    assert store.locate(load_registry()["fer2013"]).form == "own"
    (data / "raw" / "fer2013" / "fer2013.csv").write_text(csv[:-9])
    assert store.check(load_registry()["fer2013"]).state == "damaged"
    _run("add", "fer2013", str(own))  # the folder now; it replaces the damaged copy
    assert store.check(load_registry()["fer2013"]).state == "verified"


@pytest.mark.parametrize(
    "text",
    [
        "a;b;c\n1;2;3\n",
        "",
        "emotion,pixels,Usage\n",
        "emotion,pixels,Usage\n0,1 2 3,Training\n",
    ],
)
def test_what_is_no_copy_is_refused_and_nothing_is_kept(
    text: str, data: Path, tmp_path: Path
) -> None:
    path = tmp_path / "fer2013.csv"
    path.write_text(text)
    with pytest.raises(DataError, match="fer2013"):
        _run("add", "fer2013", str(path))
    with pytest.raises(InputError, match="nowhere"):
        _run("add", "fer2013", str(tmp_path / "nowhere"))
    assert not (data / "raw" / "fer2013").exists()


def test_pack_needs_the_built_faces(data: Path, tmp_path: Path) -> None:
    with pytest.raises(AffettoError, match="affetto data build"):
        _run("pack", "faces")
    with pytest.raises(InputError, match="Only faces"):
        _run("pack", "songs")
    _run("build", "--only", "faces")
    names = [
        Path(line).name for line in _run("pack", "faces", "--out", str(tmp_path / "p")).split()
    ]
    assert names == ["labels.npz", "faces-1.webp", "faces-2.webp"]


def test_the_commands_load_nothing_heavy_for_their_help() -> None:
    code = (
        "import sys; from affetto.data_cli import data_app\n"
        "try: data_app(['build', '--help'])\n"
        "finally: print({'pandas', 'pyarrow', 'tensorflow', 'pooch'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stdout.strip().endswith("set()"), run.stdout
    assert "Examples" in run.stdout


# --- splits ------------------------------------------------------------------------------------


def _playlists(rows: list[tuple[str, int, str | None, str]]) -> pa.Table:
    """(id, group, date, letters of its tracks) → a table with the schema PLAYLISTS."""
    return pa.Table.from_pylist(
        [
            {
                "playlist_id": playlist, "group_id": group, "source": "playlist-archive",
                "name": "", "description": "", "mood_context": None,
                "date": dt.date.fromisoformat(date) if date else None,
                "track_ids": list(letters),
            }
            for playlist, group, date, letters in rows
        ],
        schema=PLAYLISTS,
    )  # fmt: skip


def test_a_group_falls_whole_and_a_large_one_trains() -> None:
    rows = [(f"p{n:03}", n // 2, None, "ab") for n in range(400)]  # 200 groups of two
    rows += [(f"q{n}", 900, None, "ab") for n in range(6)]  # one of six
    split = split_by_playlist(_playlists(rows))
    part = {playlist: name for name, ids in split.items() for playlist in ids}
    assert all(part[f"p{n:03}"] == part[f"p{n + 1:03}"] for n in range(0, 400, 2))
    assert {part[f"q{n}"] for n in range(6)} == {"train"}
    # 200 draws at 12 %: 24 expected, and 4.6 the standard deviation
    assert all(10 <= len(split[name]) / 2 <= 38 for name in ("validation", "test"))
    assert part["p000"] == part_of("p000")


def test_frozen_lists_that_part_a_group_are_a_leak() -> None:
    playlists = _playlists([("a", 0, None, "x"), ("b", 0, None, "x")])
    check_frozen(playlists, {"train": ["a", "b"], "validation": [], "test": []})
    with pytest.raises(DataError, match="leaks"):
        check_frozen(playlists, {"train": ["a"], "validation": [], "test": ["b"]})


def test_only_tracks_new_to_the_playlist_are_targets() -> None:
    playlists = _playlists(
        [
            ("a", 0, "2021-01-01", "xy"),
            ("a", 0, "2021-02-20", "yz"),  # the history of both parts' cuts, until March
            ("a", 0, "2021-03-10", "zuy"),  # u is new; z and y are not
            ("a", 0, "2021-04-10", "v"),
            ("a", 0, "2021-06-10", "xuw"),  # x and u stood there before; w is new
            ("b", 1, "2021-04-01", "xy"),
            ("b", 1, "2021-06-01", "yx"),  # nothing new: no entry
        ]
    )
    by_time = split_by_time(playlists)
    assert by_time["until"] == "2021-06-10"
    assert by_time["validation"] == {
        "a": {"history": "2021-02-20", "later": ["2021-03-10", "2021-04-10"]}
    }
    assert by_time["test"] == {"a": {"history": "2021-04-10", "later": ["2021-06-10"]}}
    (validation,) = time_targets(playlists, by_time, "validation")
    assert (validation.history, validation.targets) == (("y", "z"), ("u", "v"))
    (test,) = time_targets(playlists, by_time, "test")
    assert (test.history, test.targets) == (("v",), ("w",))


def test_playlists_that_no_split_names_are_left_out(data: Path) -> None:
    _run("build", "--only", "music")
    split = read_split(data / "splits" / "by_playlist.json")
    (part,) = [name for name, ids in split.items() if track_id("P1") in ids]
    split[part].remove(track_id("P1"))
    (data / "splits" / "by_playlist.json").write_text(json.dumps(split))
    _run("build", "--only", "music")
    playlists = pq.read_table(data / "processed" / "playlists.parquet")
    tracks = pq.read_table(data / "processed" / "tracks.parquet")
    assert track_id("P1") not in playlists["playlist_id"].to_pylist()
    assert track_id("f") not in tracks["track_id"].to_pylist()  # stood only there
    assert track_id("a") in tracks["track_id"].to_pylist()


@pytest.mark.parametrize("part", ["validation", "test"])
def test_what_only_a_held_out_playlist_tells_of_its_songs_is_not_told(
    data: Path, part: str
) -> None:
    _run("build", "--only", "music")
    path = data / "splits" / "by_playlist.json"
    every = [playlist for ids in read_split(path).values() for playlist in ids]
    told = {}
    for chosen in ("train", part):
        path.write_text(json.dumps({"train": [], "validation": [], "test": []} | {chosen: every}))
        _run("build", "--only", "music")
        tracks = pq.read_table(data / "processed" / "tracks.parquet").to_pylist()
        told[chosen] = {row["track_id"]: row for row in tracks}
    trained, held_out = (told[chosen][track_id("a")] for chosen in ("train", part))
    # of the TidyTuesday list P3 that holds it; what others say of the song or its artist stays
    gone = set(trained["raw_genres"]) - set(held_out["raw_genres"])
    assert gone == {"rock", "folk rock", "album rock"}
    assert held_out["raw_genres"]
    # "h" stands in the list P1 alone
    trained, held_out = (told[chosen][track_id("h")] for chosen in ("train", part))
    assert (trained["year"], trained["has_features"]) == (2024, True)
    assert (held_out["year"], held_out["has_features"]) == (None, False)
    names = ("title", "artists", "album")
    assert [held_out[name] for name in names] == [trained[name] for name in names]


def test_a_broken_split_is_one_sentence(tmp_path: Path) -> None:
    for text in ("", "[]", '{"train": []}'):
        (tmp_path / "s.json").write_text(text)
        with pytest.raises(DataError, match=r"s\.json"):
            read_split(tmp_path / "s.json")
