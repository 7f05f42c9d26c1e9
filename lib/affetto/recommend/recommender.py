"""What every recommender answers, and the released one: LSTMs run a track at a time.

Scores of two recommenders are not comparable; within one, higher is better.
"""

from __future__ import annotations

import copy
import io
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from affetto.emotions import Mood
from affetto.errors import ModelError
from affetto.recommend.arrays import UNREADABLE, packed
from affetto.recommend.retrieval.exact import ExactIndex
from affetto.recommend.retrieval.interface import Found, Retrieval

# To which the file rounds vectors, in root mean squares of all their numbers; chosen on validation,
# where 0.5 did alike and 1.1 a little worse (reports/cards/recommender-log.md, section 14).
ROUNDED_TO = 0.9
# The latest songs that the LSTM is told: chosen on validation, where older ones misled by time; on
# the test parts no difference shows (reports/cards/recommender-log.md, section 12).
MEMORY = 10
Wish = Mood | None  # the mood wanted of a track; None where none was


@runtime_checkable
class Recommender(Protocol):
    """Ranks a whole vocabulary by what was heard and what is wanted next.

    size : number of items.  vectors : [size, D] float32 item vectors whose cosine says how
    alike two tracks are, or None where the recommender has none.
    """

    name: str
    size: int
    vectors: np.ndarray | None

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """[size] float32, finite: how well each item follows ``history``; [k] for ``among`` [k].

        history : items heard, oldest first; may be empty.  wanted : the mood of the next track.
        among : the items to score; None for all of them.
        A pure function: the same arguments give the same scores whatever was asked before.
        Raises IndexError for an item outside 0 to size - 1.
        """
        ...


@dataclass(frozen=True, slots=True)
class ItemVectors:
    """The recommender's tracks as numbers.  Raises ModelError where the shapes disagree.

    vectors : [n, D] float32.  bias : [n] float32.  start : [D] float32, what is "heard" first.
    """

    vectors: np.ndarray
    bias: np.ndarray
    start: np.ndarray

    def __post_init__(self) -> None:
        n, width = self.vectors.shape if self.vectors.ndim == 2 else (-1, -1)
        if self.bias.shape != (n,) or self.start.shape != (width,):
            raise ModelError("The recommender's item vectors don't fit together.")
        if not all(np.isfinite(part).all() for part in (self.vectors, self.bias, self.start)):
            raise ModelError("The recommender's item vectors hold values that are not numbers.")

    @classmethod
    def from_bytes(cls, data: bytes) -> ItemVectors:
        """Read ``recommender_items.npz``: the numbers of each axis, their step, bias, start."""
        try:
            with np.load(io.BytesIO(data), allow_pickle=False) as parts:
                vectors = np.ascontiguousarray(parts["axes"].T, np.float32)
                vectors *= parts["step"].astype(np.float32)
                bias, start = parts["bias"].astype(np.float32), parts["start"].astype(np.float32)
        except UNREADABLE as error:
            raise ModelError("The recommender's item vectors cannot be read.") from error
        return cls(vectors, bias, start)

    def to_bytes(self) -> bytes:
        """``recommender_items.npz``: each number rounded to a multiple of one step.

        One axis after another: on principal axes most of the later numbers are zero then, which is
        what the compression saves.
        """
        step = ROUNDED_TO * max(float(np.sqrt(np.mean(self.vectors**2))), 1e-12)
        levels = np.rint(self.vectors.T / step)
        whole = np.int8 if np.abs(levels).max(initial=0) < 128 else np.int16
        return packed(
            {
                "axes": levels.astype(whole),
                "step": np.float32(step),
                "bias": self.bias.astype(np.float16),
                "start": self.start.astype(np.float32),
            }
        )


@dataclass(frozen=True, slots=True)
class _State:
    """Where the LSTM stands after a history: what the next step needs."""

    hidden: np.ndarray  # [1, U]
    cell: np.ndarray  # [1, U]
    total: np.ndarray  # [D], sum of the vectors heard
    heard: int

    @classmethod
    def blank(cls, width: int, units: int) -> _State:
        """Before anything was heard or asked."""
        rest = np.zeros((1, units), np.float32)
        return cls(rest, rest, np.zeros(width, np.float32), 0)


@runtime_checkable
class Searching(Recommender, Protocol):
    """A recommender that can find its best tracks without scoring all of them."""

    def top(
        self,
        history: Sequence[int],
        wanted: Wish = None,
        *,
        k: int,
        among: np.ndarray | None = None,
    ) -> Found:
        """The ``k`` best of ``among`` (items, each once; None for all), as Retrieval.top does."""
        ...


