"""The ``affetto`` command.

Data go to stdout, progress and complaints to stderr.  Exit codes: 0 done; 1 something is wrong
inside Affetto, or a check that the command makes failed; 2 something is wrong with what was asked.
Everything heavy is imported inside the command that needs it, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from affetto.collect_cli import EXAMPLES, collect
from affetto.data_cli import data_app
from affetto.errors import AffettoError, InputError, NoFaceError, PhotoError
from affetto.mood_cli import evaluate_app
from affetto.notebooks_cli import notebooks_app
from affetto.release_cli import release_app
from affetto.reports_cli import reports_app
from affetto.spotify_cli import EXAMPLES as SEARCH_EXAMPLES
from affetto.spotify_cli import search
from affetto.terminal import (
    BAD_INPUT,
    FAILED,
    OK,
    JsonOption,
    complain,
    counted,
    examples,
    filled,
    named_file,
    native_chatter_muted,
    print_json,
    print_line,
    print_table,
    progress,
)
from affetto.train_cli import train_app

if TYPE_CHECKING:
    from affetto.music.playlists import Playlist

DEBUG = "AFFETTO_DEBUG"
STDIN = "-"

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,  # main() turns every error into one sentence
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(data_app, name="data")
app.command(epilog=EXAMPLES)(collect)
app.command(epilog=SEARCH_EXAMPLES)(search)
app.add_typer(train_app, name="train")
app.add_typer(release_app, name="release")
app.add_typer(evaluate_app, name="evaluate")
app.add_typer(notebooks_app, name="notebooks")
app.add_typer(reports_app, name="reports")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code; any error becomes one sentence on stderr.

    arguments : those of the process by default.  AFFETTO_DEBUG=1 shows the traceback of an error
    that nobody foresaw.
    """
    if not os.environ.get(DEBUG):
        warnings.simplefilter("ignore")  # a library's remark on a photo's EXIF is not for people
    _open_streams()
    try:
        code = app(args=arguments, prog_name="affetto", standalone_mode=False)
        sys.stdout.flush()
        return code if isinstance(code, int) else OK
    except BrokenPipeError:  # `affetto … | head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except SystemExit:  # so do Rich and Typer say it, who have muffled stdout
        return OK
    except NoFaceError as error:
        complain(f"{str(error).rstrip('.')} (--emotion happy).")
        return BAD_INPUT
    except AffettoError as error:
        complain(str(error))
        return BAD_INPUT
    except typer.Abort:
        complain("Stopped.")
        return FAILED
    except Exception as error:
        if os.environ.get(DEBUG):
            raise
        sentence, code = _explain(error)
        if sentence:
            complain(sentence)
        return code


def _open_streams() -> None:
    """Let every sentence be said: without a letter that the terminal lacks, or to nobody."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


def _explain(error: Exception) -> tuple[str, int]:
    """One sentence and the exit code for an error that is not our own."""
    if hasattr(error, "format_message"):  # Typer's: an unknown option, a missing argument
        message = error.format_message()
        if not message:  # a group without a command: its help was printed
            return "", BAD_INPUT
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "affetto"
        message = re.sub("Input should be a valid integer, .*", "it is no whole number", message)
        message = re.sub("Input should be a valid number, .*", "it is no number", message)
        hint = "" if message.endswith("?") else f"; see {command} --help."
        return message.rstrip(".") + hint, BAD_INPUT
    if isinstance(error, ModuleNotFoundError) and not str(error.name).startswith("affetto"):
        how = "run make test, or pip install '.[train,notebooks]'"
        return f"This needs the package {error.name}, which serving does without; {how}.", BAD_INPUT
    if isinstance(error, OSError) and error.strerror:  # a full disk, a name that is too long
        return f"{error.filename or 'The output'}: {error.strerror}.", BAD_INPUT
    what = " ".join(f"{type(error).__name__}: {error}".split())
    return f"Something went wrong inside Affetto ({what}); {DEBUG}=1 shows where.", FAILED


@app.callback(
    invoke_without_command=True,
    epilog=examples("affetto detect me.jpg", "affetto recommend --photo me.jpg", "affetto info"),
)
def _root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.")] = False,
) -> None:
    """Look at a face, say what it shows and how sure that is, and play music that fits."""
    if version:
        import affetto

        print(affetto.__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command(
    epilog=examples(
        "affetto detect me.jpg",
        "affetto detect holiday/*.jpg --json > faces.json",
        "curl -s https://example.org/me.jpg | affetto detect -",
    )
)
def detect(
    photos: Annotated[
        list[str], typer.Argument(metavar="PHOTO…", help="JPEG, PNG or WebP files; - is stdin.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Find the faces in photos, the largest first; say what each shows, and how sure that is.

    A photo without a face is answered with a message. One that cannot be read is answered with an
    error, the others all the same, and the exit code is 2.
    """
    from affetto import service

    with native_chatter_muted():
        service.warm_up()
    entries = [_look_at(photo) for photo in progress(photos, doing="Looking at photos")]
    if as_json:
        print_json(entries)
    else:
        _show_faces(entries)
    if any(entry["error"] for entry in entries):
        raise typer.Exit(BAD_INPUT)


