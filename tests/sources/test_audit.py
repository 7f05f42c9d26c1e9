"""The samples of joins by name that a person reads show both sides of each join."""

from __future__ import annotations

import pyarrow as pa

from affetto.sources import audit


def tracks() -> pa.Table:
    return pa.table(
        {
            "track_id": ["a", "b", "c", "d"],
            "title": ["Song", "Song - Remastered", "Song (Live)", "Another"],
            "artists": [["Ada"], ["Ada"], ["Ada"], ["Bo"]],
            "album": ["One", "Best of", "On stage", "Two"],
            "duration_ms": [200_000, 202_000, 210_000, 180_000],
            "features_from": ["a", "a", "a", None],
        }
    )


def test_who_borrows_stands_beside_whom_it_borrows_from() -> None:
    pairs = audit.borrowed_features(tracks())
    assert pairs[["track_id", "track_id_twin", "album_twin"]].values.tolist() == [
        ["b", "a", "One"],
        ["c", "a", "One"],
    ]
    assert pairs["apart"].tolist() == [2.0, 10.0]
    assert audit.same_length_share(pairs) == 0.5


def test_a_label_joined_by_name_stands_beside_its_track_and_one_joined_by_id_does_not() -> None:
    moods = pa.table(
        {
            "track_id": ["a", "d"],
            "artist": ["ada", "bo"],
            "title": ["song", "another"],
            "joined_by": ["name", "id"],
        }
    )
    (row,) = audit.tagged_songs(tracks(), moods).to_dict("records")
    assert (row["artist"], row["title"], row["title_track"]) == ("ada", "song", "Song")


def test_the_same_seed_draws_the_same_rows() -> None:
    pairs = audit.borrowed_features(tracks())
    one, again = (audit.sample(pairs, count=1, seed=7) for _ in range(2))
    assert one.equals(again)
    assert len(audit.sample(pairs, count=9, seed=7)) == 2