class LstmRecommender:
    """LSTMs through LiteRT, one or more in a step: they make a query, a retrieval answers it.

    The states of recent histories are kept: until ``memory`` songs are told, another one costs two
    small steps of the network and a search; then the oldest is left out each time, and ``memory``
    steps begin anew.  One instance may serve several threads.
    index : the search over the same items; exact by default.  exact : scores of all or some.
    memory : how many songs it is told, the latest.
    Raises ModelError if the network and the items don't belong together.
    """

    name = "lstm"

    def __init__(
        self,
        model: bytes,
        items: ItemVectors,
        *,
        index: Retrieval | None = None,
        memory: int = MEMORY,
        kept_states: int = 512,
    ) -> None:
        self.memory = memory
        self._step = _signature(model)
        self.items = items
        self.exact = ExactIndex(items.vectors, items.bias)
        self.index = index or self.exact
        if (self.index.size, self.index.width) != items.vectors.shape:
            raise ModelError("The index was made for other tracks than the recommender's.")
        self.vectors: np.ndarray | None = items.vectors
        self.size = len(items.bias)
        self._blank = _State.blank(len(items.start), _units(self._step, width=len(items.start)))
        self._states: OrderedDict[tuple[int | None, ...], _State] = OrderedDict()
        self._kept_states = kept_states
        self._lock = threading.Lock()

    def scores(
        self, history: Sequence[int], wanted: Wish = None, *, among: np.ndarray | None = None
    ) -> np.ndarray:
        """See Recommender.scores: query · vector + bias for each item."""
        return self.exact.scores(self.query(history, wanted), among=among)

    def top(
        self,
        history: Sequence[int],
        wanted: Wish = None,
        *,
        k: int,
        among: np.ndarray | None = None,
    ) -> Found:
        """The ``k`` items of ``among`` that follow best, as the index finds them."""
        return self.index.top(self.query(history, wanted), k, among=among)

    def query(self, history: Sequence[int], wanted: Wish = None) -> np.ndarray:
        """[D] float32: the direction in which the next track is sought.

        Only the last step is told the wish: what was heard stays the same whatever comes next.
        """
        heard = checked_history(history, size=self.size)
        steps = (None, *heard[max(0, len(heard) - self.memory) :])
        with self._lock:
            before = self._state(steps[:-1])
            return self._advance(before, steps[-1], wanted)[0]

    def remembering(self, memory: int) -> LstmRecommender:
        """This recommender, told the latest ``memory`` songs instead."""
        other = copy.copy(self)
        other.memory = memory
        return other

    def _state(self, steps: tuple[int | None, ...]) -> _State:
        """The state after all steps, going on from the longest beginning that is still kept."""
        known = next((k for k in range(len(steps), 0, -1) if steps[:k] in self._states), 0)
        state = self._states[steps[:known]] if known else self._blank
        for k in range(known, len(steps)):
            state = self._states[steps[: k + 1]] = self._advance(state, steps[k])[1]
        if steps:
            self._states.move_to_end(steps)
        while len(self._states) > self._kept_states:
            self._states.popitem(last=False)
        return state

    def _advance(
        self, state: _State, item: int | None, wish: Wish = None
    ) -> tuple[np.ndarray, _State]:
        """Query and state after one step: hear ``item`` (None: the start), want ``wish`` next."""
        vector = self.items.start if item is None else self.items.vectors[item]
        heard = state.heard + (item is not None)
        total = state.total if item is None else state.total + vector
        wanted = (0.0, 0.0, 0.0) if wish is None else (wish.valence, wish.arousal, 1.0)
        answer = self._step(
            item=vector[None],
            hidden=state.hidden,
            cell=state.cell,
            mean=(total / max(heard, 1))[None],
            wanted=np.array([wanted], np.float32),
        )
        return answer["query"][0], _State(answer["hidden"], answer["cell"], total, heard)


def checked_history(history: Sequence[int], *, size: int) -> tuple[int, ...]:
    """The history as plain ints.  Raises IndexError for an item outside 0 to size - 1."""
    heard = tuple(int(item) for item in history)
    if heard and not 0 <= min(heard) <= max(heard) < size:
        raise IndexError(f"items {min(heard)} to {max(heard)} of a vocabulary of {size}")
    return heard


def _signature(model: bytes):
    """The network's one function, as LiteRT runs it."""
    from ai_edge_litert.interpreter import Interpreter  # what only reads a Protocol needs none

    try:
        return Interpreter(model_content=model, num_threads=1).get_signature_runner(
            "serving_default"
        )
    except (ValueError, RuntimeError) as error:
        raise ModelError("The recommender's network is not a readable LiteRT model.") from error


def _units(step, *, width: int) -> int:
    """The size of a state; ModelError unless inputs and outputs are as agreed."""
    inputs = {key: tuple(map(int, d["shape"])) for key, d in step.get_input_details().items()}
    outputs = {key: tuple(map(int, d["shape"])) for key, d in step.get_output_details().items()}
    state, vector = inputs.get("hidden", ()), (1, width)
    agreed = {"item": vector, "hidden": state, "cell": state, "mean": vector, "wanted": (1, 3)}
    answers = {"query": vector, "hidden": state, "cell": state}
    if len(state) != 2 or state[0] != 1 or inputs != agreed or outputs != answers:
        raise ModelError("The recommender's network and its item vectors don't fit together.")
    return state[1]
