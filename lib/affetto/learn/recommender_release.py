"""From the best weights of training runs to the released recommender and its vocabulary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from affetto.bundled import read_bundled, read_manifest
from affetto.errors import InputError, ModelError
from affetto.files import sha256_of, write_json
from affetto.learn.checkpoints import load_arrays
from affetto.learn.ensemble import Ensemble, round_weights
from affetto.learn.environment import describe_data, expect_data, read_settings
from affetto.learn.export import TOLERANCE, git_revision, largest_difference, release, to_litert
from affetto.learn.neighbour_table import knowledge_of_groups, neighbour_table
from affetto.learn.next_track import (
    LONGEST_HISTORY,
    Challenge,
    difference_intervals,
    evaluate,
    score_each,
    summarise,
)
from affetto.learn.playlist_data import PlaylistData
from affetto.learn.recommender import RecommenderTrainConfig, build_network
from affetto.learn.vocabulary import build_catalogue
from affetto.recommend.lstm_with_neighbours import LstmWithNeighbours
from affetto.recommend.neighbours import NeighbourRecommender, NeighbourTable
from affetto.recommend.network import ItemTable, RecommenderConfig, RecommenderNetwork
from affetto.recommend.recommender import ItemVectors, LstmRecommender, Recommender, Wish
from affetto.recommend.released import (
    ITEMS,
    NEIGHBOURS,
    NETWORK,
    VOCABULARY,
    recommender_section,
)
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.settings import BUNDLED_DIR, reports_dir


def network_files(networks: Ensemble) -> dict[str, bytes]:
    """The step model and the item vectors.  ModelError where LiteRT differs from Keras."""
    step = networks.step_model()
    model = to_litert(step, weights="float16")
    vectors, bias = networks.table()
    gap = largest_difference(step, model, _steps(step, vectors, networks.start))
    if gap > TOLERANCE:
        raise ModelError(f"The LiteRT step differs from Keras by {gap:.2g}; nothing was released.")
    return {NETWORK: model, ITEMS: ItemVectors(vectors, bias, networks.start).to_bytes()}


def _steps(
    step: keras.Model, vectors: np.ndarray, start: np.ndarray, *, count: int = 30
) -> list[dict[str, np.ndarray]]:
    """What the step is given while it hears random tracks, and is told random moods."""
    rng = np.random.default_rng(0)
    state = {name: np.zeros(step.input[name].shape, np.float32) for name in ("hidden", "cell")}
    heard, given = [], []
    for item in (start, *vectors[rng.integers(len(vectors), size=count)]):
        heard += [item] if given else []
        mean = np.mean(heard, axis=0) if heard else np.zeros_like(start)
        wanted = np.append(rng.uniform(-1, 1, 2), 1) * (rng.random() < 0.7)
        told = {"item": item[None], "mean": mean[None], "wanted": wanted[None].astype(np.float32)}
        given.append({**told, **state})
        answer = step(given[-1], training=False)
        state = {name: keras.ops.convert_to_numpy(answer[name]) for name in state}
    return given


def compare(
    challenges: list[Challenge], models: dict[str, Recommender], *, ours: str
) -> dict[str, Any]:
    """Every model on the same targets, and how much ``ours`` is ahead of each other one."""
    asked = {n: score_each(model, longest=LONGEST_HISTORY) for n, model in models.items()}
    results = evaluate(challenges, asked)
    targets = sum(len(ranks.ranks) for ranks in results[ours])
    known = sum(int(np.isfinite(ranks.ranks).sum()) for ranks in results[ours])
    return {
        "playlists": len(challenges),
        "targets": targets,
        "coverage": known / max(targets, 1),
        "models": {name: summarise(ranks) for name, ranks in results.items()},
        "models_all": {name: summarise(ranks, everything=True) for name, ranks in results.items()},
        "differences": {
            name: difference_intervals(results[ours], ranks)
            for name, ranks in results.items()
            if name != ours
        },
    }


def served(files: dict[str, bytes]) -> LstmRecommender:
    """The recommender as serving runs it."""
    return LstmRecommender(files[NETWORK], ItemVectors.from_bytes(files[ITEMS]))


class ContentOnly:
    """The LSTM asked for tracks as if no playlist held them: by artists and content alone.

    What was heard is known as ever.  It tells what becomes of a track that nobody listed yet.
    """

    name, vectors = "content_only", None

    def __init__(self, lstm: LstmRecommender, networks: Ensemble) -> None:
        self.size, self._lstm = lstm.size, lstm
        self._tracks = ExactIndex(*networks.table(as_new=True))

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores."""
        return self._tracks.scores(self._lstm.query(history, wanted), among=among)


