"""Tables in, small tables out: the numbers behind the figures of the data notebooks.

Everything here is an aggregate.  What comes out can be shown and committed; no row of a data set
and no single face of FER2013 passes through.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from affetto.emotions import EMOTIONS, QUADRANTS
from affetto.errors import InputError
from affetto.sources.datasets.rows import MusicRows

MOOD_AXES = ("spotify_valence", "energy")
NO_MAJORITY = "no majority"


# --- songs -------------------------------------------------------------------------------------


def contributions(sources: Mapping[str, MusicRows]) -> pd.DataFrame:
    """Per source with tracks: rows in its files, ids, and ids that no source before it has."""
    seen: set[str] = set()
    facts = []
    for name, rows in sources.items():
        if rows.tracks is None:
            continue
        ids = set(rows.tracks["track_id"])
        facts.append((name, rows.files_rows, len(ids), len(ids - seen)))
        seen |= ids
    return pd.DataFrame(facts, columns=["source", "rows", "ids", "new"]).set_index("source")


def overlap(sources: Mapping[str, MusicRows]) -> pd.DataFrame:
    """Share of the row's track ids that the column's source has, too; 0 to 1."""
    ids = {name: set(r.tracks["track_id"]) for name, r in sources.items() if r.tracks is not None}
    shares = {
        name: {other: len(own & theirs) / len(own) for other, theirs in ids.items()}
        for name, own in ids.items()
    }
    return pd.DataFrame.from_dict(shares, orient="index")


def recording_sizes(tracks: pd.DataFrame) -> pd.Series:
    """Ids a recording → how many recordings have so many."""
    return tracks["recording_id"].value_counts().value_counts().sort_index()


def densities(frame: pd.DataFrame, *, bins: int = 60) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Column → (centres [bins], share of rows in each bin [bins]); unknowns are left out.

    The outermost half per cent on either side is left out, so that one outlier does not flatten
    the rest.
    """
    found = {}
    for name in frame:
        values = frame[name].dropna().to_numpy(float)
        if not len(values):
            raise InputError(f"{name} is unknown in every row.")
        low, high = np.quantile(values, (0.005, 0.995))
        edges = np.linspace(low, high if high > low else low + 1, bins + 1)
        counts = np.histogram(values, edges)[0]
        found[str(name)] = ((edges[1:] + edges[:-1]) / 2, counts / counts.sum())
    return found


def plane_density(frame: pd.DataFrame, *, bins: int = 160, blur: float = 1.2) -> np.ndarray:
    """Songs on the plane of MOOD_AXES; float [bins, bins], energy along the first.

    blur : of a Gaussian, in cells.  The sum is 1.
    """
    from scipy.ndimage import gaussian_filter

    known = frame[list(MOOD_AXES)].dropna()
    counts = np.histogram2d(known["energy"], known["spotify_valence"], bins, [[0, 1], [0, 1]])[0]
    smooth = gaussian_filter(counts, blur, mode="nearest")
    return smooth / smooth.sum()


def genre_profiles(
    tracks: pd.DataFrame, features: Sequence[str], *, fewest: int = 100
) -> pd.DataFrame:
    """Genre → songs and the median of each feature; genres with ``fewest`` songs and more."""
    songs = tracks.loc[tracks["has_features"], ["genres", *features]].explode("genres")
    grouped = songs.groupby("genres")
    profile = grouped[list(features)].median().assign(songs=grouped.size())
    return profile[profile["songs"] >= fewest].sort_values("songs", ascending=False)


