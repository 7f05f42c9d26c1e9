"""The card of the learned track mood, written from the measured figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affetto.learn.cards import percent, plain_table
from affetto.learn.track_mood_evaluation import WIDTH

Figures = Mapping[str, Any]
_ORDER = ("dummy", "plain", "linear", "boosted", "ridge", "learned")
_WORDS = {
    "dummy": "always the commonest quadrant",
    "plain": "Spotify's two numbers, thresholds fitted",
    "linear": "Spotify's two numbers, linear map",
    "boosted": "gradient boosting on sound and genre",
    "ridge": "ridge on all evidence",
    "learned": "**released: boosting over all evidence and the ridge**",
}


def track_mood_card(mood: Figures, control: Figures | None) -> str:
    """``track-mood.md`` from track_mood.json and, once measured, mood_control.json."""
    parts = [
        _HEAD,
        _labels(mood),
        _by_artist(mood),
        _across(mood),
        _uncertainty(mood),
        "" if control is None else _control(control),
        _TAIL,
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


_HEAD = """# Track mood

Valence and arousal of songs **as people hear them**, learned from human labels with scikit-learn.
The recommender's vocabulary carries them; `affetto evaluate track-mood --save` measures every
figure here anew and writes this card, but for those on steering, which are
`affetto evaluate mood-control --save`'s.

**Meant for** choosing songs for a mood. **Not meant for** judging a song, an artist or a
listener: people themselves agree on a song's quadrant only as often as is said below.

**Learned from** labels of two kinds: listeners' tags (Deezer, Delbouys et al. 2018) and
membership of playlists that promise a mood. No public set here asked annotators to rate songs.
No licence is stated for these sets; none is claimed, none of their rows is in the project, and
nothing from Spotify's Web API is learned from.

**Evidence:** sound features and genre; the playlists a song or its artist stands in and the moods
their names promise; the artist's other songs and their labels; words of the title. A playlist
whose words label songs is never evidence, nor its namesakes, nor any playlist that the
recommender is judged on. Where the playlists of a source are not named, a label may still rest
on a playlist that stands in the archive under another name: that cannot be told."""

_TAIL = """## In the vocabulary

Each axis is spread over the plane by rank on its own side of zero: signs stay as learned, strong
moods can be asked for, doubtful ones lie near the centre. A song with labels of its own takes the
mean of them and the model's answer. A song without sound gets its mood from its artist and
playlists; where there is none of it either, its mood is unknown, and the app says so.

By default anger is not answered with rage, nor sadness with deeper sadness: angry and afraid lead
to calm, sad and disgusted to lift. On the way to calm no song is livelier than where they start, on
the way to lift none is less pleasant. It is a default that the listener changes with one click or
`--goal match`, which plays nothing below their own valence either. Where hardly a song that fits
keeps to that, the nearest ones are played, and it is said if that is a step (0.03) off.

## Limits

