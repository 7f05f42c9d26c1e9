"""``affetto train``: the emotion CNN, the recommender's LSTM, and the baselines' settings.

Keras runs on TensorFlow unless KERAS_BACKEND says jax or torch.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from affetto.errors import InputError
from affetto.learn.overrides import override
from affetto.learn_inputs import (
    RunOption,
    SplitOption,
    earlier_network,
    load_faces,
    load_playlists,
    need_training,
    read_changes,
)
from affetto.settings import interim_dir, processed_dir
from affetto.terminal import complain, new_group

train_app = new_group("Train a network; a run that was stopped goes on where it was.")
ConfigOption = Annotated[
    Path | None, typer.Option(help="JSON file with settings to change, as a run's config.json.")
]


@train_app.command("faces", epilog="Example:  affetto train faces --run faces")
def train_faces(
    run: RunOption = "faces",
    config: ConfigOption = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the faces.")] = None,
    start: Annotated[
        str | None,
        typer.Option(help="Run whose best weights to begin from, or `released`: what is bundled."),
    ] = None,
    teacher: Annotated[
        str | None,
        typer.Option(
            help="Run, or `released`, whose answers are `teacher_share` of what is learned."
        ),
    ] = None,
) -> None:
    """Train the emotion CNN on FER2013 and FER+; choose its epoch on PublicTest."""
    need_training()
    from affetto.learn.environment import describe_data, save_data, save_origin
    from affetto.learn.face_batches import TRAINED_ON, split_faces
    from affetto.learn.faces import TrainConfig, fit

    settings = override(TrainConfig(), read_changes(config, epochs=epochs))
    if (teacher is None) != (settings.teacher_share == 0):
        raise InputError("Give --teacher and a teacher_share above 0 in --config together.")
    faces, votes, paths = load_faces()
    save_data(interim_dir() / run, describe_data(paths, split=TRAINED_ON))
    train, validation = (split_faces(faces, votes, usage) for usage in (TRAINED_ON, "PublicTest"))
    weights = {}
    for part, name in (("start", start), ("teacher", teacher)):
        if name is not None:
            weights[part], origin = earlier_network(name, settings, train.pixels)
            save_origin(interim_dir() / run, part, origin)
    _, history = fit(train, validation, settings, run_dir=interim_dir() / run, **weights)
    print(json.dumps(max(history, key=lambda row: row["validation_fer2013"])))


@train_app.command("recommender", epilog="Example:  affetto train recommender --run recommender")
def train_recommender(
    run: RunOption = "recommender",
    config: ConfigOption = None,
    epochs: Annotated[int | None, typer.Option(min=1, help="Passes over the playlists.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random.")] = None,
    split: SplitOption = "by-playlist",
) -> None:
    """Train one LSTM on the built playlists; choose its epoch on the validation playlists.

    By time there is nothing to choose by: the last epoch is kept.
    """
    need_training()
    from affetto.learn.environment import describe_data, save_data
    from affetto.learn.recommender import RecommenderTrainConfig, fit, judge_on, later_is_better

    settings = override(RecommenderTrainConfig(), read_changes(config, epochs=epochs, seed=seed))
    data, paths = load_playlists(split)
    save_data(interim_dir() / run, describe_data(paths, split=data.split))
    validation = data.challenges.get("validation")
    _, history = fit(
        data.groups,
        data.items,
        data.moods,
        settings,
        run_dir=interim_dir() / run,
        judge=judge_on(validation) if validation else later_is_better(),
    )
    print(json.dumps(max(history, key=lambda row: row.get("validation", 0.0))))


@train_app.command("baselines", epilog="Example:  affetto train baselines")
def train_baselines_command(
    only: Annotated[
        list[str] | None, typer.Option(help="Tune this baseline alone; may be given again.")
    ] = None,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds over a grid at most.")] = 2,
) -> None:
    """Choose the settings of the recommender's baselines on the validation playlists.

    Writes the settings into the package and the whole search to reports/metrics/baselines.json.
    Takes half an hour on one core.
    """
    need_training()
    from affetto.learn.baselines_tuning import tune_baselines
    from affetto.sources.build import splits_dir

    chosen = tune_baselines(
        processed_dir(), splits_dir(), only=only or (), rounds=rounds, tell=complain
    )
    print(json.dumps(chosen))