def _look_at(photo: str) -> dict[str, Any]:
    """One entry of ``affetto detect --json``; an unreadable photo has an ``error``."""
    from affetto import service
    from affetto.faces.photo import read_photo_file

    try:
        reading = service.detect(read_photo_file(_source(photo)))
    except PhotoError as error:
        return {"photo": photo, "faces": [], "message": None, "error": str(error)}
    return {"photo": photo, **reading.to_dict(), "error": None}


def _show_faces(entries: Sequence[dict[str, Any]]) -> None:
    """The same as a table; what is wrong with a photo goes to stderr."""
    rows = [_face_row(entry["photo"], face) for entry in entries for face in entry["faces"]]
    if rows:
        columns = ("Photo", "Emotion", ">Confidence", "Next", ">Valence", ">Arousal", "Box")
        print_table(columns, rows)
    for entry in entries:
        if entry["message"]:
            print_line(f"{entry['photo']}: {entry['message']}")
        if entry["error"]:
            # Some sentences name the file already; a short name may stand in any by chance.
            told = repr(entry["photo"]) in entry["error"]
            complain(entry["error"] if told else f"{entry['photo']}: {entry['error']}")


def _face_row(photo: str, face: dict[str, Any]) -> tuple[str, ...]:
    ranked = sorted(face["probabilities"].items(), key=lambda item: -item[1])
    second, share = ranked[1]
    x, y, width, height = face["box"]
    return (
        photo,
        face["emotion"] if face["sure"] else f"{face['emotion']}? not sure",
        f"{face['confidence']:.0%}",
        f"{second} {share:.0%}",
        f"{face['valence']:+.2f}",
        f"{face['arousal']:+.2f}",
        f"{width}×{height} at {x},{y}",
    )