Anger is labelled by one playlist source and by tags alone. The word of a playlist's maker is not
what a listener feels. Labels of one source carry over to another only in part, as the tables
show. Which countries and languages the labels come from was not looked at."""


def _interval(pair: tuple[float, float]) -> str:
    return f"{100 * pair[0]:+.1f} to {100 * pair[1]:+.1f}"


def _labels(mood: Figures) -> str:
    rows = [
        (name, f"{part['songs']:,}", f"{part['with_sound']:,}", _spelt(part["quadrants"]))
        for name, part in mood["labels"].items()
    ]
    pairs = mood["agreement_of_sources"].get("all pairs")
    each = ", ".join(
        f"{name}: {percent(pair['agreement'])} of {pair['songs']:,}"
        for name, pair in mood["agreement_of_sources"].items()
        if name != "all pairs"
    )
    ceiling = (
        ""
        if pairs is None
        else f"\n\nTwo sources that label the same song name the same quadrant for "
        f"{percent(pairs['agreement'])} of {pairs['songs']:,} pairs ({each}). That is "
        "a scale for the models below, pair by pair, and no bound."
    )
    table = plain_table(("Source", "Songs", "with sound", "sad · calm · angry · happy"), rows)
    left_out = f"{mood['left_out']:,} labels of held-out playlists are left out."
    return f"## Labels\n\n{table}\n\n{left_out}{ceiling}"


def _spelt(quadrants: Mapping[str, int]) -> str:
    return " · ".join(f"{count:,}" for count in quadrants.values())


def _by_artist(mood: Figures) -> str:
    mean = mood["by_artist"]["mean_of_sources"]
    rows = []
    for name in _ORDER:
        part = mean["models"][name]
        gap = mean["differences"].get(name)
        rows.append(
            (
                _WORDS[name],
                percent(part["quadrant_accuracy"]),
                percent(part["balanced"]),
                "" if gap is None else _interval(gap["quadrant_accuracy"]),
                "" if gap is None else _interval(gap["balanced"]),
            )
        )
    head = ("Model", "Quadrant right", "balanced", "released ahead (points)", "balanced (points)")
    return (
        "## Songs of artists it has not seen\n\nCross-validation in which no artist is on both "
        "sides; means over the label sources, 95 % intervals by resampled artists. “Balanced” "
        f"counts every quadrant alike.\n\n{plain_table(head, rows)}"
    )


def _across(mood: Figures) -> str:
    rows = [
        (
            f"all but {name}" if kind == "one_left_out" else name.split(" → ")[0],
            name.split(" → ")[-1],
            f"{part['n']:,}",
            percent(part["models"]["learned"]["quadrant_accuracy"]),
            percent(part["models"]["plain"]["quadrant_accuracy"]),
            _interval(part["differences"]["plain"]["quadrant_accuracy"]),
            _interval(part["differences"]["plain"]["balanced"]),
        )
        for kind, found in mood["cross_source"].items()
        for name, part in found.items()
    ]
    head = ("Trained on", "Tested on", "Songs", "Learned", "Plain", "ahead (points)", "balanced")
    return (
        "## From one source to another\n\nQuadrants right where the labels of the tested source, "
        f"and every artist in it, were never seen.\n\n{plain_table(head, rows)}"
    )


def _uncertainty(mood: Figures) -> str:
    rows = [
        (
            kind,
            f"{part['n']:,}",
            percent(part["quadrant_accuracy"]),
            *(
                f"± {part[axis]['half_width']:.2f} ({percent(part[axis]['held'])})"
                for axis in ("valence", "arousal")
            ),
        )
        for kind, part in mood["uncertainty"]["kinds"].items()
    ]
    head = ("Answer rests on", "Songs", "Quadrant right", "Valence within", "Arousal within")
    return (
        f"## How sure\n\nHalf widths that hold {WIDTH:.0%} of labels (split conformal), and in "
        f"brackets what they held of other artists' songs.\n\n{plain_table(head, rows)}"
    )


def _control(control: Figures) -> str:
    own, people, price, tables = (control[k] for k in ("own", "people", "price", "tables"))
    found = people["precision@10"]
    return "\n".join(
        [
            "## Does it steer\n",
            f"- Of the first {own['top']} tracks, {percent(own['grid']['near'])} lie within "
            f"{own['within']} of the wanted mood over {own['grid']['points']} points of the plane, "
            f"{percent(own['emotions']['near'])} for every emotion and goal; "
            f"{len(own['sparse'])} points are too sparse for nine in ten.",
            f"- By people's labels, {percent(found['learned'])} of ten lie in the wanted "
            f"quadrant, {percent(found['plain'])} by Spotify's numbers "
            f"({_interval(people['differences']['plain'])} points).",
            f"- With the mood of the history as the wish, HR@50 is {percent(price['ratio'])} of "
            f"that without ({percent(price['ratio_interval'][0])} to "
            f"{percent(price['ratio_interval'][1])}).",
            f"- With {tables['table']} in place of Warriner et al. 2013, "
            f"{percent(tables['overlap'])} of the first {own['top']} tracks stay; it places "
            f"{', '.join(tables['emotions'])}, not {', '.join(tables['not_in_it'])}.",
        ]
    )
