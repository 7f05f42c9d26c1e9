"""``affetto release``: a trained network, measured, goes into the package.

Exported under TensorFlow, whatever it was trained on.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from affetto.learn_inputs import (
    IntoOption,
    RunOption,
    SplitOption,
    finished_run,
    load_faces,
    load_playlists,
    need_training,
    one_split,
)
from affetto.settings import BUNDLED_DIR
from affetto.terminal import new_group

release_app = new_group("Export a trained network and put it into the package.")


@release_app.command("faces", epilog="Example:  affetto release faces --run faces")
def release_faces_command(
    run: RunOption = "faces",
    into: IntoOption = None,
    again: Annotated[
        bool, typer.Option("--again", help="Keep the bundled network; calibrate it anew.")
    ] = False,
) -> None:
    """Export a run's best emotion network, calibrate it on PublicTest, and bundle it."""
    need_training()
    from affetto.learn.faces_release import recalibrate_faces, release_faces

    faces, votes, paths = load_faces()
    where = destination(into)
    if again:
        result = recalibrate_faces(faces, votes, **where)
    else:
        result = release_faces(finished_run(run), faces, votes, data_files=paths, **where)
    print(json.dumps(result))


@release_app.command(
    "recommender", epilog="Example:  affetto release recommender --run seed7 --run seed8"
)
def release_recommender_command(
    run: Annotated[
        list[str] | None,
        typer.Option(help="Name of a run in data/interim (recommender); several go as one."),
    ] = None,
    into: IntoOption = None,
    split: SplitOption = "by-playlist",
) -> None:
    """Export the best LSTMs of runs, measure them on the test playlists, bundle the vocabulary.

    Runs by time go to a folder of their own (--into; by default in the first run's, where
    `affetto evaluate playlists` looks): they are there to be judged, not served.
    """
    need_training()
    from affetto.learn.recommender_release import release_recommender
    from affetto.learn.vocabulary import build_catalogue
    from affetto.recommend.baselines import PopularityRecommender

    runs = [finished_run(name) for name in run or ["recommender"]]
    if one_split(split) != "by_playlist" and into is None:
        into = runs[0] / "release"
    data, paths = load_playlists(split)
    baselines = {"popularity": PopularityRecommender(build_catalogue(data.chosen))}
    result = release_recommender(
        runs, data, baselines=baselines, data_files=paths, **destination(into)
    )
    print(json.dumps(result, indent=1))


@release_app.command("vocabulary", epilog="Example:  affetto release vocabulary")
def release_vocabulary_command(into: IntoOption = None) -> None:
    """Renew names, genres and moods of the released songs from the built tables.

    The networks stay, so it is refused where the tables would choose other songs.
    """
    need_training()
    from affetto.learn.recommender_release import renew_vocabulary

    data, paths = load_playlists("by-playlist")
    changed = renew_vocabulary(data, data_files=paths, folder=into or BUNDLED_DIR)
    print(f"{changed:,} of {len(data.chosen):,} songs changed.")


def destination(into: Path | None) -> dict[str, Path]:
    """Where a release goes: one folder for all of it, or the package and its reports."""
    return {} if into is None else {"folder": into, "reports": into}