@app.command(
    epilog=examples(
        "affetto recommend --photo me.jpg",
        "affetto recommend --emotion sad --goal lift --genre jazz -n 10",
        'affetto recommend --text "tired after a long day" --out evening.m3u',
        "affetto recommend --mood=-0.4,0.6 --goal calm --json",
        'affetto recommend --emotion happy --my-top-tracks --save-playlist "Tonight"',
    )
)
def recommend(
    photo: Annotated[
        str | None, typer.Option(metavar="FILE", help="Start from a face; - is stdin.")
    ] = None,
    emotion: Annotated[
        str | None,
        typer.Option(help="Start from angry, disgust, fear, happy, sad, surprise or neutral."),
    ] = None,
    mood: Annotated[
        str | None,
        typer.Option(metavar="V,A", help="Start from a valence and an arousal, each -1 to 1."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(help="Start from a sentence, in English or Italian.")
    ] = None,
    goal: Annotated[
        str | None,
        typer.Option(
            help="match, lift, calm, energise, or a mood V,A; by default what the emotion suggests."
        ),
    ] = None,
    n: Annotated[int, typer.Option("-n", "--number", help="How many tracks, 1 to 100.")] = 20,
    genre: Annotated[
        list[str] | None, typer.Option(help="Only this genre; may be given several times.")
    ] = None,
    year_from: Annotated[int | None, typer.Option(help="Not older than this year.")] = None,
    year_to: Annotated[int | None, typer.Option(help="Not newer than this year.")] = None,
    no_explicit: Annotated[
        bool, typer.Option("--no-explicit", help="Only tracks known to be without explicit words.")
    ] = False,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Only songs sung in it, such as Spanish or es; several times for more."),
    ] = None,
    unknown_language: Annotated[
        bool,
        typer.Option("--unknown-language", help="With --language: also songs of unknown language."),
    ] = False,
    familiar: Annotated[
        float,
        typer.Option(help="-1: songs that few know, to discover; 1: songs that many know."),
    ] = 0.0,
    seed_track: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ID", parser=filled, help="More like this track; may be given several times."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="Another number gives another list.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", parser=named_file, help="Save the list: .m3u, .csv, .json or .txt."
        ),
    ] = None,
    save_playlist: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Save the list to Spotify; you sign in in a browser."),
    ] = None,
    my_top_tracks: Annotated[
        bool,
        typer.Option("--my-top-tracks", help="Begin from your top tracks on Spotify, by id only."),
    ] = False,
    my_recent_plays: Annotated[
        bool, typer.Option("--my-recent-plays", help="The same with what you played last.")
    ] = False,
    my_playlist: Annotated[
        str | None,
        typer.Option("--my-playlist", metavar="LINK", help="The same with a playlist of yours."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Choose songs that start at a mood and lead gently to another.

    Say where to start in exactly one way: --photo, --emotion, --mood or --text.
    """
    from affetto import service, spotify_cli
    from affetto.faces.photo import read_photo_file
    from affetto.music.playlists import check_target

    if unknown_language and not language:
        raise InputError("--unknown-language goes with --language: name a language too.")
    if out is not None:
        check_target(out)  # before the work, not after it
    seen = None if photo is None else read_photo_file(_source(photo))
    choose = partial(
        service.recommend,
        seen,
        emotion=emotion,
        mood=mood,
        text=text,
        goal=goal,
        n=n,
        genre=genre or (),
        year_from=year_from,
        year_to=year_to,
        explicit=not no_explicit,
        language=language or (),
        unknown_language=unknown_language,
        familiar=familiar,
        seed_tracks=seed_track or (),
        seed=seed,
    )
    if my_playlist is not None:
        my_playlist = spotify_cli.playlist_id(my_playlist)
    with native_chatter_muted():
        playlist = choose()  # before anybody signs in: a request that makes no sense ends here
    begin = {"top": my_top_tracks, "recent": my_recent_plays, "playlist": my_playlist}
    own = save_playlist is not None or any(begin.values())  # what needs a sign-in
    listener = spotify_cli.connect() if own else None
    if heard := spotify_cli.own_history(listener, **begin):
        with native_chatter_muted():
            playlist = choose(liked=heard)
    if out is not None:
        playlist.save(out)
        complain(f"Saved {counted(len(playlist), 'track')} to {out}.")
    if save_playlist is not None:
        spotify_cli.save_playlist(listener, save_playlist, playlist)
    if as_json:
        print_json(playlist.to_dict())
        return
    if out is None:
        _show_playlist(playlist)
    for message in playlist.messages:
        complain(message)


def _source(photo: str) -> str | int:
    """What to read a photo from: the file's name, or stdin's number for ``-``."""
    if photo == STDIN and sys.stdin is None:
        raise PhotoError("There is nothing on stdin.")
    return sys.stdin.fileno() if photo == STDIN else photo


def _show_playlist(playlist: Playlist) -> None:
    """The list as a table, with where it starts and ends above it."""
    start, end = playlist.journey[0], playlist.journey[-1]
    title = playlist.title
    if playlist.emotion and playlist.confidence is not None:
        sure = f"{playlist.emotion} ({playlist.confidence:.0%})"
        title = title.replace(playlist.emotion, sure, 1)
    print_line(
        f"{title}: valence {start.valence:+.2f} to {end.valence:+.2f}, "
        f"arousal {start.arousal:+.2f} to {end.arousal:+.2f}"
    )
    rows = [
        (str(place), step.track.artist_line, step.track.title, step.reason, step.track.url)
        for place, step in enumerate(playlist, start=1)
    ]
    print_table((">#", "Artist", "Title", "Why", "Link"), rows)


@app.command(epilog=examples("affetto info", "affetto info --json", "affetto info --markdown"))
def info(
    as_json: JsonOption = False,
    as_markdown: Annotated[
        bool, typer.Option("--markdown", help="Print the measured figures as the README has them.")
    ] = False,
) -> None:
    """Say which versions and models are here, how good they are, and what is configured."""
    from affetto import about

    if as_json and as_markdown:
        raise InputError("Choose one of --json and --markdown.")
    if as_markdown:
        from affetto.bundled import read_manifest
        from affetto.headline import figures_table
        from affetto.settings import reports_dir

        print(figures_table(read_manifest(), reports_dir() / "metrics" / "serving.json"))
        return
    facts = about.facts()
    if as_json:
        print_json(facts)
    else:
        _show_facts(facts)


def _show_facts(facts: dict[str, Any]) -> None:
    """The facts for people; the JSON has all of them."""
    from affetto import about

    print_table(("Version", ""), list(facts["versions"].items()))
    models = [
        (name, f"{model['bytes'] / 1e6:.1f} MB", model["sha256"][:12], model["state"])
        for name, model in facts["models"].items()
    ]
    print_table(("\nReleased file", ">\nSize", "\nSHA-256", "\nState"), models)
    figures = [(name, f"{value:.4f}") for name, value in about.headlines(facts["figures"])]
    print_table(("\nReleased figure (all of them: --json)", ""), figures)
    configured = facts["configured"]
    spotify = [name for name, there in configured["spotify"].items() if there]
    rows = [
        ("data folder", configured["data_dir"]),
        ("data built", "yes" if configured["data_built"] else "no; affetto data build"),
        ("data mirror", configured["data_mirror"] or "none (AFFETTO_DATA_MIRROR)"),
        ("Spotify", ", ".join(spotify) or "no account (SPOTIPY_CLIENT_ID); none is needed"),
    ]
    print_table(("\nConfigured", ""), rows)