def decade_profiles(
    tracks: pd.DataFrame, features: Sequence[str], *, fewest: int = 50
) -> pd.DataFrame:
    """(decade, feature) → songs, lower quartile, median, upper quartile."""
    known = tracks[tracks["has_features"] & tracks["year"].notna()]
    decade = (known["year"].astype(int) // 10 * 10).rename("decade")
    long = known[list(features)].groupby(decade).quantile([0.25, 0.5, 0.75]).stack()
    wide = long.unstack(level=1).set_axis(["low", "median", "high"], axis=1)
    wide.index.names = ["decade", "feature"]
    wide["songs"] = wide.index.get_level_values("decade").map(decade.value_counts())
    return wide[wide["songs"] >= fewest]


def remeasured(tracks: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """How far apart Spotify's numbers lie for one recording under two ids.

    Feature → median and 90th percentile of the absolute difference, and ``unrelated``: the median
    between songs drawn at random, which is what no agreement at all would give.
    """
    own = tracks[tracks["has_features"] & (tracks["features_from"] == tracks["track_id"])]
    pairs = own.sort_values("track_id").groupby("recording_id").head(2)
    pairs = pairs[pairs["recording_id"].duplicated(keep=False)].sort_values("recording_id")
    values = pairs[list(features)].to_numpy(float)
    if not len(values):
        raise InputError("No recording was measured under two ids.")
    apart = np.abs(values[0::2] - values[1::2])
    others = np.abs(values - np.roll(values, 2 * (len(values) // 4) + 1, axis=0))
    table = {
        "median": np.nanmedian(apart, axis=0),
        "p90": np.nanquantile(apart, 0.9, axis=0),
        "unrelated": np.nanmedian(others, axis=0),
    }
    return pd.DataFrame(table, index=list(features)).assign(pairs=len(apart))


# --- moods -------------------------------------------------------------------------------------


def felt_and_measured(tracks: pd.DataFrame, moods: pd.DataFrame) -> pd.DataFrame:
    """One row a recording that listeners rated: mean felt valence and arousal, and MOOD_AXES."""
    felt = moods[moods["valence"].notna()]
    felt = felt.groupby("recording_id")[["valence", "arousal"]].mean()
    measured = tracks[tracks["has_features"]].groupby("recording_id")[list(MOOD_AXES)].mean()
    return felt.join(measured, how="inner")


def quadrant_of(valence: pd.Series, arousal: pd.Series) -> pd.Series:
    """Quadrant of each point, zero counting as plus."""
    names = np.where(
        valence >= 0,
        np.where(arousal >= 0, "happy", "calm"),
        np.where(arousal >= 0, "angry", "sad"),
    )
    return pd.Series(names, index=valence.index)


def label_agreement(moods: pd.DataFrame, *, fewest: int = 30) -> tuple[pd.DataFrame, pd.DataFrame]:
    """How often two sources put one recording into the same quadrant.

    Returns two tables, source by source: the share, nan where they share fewer than ``fewest``
    recordings, and the number of recordings shared.  A source that says several quadrants of one
    recording counts with the commonest.
    """
    known = moods[moods["mood"].notna()]
    voted = known.groupby(["source", "recording_id"])["mood"].agg(lambda m: m.mode().iloc[0])
    wide = voted.unstack("source")
    share, count = {}, {}
    for name in wide:
        both = wide.notna().mul(wide[name].notna(), axis=0)
        same = wide.eq(wide[name], axis=0) & both
        count[name] = both.sum()
        share[name] = same.sum() / both.sum().where(both.sum() >= fewest)
    return pd.DataFrame(share), pd.DataFrame(count)


# --- playlists ---------------------------------------------------------------------------------


def steps_in_playlists(
    playlists: pd.DataFrame, tracks: pd.DataFrame, *, seed: int
) -> dict[str, np.ndarray]:
    """Distances on the plane of MOOD_AXES between songs: does a playlist's order carry mood?

    ``adjacent``: neighbours; ``shuffled``: neighbours after shuffling the same playlist;
    ``anywhere``: two songs drawn from all of them.  Only songs with features count.
    """
    rng = np.random.default_rng(seed)
    known = tracks.loc[tracks["has_features"], ["track_id", *MOOD_AXES]].set_index("track_id")
    places = {track: at for at, track in enumerate(known.index)}
    points = known.to_numpy(float)
    newest = playlists.sort_values("date").groupby("playlist_id").tail(1).sort_values("playlist_id")
    lists = [[places[t] for t in ids if t in places] for ids in newest["track_ids"]]
    lists = [np.array(held) for held in lists if len(held) > 1]
    if not lists:
        raise InputError("No playlist holds two songs with features.")
    every = np.concatenate(lists)
    return {
        "adjacent": np.concatenate([_steps(points, held) for held in lists]),
        "shuffled": np.concatenate([_steps(points, rng.permutation(held)) for held in lists]),
        "anywhere": _steps(points, rng.permutation(every)),
    }


def _steps(points: np.ndarray, order: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.diff(points[order], axis=0), axis=1)


def playlist_counts(playlists: pd.DataFrame, tracks: pd.DataFrame) -> pd.Series:
    """In how many playlists each recording stands, the most popular first; each playlist once."""
    recording = tracks.set_index("track_id")["recording_id"]
    wide = playlists[["playlist_id", "track_ids"]].explode("track_ids")
    wide["recording"] = wide["track_ids"].map(recording)
    pairs = wide[["playlist_id", "recording"]].drop_duplicates()
    return pairs["recording"].value_counts()


def known_by_sound(playlists: pd.DataFrame, tracks: pd.DataFrame) -> pd.DataFrame:
    """By source: ``rows`` of all its snapshots, and which share of them has audio features.

    ``own`` : the id itself was measured.  ``with_twins`` : it, or a twin that lends its own.
    """
    lender = tracks.set_index("track_id")["features_from"]
    wide = playlists[["source", "track_ids"]].explode("track_ids").dropna()
    found = wide["track_ids"].map(lender)
    told = wide.assign(own=found == wide["track_ids"], with_twins=found.notna())
    by_source = told.groupby("source")
    return by_source[["own", "with_twins"]].mean().assign(rows=by_source.size())


def largest_overlap(
    playlists: pd.DataFrame, tracks: pd.DataFrame, parts: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """The most that any playlist of one part shares with any of another, of the smaller one.

    parts : name → playlist ids.  Returns parts by parts, 0 to 1, the diagonal empty; what a split
    without a leak keeps small.
    """
    from scipy import sparse

    recording = tracks.set_index("track_id")["recording_id"]
    part_of = {playlist: part for part, ids in parts.items() for playlist in ids}
    held = playlists[playlists["playlist_id"].isin(part_of)].reset_index(drop=True)
    wide = held["track_ids"].explode()
    pairs = pd.DataFrame({"row": wide.index, "recording": wide.map(recording).to_numpy()})
    pairs = pairs.drop_duplicates()
    ones = np.ones(len(pairs), np.int32)
    matrix = sparse.csr_matrix((ones, (pairs["row"], pairs["recording"])))
    size = np.asarray(matrix.sum(axis=1)).ravel()
    side = held["playlist_id"].map(part_of).to_numpy()
    table = pd.DataFrame(np.nan, index=list(parts), columns=list(parts))
    for one in parts:
        for other in parts:
            if one != other:
                shared = (matrix[side == one] @ matrix[side == other].T).tocoo()
                least = np.minimum(size[side == one][shared.row], size[side == other][shared.col])
                table.loc[one, other] = float((shared.data / least).max(initial=0.0))
    return table


# --- faces -------------------------------------------------------------------------------------


def class_averages(pixels: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Emotion → the mean of its faces; float [48, 48].

    pixels : uint8 [n, 48, 48].  labels : [n], index into EMOTIONS.  Raises InputError for a class
    of fewer than ten faces, whose mean would show a person.
    """
    found = {}
    for index, emotion in enumerate(EMOTIONS):
        own = pixels[labels == index]
        if len(own) < 10:
            raise InputError(f"{emotion} has {len(own)} faces; the mean of so few shows a person.")
        found[emotion] = own.mean(axis=0)
    return found


def vote_entropy(votes: np.ndarray) -> np.ndarray:
    """How undecided the voters were, in bits; [n], 0 where all agree.

    votes : counts [n, k], at least one vote a row.
    """
    share = votes / votes.sum(axis=1, keepdims=True)
    logs = np.log2(share, out=np.zeros_like(share), where=share > 0)
    return -(share * logs).sum(axis=1) + 0.0


def most_voted(votes: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """The name with the most votes of all that could be voted for, NO_MAJORITY where two tie; [n].

    votes : counts [n, k] in the order of ``names``.
    """
    top = votes.max(axis=1)
    tied = (votes == top[:, None]).sum(axis=1) > 1
    return np.where(tied, NO_MAJORITY, np.asarray(names, dtype=object)[votes.argmax(axis=1)])


def shares_by_row(
    rows: Sequence[str], columns: Sequence[str], order: Sequence[str]
) -> pd.DataFrame:
    """Of each row's name, the share that falls to each column's name; 0 to 1, rows sum to 1.

    order : the names that are shown, for rows and columns; others are left out.
    """
    table = pd.crosstab(pd.Series(rows, name="row"), pd.Series(columns, name="column"))
    table = table.reindex(index=list(order), columns=list(order), fill_value=0)
    return table.div(table.sum(axis=1).replace(0, 1), axis=0)


def cross_split_pairs(groups: np.ndarray, usage: np.ndarray) -> pd.DataFrame:
    """Rows of each split (row) that have a twin in each split (column); counts.

    groups : [n], one number for images that repeat each other.  usage : [n].
    """
    frame = pd.DataFrame({"group": groups, "usage": usage})
    held = frame.value_counts(["group", "usage"]).unstack(fill_value=0)
    names = [name for name in ("Training", "PublicTest", "PrivateTest") if name in held]
    table = pd.DataFrame(0, index=names, columns=names)
    for one in names:
        for other in names:
            enough = held[other] > (1 if one == other else 0)
            table.loc[one, other] = int(held.loc[enough, one].sum())
    return table


def quadrant_counts(moods: pd.DataFrame) -> pd.DataFrame:
    """Labels of each source (row) in each quadrant (column)."""
    table = pd.crosstab(moods["source"], moods["mood"])
    return table.reindex(columns=[q for q in QUADRANTS if q in table])
