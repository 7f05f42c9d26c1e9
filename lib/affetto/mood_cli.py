"""``affetto evaluate track-mood`` and ``mood-control``: does a song's mood hold what it says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from affetto.evaluate_cli import evaluate_app
from affetto.files import write_json, write_text
from affetto.learn_inputs import need_training, refuse_to_save
from affetto.settings import processed_dir, reports_dir
from affetto.terminal import JsonOption, complain, native_chatter_muted

_NAMES = ("track_id", "title", "artist_keys", "has_features", "features_from", "popularity")


@evaluate_app.command(
    "track-mood",
    epilog="Examples:  affetto evaluate track-mood --data labels.csv --json  ·  "
    "affetto evaluate track-mood --save",
)
def evaluate_track_mood(
    data: Annotated[
        Path | None,
        typer.Option(help="CSV: artist, title, optional track_id, and mood or valence, arousal."),
    ] = None,
    save: Annotated[
        bool, typer.Option(help="Without a file: keep as reports/metrics/track_mood.json.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Score the learned mood of songs beside Spotify's own numbers.

    With a file, on its labels; the model is learned anew from the built ones first. Without one,
    by cross-validation on the built labels, and from every source to every other.
    """
    need_training()
    refuse_to_save(save, data)
    from affetto.learn import track_mood_report as report

    if data is not None:
        import pyarrow.parquet as pq

        asked = report.read_labels(data)  # before the minute that learning takes
        world = _world()
        complain("Learning from the built labels.")
        tracks = pq.read_table(processed_dir() / "tracks.parquet", columns=list(_NAMES))
        found = report.judge_file(world, tracks, asked)
    else:
        found = report.report(_world(), say=complain)
        if save:
            _write(found, "track_mood.json")
            _write_card()
    print(json.dumps(found) if as_json else "\n".join(_track_mood_lines(found)))


@evaluate_app.command(
    "mood-control", epilog="Example:  affetto evaluate mood-control --save --json"
)
def evaluate_mood_control(
    save: Annotated[bool, typer.Option(help="Keep as reports/metrics/mood_control.json.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Measure how well a wanted mood steers the released recommender, and what that costs."""
    need_training()
    from affetto.learn import mood_control as control
    from affetto.learn.playlist_worlds import listed_by_playlist, read_playlists, to_challenges
    from affetto.recommend.released import load_released
    from affetto.sources.build import splits_dir

    with native_chatter_muted():
        released = load_released()
    complain("Lists for the plane and for every emotion and goal")
    found: dict[str, Any] = {
        "own": control.own_mood(released),
        "tables": control.other_table(released),
    }
    complain("Next tracks of held-out playlists, with and without a wish")
    listed = listed_by_playlist(read_playlists(processed_dir()), splits_dir(), part="test")
    challenges = to_challenges(listed, released.catalogue)
    found["price"] = control.price(released.recommender, released.catalogue, challenges)
    complain("Labelled songs alone, with moods learned from other artists")
    found["people"] = control.by_people(_world())
    if save:
        _write(found, "mood_control.json")
        _write_card()
    print(json.dumps(found) if as_json else "\n".join(_control_lines(found)))


def _world():
    from affetto.learn.track_mood_data import load_mood_world
    from affetto.sources.build import splits_dir

    return load_mood_world(processed_dir(), splits_dir() / "by_playlist.json")


def _write(found: dict[str, Any], name: str) -> None:
    write_json(reports_dir() / "metrics" / name, found)


def _write_card() -> None:
    """The card from what is measured so far; none before track mood is."""
    from affetto.learn.track_mood_card import track_mood_card

    mood, control = (_read(name) for name in ("track_mood.json", "mood_control.json"))
    if mood is not None:
        card = track_mood_card(mood, control)
        write_text(reports_dir() / "cards" / "track-mood.md", card)


def _read(name: str) -> dict[str, Any] | None:
    path = reports_dir() / "metrics" / name
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def _track_mood_lines(found: dict[str, Any]) -> list[str]:
    """A few lines a person can read."""
    if "coverage" in found:
        lines = [f"{found['n']:,} songs, {found['coverage']:.0%} with audio features"]
        for name in ("learned", "plain"):
            if found[name]:
                lines.append(f"  {name}: {found[name]['quadrant_accuracy']:.1%} of quadrants")
        if found["difference"]:
            low, high = found["difference"]["quadrant_accuracy"]
            lines.append(f"  learned less plain: {low:+.3f} to {high:+.3f} (95 %)")
        return lines
    mean = found["by_artist"]["mean_of_sources"]
    lines = ["Songs of other artists, mean of the label sources:"]
    lines += [
        f"  {name}: {part['quadrant_accuracy']:.1%} of quadrants, balanced {part['balanced']:.1%}"
        for name, part in mean["models"].items()
    ]
    low, high = mean["differences"]["plain"]["quadrant_accuracy"]
    return [*lines, f"  learned less plain: {low:+.3f} to {high:+.3f} (95 %)"]


def _control_lines(found: dict[str, Any]) -> list[str]:
    own, people, price = found["own"], found["people"], found["price"]
    low, high = people["differences"]["plain"]
    return [
        f"Within {own['within']} of the wanted mood: {own['grid']['near']:.1%} on the grid, "
        f"{own['emotions']['near']:.1%} for emotions and goals; {len(own['sparse'])} sparse points",
        f"People's labels, precision@10: {people['precision@10']['learned']:.1%} learned, "
        f"{people['precision@10']['plain']:.1%} plain ({low:+.3f} to {high:+.3f})",
        "HR@50 with the history's mood as a wish: "
        + (
            "nothing is found without"
            if price["ratio"] is None
            else f"{price['ratio']:.1%} of that without"
        ),
    ]
