"""What is told and what is asked: archive files, frozen splits, and no look ahead."""

from __future__ import annotations

import datetime as dt
import json
import lzma

import numpy as np
import pandas as pd
import pytest

from affetto.errors import DataError, InputError
from affetto.learn import playlist_worlds as worlds
from affetto.music.catalogue import Catalogue
from tests import synthetic

CATALOGUE = Catalogue(synthetic.table(*({} for _ in range(8))))
IDS = [synthetic.track_id(number) for number in range(10)]  # the last two are unknown


def line(playlist_id, *tracks, **more):
    return json.dumps({"playlist_id": playlist_id, "tracks": list(tracks), **more})


def track(number, **more):
    return {"track_id": IDS[number], "title": "x", "artists": ["y"], **more}


def archive(tmp_path, *lines, name="archive.jsonl"):
    path = tmp_path / name
    text = "\n".join(lines) + "\n"
    path.write_bytes(lzma.compress(text.encode()) if name.endswith("xz") else text.encode())
    return path


@pytest.mark.parametrize("name", ["archive.jsonl", "archive.jsonl.xz"])
def test_flags_say_what_is_history_wherever_they_stand(tmp_path, name):
    told = track(5, target=False)  # after a target in the file, and history all the same
    path = archive(
        tmp_path,
        line("p", track(0, target=False), track(1), track(2, target=True), told),
        name=name,
    )
    (playlist,) = worlds.read_archive(path)
    assert playlist.history == (IDS[0], IDS[5])
    assert playlist.targets == (IDS[1], IDS[2])  # true is the default


def test_without_flags_the_first_five_are_history(tmp_path):
    path = archive(tmp_path, line("p", *map(track, range(7))))
    (playlist,) = worlds.read_archive(path)
    assert playlist.history == tuple(IDS[:5])
    assert playlist.targets == tuple(IDS[5:7])


def test_a_track_is_asked_once_and_never_if_it_is_history(tmp_path):
    path = archive(
        tmp_path,
        line("p", track(0, target=False), track(1), track(0), track(1), track(9), track(9)),
    )
    (playlist,) = worlds.read_archive(path)
    assert playlist.targets == (IDS[1], IDS[9])


def test_snapshots_of_one_playlist_are_read_on_as_one(tmp_path):
    first = line("p", *map(track, range(5)), date="2021-01-01")
    later = line("p", track(0), track(6), date="2021-06-01")
    other = line("q", *map(track, range(6)))
    found = worlds.read_archive(archive(tmp_path, first, other, later))
    assert [(p.playlist_id, p.targets) for p in found] == [("p", (IDS[6],)), ("q", (IDS[5],))]


@pytest.mark.parametrize(
    ("lines", "needle"),
    [
        (["{"], "Line 1 of archive.jsonl"),
        ([line("p", track(0)), '{"playlist_id": "q"}'], "Line 2"),
        ([line("p", {"title": "no id"})], "track_id"),
        ([line("p", {"track_id": 7})], "track_id"),
        ([line("p", {**track(0), "target": "false"})], "true or false"),
        (["[" * 100_000], "Line 1"),
        ([""], "holds no playlist"),
    ],
)
def test_a_damaged_file_is_named_by_its_line(tmp_path, lines, needle):
    with pytest.raises(InputError, match=needle):
        worlds.read_archive(archive(tmp_path, *lines))