def read_runs(run_dirs: Sequence[Path]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The settings that runs have in common, and of each what is its own.

    That is its ``seed``, the ``epoch`` that was kept, its ``validation`` score, the ``environment``
    and the ``history``.  Raises InputError unless they differ in their seed, and in nothing else.
    """
    configs, runs = [], []
    for run_dir in run_dirs:
        config, environment = read_settings(run_dir)
        seed, best = config.pop("seed"), load_arrays(run_dir / "best.npz")[1]
        told = {"seed": seed, "epoch": best["epoch"], "validation": best["validation"]}
        history = load_arrays(run_dir / "last.npz")[1]["history"]
        configs.append(config)
        runs.append({**told, "environment": environment, "history": history})
    same = all(config == configs[0] for config in configs)
    if not same or len({run["seed"] for run in runs}) < len(runs):
        raise InputError("Runs that are released together must differ in their seed alone.")
    return configs[0], runs


def _untrained(items: ItemTable, config: dict[str, Any], seed: int) -> RecommenderNetwork:
    network = RecommenderConfig(**config["network"])
    return round_weights(build_network(items, RecommenderTrainConfig(seed=seed, network=network)))


def _trained(network: RecommenderNetwork, run_dir: Path) -> RecommenderNetwork:
    weights, _ = load_arrays(run_dir / "best.npz")
    for variable in network.weights:
        variable.assign(weights[variable.path])
    return round_weights(network)


def release_recommender(
    run_dirs: Sequence[Path],
    data: PlaylistData,
    *,
    baselines: dict[str, Recommender],
    data_files: list[Path],
    folder: Path = BUNDLED_DIR,
    reports: Path | None = None,
) -> dict[str, Any]:
    """Export the best networks of ``run_dirs`` as one, measure that on test playlists, release it.

    Beside it goes the table of neighbours, from the same training playlists.  Measured through the
    files that are written: both together, the networks alone and by content only, their untrained
    twins (the same seeds before a first step), the neighbours alone, and ``baselines``.
    Raises InputError unless the runs learned from ``data`` and differ in their seed alone.
    """
    learned = describe_data(data_files, split=data.split)
    for run_dir in run_dirs:
        expect_data(run_dir, learned)
    config, runs = read_runs(run_dirs)
    networks = [_untrained(data.items, config, run["seed"]) for run in runs]
    untrained = served(network_files(Ensemble(networks)))
    trained = Ensemble([_trained(*pair) for pair in zip(networks, run_dirs, strict=True)])
    files = network_files(trained)
    lstm = served(files)
    catalogue = build_catalogue(data.chosen)
    files[NEIGHBOURS] = neighbour_table(knowledge_of_groups(data.groups, catalogue)).to_bytes()
    neighbours = NeighbourRecommender(NeighbourTable.from_bytes(files[NEIGHBOURS]), catalogue)
    models = {
        "released": LstmWithNeighbours(lstm, neighbours),
        "lstm": lstm,
        "neighbours": neighbours,
        "content_only": ContentOnly(lstm, trained),
        "untrained": untrained,
        **baselines,
    }
    result = compare(data.challenges["test"], models, ours="released")
    files[VOCABULARY] = catalogue.to_bytes()
    entry = {
        "training": config,
        "runs": [{name: run[name] for name in run if name != "history"} for run in runs],
        "split": data.split,
        "trained_on": ["train"],
        "metrics": {"test": result},
        **recommender_section(files[VOCABULARY]),
        "data": learned["files"],
        "git_revision": git_revision(),
    }
    release("recommender", entry, files, folder=folder)
    metrics = (reports or reports_dir()) / "metrics"
    write_json(metrics / "recommender.json", result)
    told = [{name: run[name] for name in ("seed", "history")} for run in runs]
    write_json(metrics / "recommender_history.json", {"config": config, "runs": told})
    return result


def renew_vocabulary(
    data: PlaylistData, *, data_files: list[Path], folder: Path = BUNDLED_DIR
) -> int:
    """Write what serving shows of the released tracks anew; how many rows of it changed.

    Names, genres, languages and moods follow the tables of today; the networks stay, and with them
    the tracks and their order.  Raises InputError where the tables would choose other tracks.
    """
    content = build_catalogue(data.chosen).to_bytes()
    before, after = (
        pq.read_table(pa.BufferReader(file)).to_pylist()
        for file in (read_bundled(VOCABULARY, folder), content)
    )
    if [row["track_id"] for row in before] != [row["track_id"] for row in after]:
        raise InputError(
            "These tables choose other tracks than the released vocabulary holds; "
            "train and release the recommender anew."
        )
    entry = read_manifest(folder)["recommender"] | {
        **recommender_section(content),
        "vocabulary_data": {path.name: sha256_of(path) for path in data_files},
        "vocabulary_git_revision": git_revision(),
    }
    release("recommender", entry, {VOCABULARY: content}, folder=folder)
    return sum(old != new for old, new in zip(before, after, strict=True))
