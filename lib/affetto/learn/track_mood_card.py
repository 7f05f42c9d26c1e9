"""The card of the learned track mood, written from the measured figures and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from affetto.learn.cards import percent, plain_table
from affetto.learn.track_mood_evaluation import WIDTH

Figures = Mapping[str, Any]
_ORDER = ("dummy", "commonest", "plain", "linear", "boosted", "ridge", "learned")
_WORDS = {
    "dummy": "one quadrant for all, chosen as if quadrants were alike",
    "commonest": "each source's own commonest quadrant, told beforehand",
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
listener: people agree on a song's quadrant only as often as is said below.

**Learned from** labels of two kinds: listeners' tags (Deezer, Delbouys et al. 2018) and
membership of playlists that promise a mood. Tags weigh as much as all playlist sources together,
because those say what a maker promised. No public set here asked annotators to rate songs.
No licence is stated for these sets; none is claimed, none of their rows is in the project, and
nothing from Spotify's Web API is learned from.

**Evidence:** sound features and genre; the playlists a song or its artist stands in and the moods
their names promise; the artist's other songs and their labels; words of the title. To what they
teach, a little of Spotify's own two numbers is added, which no source bends. A playlist whose
words label songs is never evidence, nor its namesakes, nor any playlist that the recommender is
judged on. Where the playlists of a source are not named, a label may still rest on a playlist that
stands in the archive under another name: that cannot be told."""

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
    table = plain_table(("Source", "Songs", "with sound", "sad · calm · angry · happy"), rows)
    left_out = (
        f"{mood['left_out']:,} labels of held-out playlists are left out. A label such as "
        "“energetic” tells arousal alone and counts in no quadrant."
    )
    return f"## Labels\n\n{table}\n\n{left_out}{_agreement(mood['agreement_of_sources'])}"


def _agreement(pairs: Figures) -> str:
    """How far sources agree, the pair with most songs told apart from all others."""
    each = {name: pair for name, pair in pairs.items() if name != "all pairs"}
    if not each:
        return ""
    most = max(each, key=lambda name: each[name]["songs"])
    rest = [pair for name, pair in each.items() if name != most]
    songs = sum(pair["songs"] for pair in rest)
    said = f"{percent(each[most]['agreement'])} of {each[most]['songs']:,} times in {most}"
    if songs:
        agreed = sum(pair["songs"] * pair["agreement"] for pair in rest) / songs
        others = ", ".join(
            f"{name}: {percent(pair['agreement'])} of {pair['songs']:,}"
            for name, pair in each.items()
            if name != most
        )
        said = f"{percent(agreed)} of {songs:,} times ({others}), and {said}"
    return (
        f"\n\nTwo sources that label the same song name the same quadrant {said}. That is a scale "
        "for the models below, pair by pair, and no bound. (Notebook 06 compares recordings and "
        "counts held-out playlists too; here a song is its artist and title.)"
    )


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
                percent(part["balanced"]),
                percent(part["quadrant_accuracy"]),
                "" if gap is None else _interval(gap["balanced"]),
                "" if gap is None else _interval(gap["quadrant_accuracy"]),
            )
        )
    head = ("Model", "Balanced", "Quadrant right", "released ahead, balanced", "ahead (points)")
    return (
        "## Songs of artists it has not seen\n\nCross-validation in which no artist is on both "
        "sides; means over the label sources, 95 % intervals by resampled artists. “Balanced” "
        "counts every quadrant alike: a source of one mood flatters whoever always names it, as "
        f"the second row does.\n\n{plain_table(head, rows)}\n\n"
        f"Quadrants right, source by source:\n\n{_by_source(mood['by_artist']['sources'])}"
    )


def _by_source(sources: Figures) -> str:
    names = ("commonest", "plain", "linear", "learned")
    rows = [
        (
            name,
            f"{part['n']:,}",
            *(percent(part["models"][model]["quadrant_accuracy"]) for model in names),
        )
        for name, part in sources.items()
    ]
    return plain_table(("Source", "Songs", "commonest", "thresholds", "linear", "released"), rows)


def _across(mood: Figures) -> str:
    parts = [
        (
            f"all but {name}" if kind == "one_left_out" else name.split(" → ")[0],
            name.split(" → ")[-1],
            part,
        )
        for kind, found in mood["cross_source"].items()
        for name, part in found.items()
    ]
    rows = [
        (
            train,
            test,
            f"{part['n']:,}",
            *(
                percent(part["models"][model]["quadrant_accuracy"])
                for model in ("learned", "plain", "linear")
            ),
            *(_interval(part["differences"][o]["quadrant_accuracy"]) for o in ("plain", "linear")),
            _interval(part["differences"]["plain"]["balanced"]),
        )
        for train, test, part in parts
    ]
    head = (
        "Trained on", "Tested on", "Songs", "Learned", "Thresholds", "Linear",
        "ahead of thresholds", "ahead of linear", "of thresholds, balanced",
    )  # fmt: skip
    return (
        "## From one source to another\n\nQuadrants right where the labels of the tested source, "
        "and every artist in it, were never seen; thresholds and a linear map are of Spotify's "
        f"two numbers.\n\n{plain_table(head, rows)}\n\n{_carried([p for *_, p in parts])}"
    )


def _carried(parts: list[Figures]) -> str:
    """In how many directions the learned mood is ahead for certain, and in how many behind."""
    said = []
    for other, words in (("plain", "fitted thresholds"), ("linear", "the linear map")):
        gaps = [part["differences"][other]["quadrant_accuracy"] for part in parts]
        ahead, behind = sum(low > 0 for low, _ in gaps), sum(high < 0 for _, high in gaps)
        said.append(f"ahead of {words} in {ahead} and behind in {behind}")
    return (
        f"Of {len(parts)} directions the learned mood is {', '.join(said)}, by intervals that "
        "leave zero out. What playlists teach helps on other playlists, and hardly on what "
        "listeners tag."
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
    found, gaps = people["precision@10"], people["differences"]
    pools = ", ".join(
        f"{name} {percent(pool['precision@10']['learned'])} and "
        f"{percent(pool['precision@10']['raw'])}"
        for name, pool in people["pools"].items()
    )
    asked = "Next songs are not found without a wish, so its price cannot be told."
    if price["ratio"] is not None:
        asked = (
            f"With the mood of the history as the wish, HR@50 is {percent(price['ratio'])} of "
            f"that without ({percent(price['ratio_interval'][0])} to "
            f"{percent(price['ratio_interval'][1])})."
        )
    return "\n".join(
        [
            "## Does it steer\n",
            f"- By our own estimate, of the first {own['top']} tracks "
            f"{percent(own['grid']['near'])} lie within {own['within']} of the wanted mood over "
            f"{own['grid']['points']} points of the plane, "
            f"{percent(own['emotions']['near'])} for every emotion and goal; "
            f"{len(own['sparse'])} points are too sparse for nine in ten.",
            f"- By people's labels, {percent(found['learned'])} of ten lie in the wanted "
            f"quadrant; {percent(found['raw'])} by Spotify's numbers as they are "
            f"({_interval(gaps['raw'])} points), {percent(found['plain'])} with thresholds fitted "
            f"({_interval(gaps['plain'])}). Source by source, beside the numbers as they are: "
            f"{pools}.",
            f"- {asked}",
            f"- Whose table places the emotions decides the songs: with {tables['table']}, in "
            f"place of Warriner et al. 2013, {percent(tables['overlap'])} of the first "
            f"{own['top']} tracks stay; it places {', '.join(tables['emotions'])}, not "
            f"{', '.join(tables['not_in_it'])}.",
        ]
    )