def test_a_file_that_is_not_there_or_not_xz_is_said_so(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        worlds.read_archive(tmp_path / "nothing.jsonl")
    plain = tmp_path / "plain.jsonl.xz"
    plain.write_text(line("p", track(0)))
    with pytest.raises(InputError, match=r"plain\.jsonl\.xz"):
        worlds.read_archive(plain)


def test_challenges_keep_unknown_tracks_as_minus_one():
    listed = [worlds.ListedPlaylist("p", (IDS[3], IDS[8]), (IDS[9], IDS[0]))]
    (challenge,) = worlds.to_challenges(listed, CATALOGUE)
    assert challenge.history.tolist() == [3, -1]
    assert challenge.targets.tolist() == [-1, 0]
    assert worlds.to_challenges([worlds.ListedPlaylist("p", (IDS[0],), ())], CATALOGUE) == []


def snapshots(*rows):
    columns = ["playlist_id", "group_id", "date", "track_ids"]
    filled = [(*about, [IDS[number] for number in held]) for *about, held in rows]
    return pd.DataFrame(filled, columns=columns)


def test_knowledge_is_oldest_first_and_counts_equal_snapshots_once():
    may, june = dt.date(2021, 5, 1), dt.date(2021, 6, 1)
    knowledge = worlds.knowledge_of(
        snapshots(
            ("a", 0, june, [0, 1]),
            ("a", 0, may, [2, 3]),
            ("b", 0, june, [0, 1]),  # the same list in the same group
            ("c", 1, june, [0, 1]),  # in another group it is evidence of its own
            ("d", 2, None, [4, 9, 5]),  # undated is oldest; 9 is not in the vocabulary
            ("e", 3, may, [6]),  # one track says nothing of pairs
        ),
        CATALOGUE,
    )
    assert [s.tolist() for s in knowledge.sequences] == [[4, 5], [2, 3], [0, 1], [0, 1]]
    assert knowledge.groups.tolist() == [2, 0, 0, 1]


def test_training_by_time_sees_nothing_from_the_cut_on(tmp_path):
    split = {"cuts": {"test": "2021-05-01"}, "validation": {}, "test": {}}
    (tmp_path / "by_time.json").write_text(json.dumps(split))
    rows = snapshots(
        ("a", 0, dt.date(2021, 4, 30), [0, 1]),
        ("b", 1, dt.date(2021, 5, 1), [2, 3]),
        ("c", 2, None, [4, 5]),
    )
    assert worlds.training_by_time(rows, tmp_path, part="test")["playlist_id"].tolist() == ["a"]


def test_by_playlist_the_newest_snapshot_is_asked(tmp_path):
    split = {"train": ["x"], "validation": [], "test": ["a"]}
    (tmp_path / "by_playlist.json").write_text(json.dumps(split))
    rows = snapshots(
        ("a", 0, dt.date(2021, 4, 1), [0, 1, 2, 3, 4, 5]),
        ("a", 0, dt.date(2021, 6, 1), [7, 6, 5, 4, 3, 2, 1]),
        ("x", 1, dt.date(2021, 6, 1), [0, 1]),
    )
    (playlist,) = worlds.listed_by_playlist(rows, tmp_path, part="test")
    assert playlist.targets == (IDS[2], IDS[1])
    assert worlds.training_by_playlist(rows, tmp_path)["playlist_id"].tolist() == ["x"]


def test_playlists_of_another_vocabulary_are_an_error():
    rows = snapshots(("a", 0, None, [8, 9]))
    with pytest.raises(DataError, match="vocabulary"):
        worlds.build_world(CATALOGUE, rows, [])


def test_without_built_tables_the_command_is_named(tmp_path):
    with pytest.raises(DataError, match="affetto data build"):
        worlds.read_playlists(tmp_path)


def test_rows_from_the_web_api_are_refused(tmp_path):
    rows = snapshots(("a", 0, None, [0, 1])).assign(source="spotify_api")
    rows.to_parquet(tmp_path / "playlists.parquet")
    with pytest.raises(DataError, match="spotify_api"):
        worlds.read_playlists(tmp_path)


def test_items_are_found_by_id():
    index = worlds.item_index(CATALOGUE, [IDS[3], IDS[9], IDS[3], IDS[0]])
    assert index == {IDS[3]: 3, IDS[0]: 0}
    assert isinstance(np.int64(index[IDS[3]]), np.integer)


def test_a_byte_order_mark_is_no_damage_and_a_cut_archive_is_named_so(tmp_path):
    text = line("p", *(track(k) for k in range(7)))
    marked = tmp_path / "marked.jsonl"
    marked.write_text(text, encoding="utf-8-sig")
    assert len(worlds.read_archive(marked)[0].targets) == 2
    cut = tmp_path / "cut.jsonl.xz"
    cut.write_bytes(lzma.compress(text.encode())[:-20])
    with pytest.raises(InputError, match=r"cut\.jsonl\.xz is damaged or cut short"):
        worlds.read_archive(cut)
