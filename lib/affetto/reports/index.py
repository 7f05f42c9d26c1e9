"""``reports/index.html``: the figures that matter, every notebook, card, picture and number."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from affetto.bundled import read_manifest
from affetto.errors import AffettoError
from affetto.files import write_text
from affetto.headline import figures_table
from affetto.reports.outputs import markdown
from affetto.reports.pages import Page, page_html

PICTURES = "figures/notebooks"


def write_index(reports: Path, notebooks: Sequence[Page], cards: Sequence[Page]) -> Path:
    """Write the index and return its path.

    notebooks, cards : the pages that are there.  Pictures and metrics are found in the folder.
    """
    parts = [
        "<header><h1>Affetto</h1><p>A face becomes an emotion, an emotion a journey, a journey "
        "twenty songs. Here is every step of how it was made, and every figure that was measured."
        "</p></header>",
        _headline(reports),
        _section("The story, notebook by notebook", _cards(reports, notebooks)),
        _section("Models and data, card by card", _links(cards)),
        _section("How it looks", _gallery(reports)),
        _section("Every number, as JSON", _metrics(reports)),
        "<footer>Made by <code>make reports</code>. No face of a data set stands in these pages; "
        "what they show are counts, means and shares, and one playlist that was chosen.</footer>",
    ]
    path = reports / "index.html"
    page = page_html("Affetto: reports", "\n".join(part for part in parts if part))
    write_text(path, page.replace("<body>", "<body class='index'>"))
    return path


def _section(title: str, inside: str) -> str:
    return f"<section><h2>{title}</h2>{inside}</section>" if inside else ""


def _headline(reports: Path) -> str:
    """The README's table; nothing where it cannot be made."""
    try:
        table = figures_table(read_manifest(), reports / "metrics" / "serving.json")
    except (AffettoError, KeyError, TypeError):
        return ""
    return _section("What was measured", f"<div class='table headline'>{markdown(table)}</div>")


def _cards(reports: Path, pages: Sequence[Page]) -> str:
    tiles = []
    for page in pages:
        picture = f"{PICTURES}/{page.name}.png"
        shown = (
            f"<img src='{picture}' alt='' loading='lazy'>" if (reports / picture).is_file() else ""
        )
        question = f"<p>{escape(page.question.replace('`', ''))}</p>" if page.question else ""
        tiles.append(
            f"<a class='tile' href='{page.path}'>{shown}<h3>{escape(page.title)}</h3>{question}</a>"
        )
    return f"<div class='tiles'>{''.join(tiles)}</div>" if tiles else ""


def _links(pages: Sequence[Page]) -> str:
    rows = "".join(f"<li><a href='{page.path}'>{escape(page.title)}</a></li>" for page in pages)
    return f"<ul>{rows}</ul>" if rows else ""


SHOWN = {
    "app": "A face, and the songs that follow",
    "app/about": "Trust: what happens to a photo, and whom it fails",
    "app/bad_file": "A file that is no photo",
    "app/camera": "A picture from the camera",
    "app/corrected": "The listener knows better",
    "app/dark": "In the dark",
    "app/filters": "Filters",
    "app/italian": "In Italian",
    "app/keep": "Taking the list along",
    "app/live": "Live mode",
    "app/phone_dark": "A face on a phone, dark",
    "app/phone_light": "A face on a phone",
    "app/phone_songs_dark": "Songs on a phone, dark",
    "app/phone_songs_light": "Songs on a phone",
    "app/phone_start_dark": "The first page on a phone, dark",
    "app/phone_start_light": "The first page on a phone",
    "app/spotify_connect": "Spotify: before connecting",
    "app/spotify_connected": "Spotify: connected",
    "app/spotify_saved_phone": "Spotify: a saved list, on a phone",
    "app/start_camera": "To begin: the camera",
    "app/start_emotion": "To begin: an emotion",
    "app/start_live": "To begin: live mode",
    "app/start_map": "To begin: the mood map",
    "app/start_words": "To begin: a sentence",
    "dashboard/journey": "Dashboard: the journey",
    "dashboard/mistakes": "Dashboard: mistakes by threshold",
    "dashboard/phone_dark": "Dashboard on a phone, dark",
    "dashboard/photo": "Dashboard: a dropped photo",
    "dashboard/reliability": "Dashboard: reliability",
    "dashboard/scores": "Dashboard: the recommender beside simpler ways",
    "dashboard/songs": "Dashboard: songs as points",
    "emotion-cnn/confusion_crowd": "Confusions, crowd readout",
    "emotion-cnn/confusion_fer2013": "Confusions, FER2013 readout",
    "emotion-cnn/coverage": "How much is answered, and how well",
    "emotion-cnn/groups": "Dark, pale and blurred faces",
    "emotion-cnn/peers": "Beside the fer package",
    "emotion-cnn/recall": "Found of each emotion",
    "emotion-cnn/reliability": "Reliability",
    "emotion-cnn/robustness": "Turned, blurred, covered faces",
    "emotion-cnn/training": "Training",
}


def _gallery(reports: Path) -> str:
    """All pictures but those of the tiles, a folder a row."""
    found = sorted(
        path
        for path in (reports / "figures").rglob("*.png")
        if not path.relative_to(reports).as_posix().startswith(PICTURES)
    )
    rows = "".join(
        f"<a href='{name}'><img src='{name}' alt='{escape(_called(name))}' loading='lazy'>"
        f"<span>{escape(_called(name))}</span></a>"
        for name in (path.relative_to(reports).as_posix() for path in found)
    )
    return f"<div class='gallery'>{rows}</div>" if rows else ""


def _called(name: str) -> str:
    """What a picture shows, by its file: in words of its own, else its path in plain letters."""
    name = name.removeprefix("figures/").removesuffix(".png")
    plain = name.replace("_", " ").replace("/", ": ")
    return SHOWN.get(name, plain[:1].upper() + plain[1:])


def _metrics(reports: Path) -> str:
    rows = "".join(
        f"<li><a href='metrics/{path.name}'>{escape(path.name)}</a></li>"
        for path in sorted((reports / "metrics").glob("*.json"))
    )
    return f"<ul class='files'>{rows}</ul>" if rows else ""
