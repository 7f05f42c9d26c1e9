"""From logits to probabilities that mean what they say, and the rule for "not sure".

The temperature and biases of each readout and the thresholds of the rule are chosen on validation
data when the network is released, and travel with it in ``bundled/manifest.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


def softmax_temperature(logits: np.ndarray, *, temperature: float) -> np.ndarray:
    """Soften (above 1) or sharpen (below 1) class probabilities.

    logits : [n, k] or [k], finite.  Returns float64 of the same shape, rows sum to 1.
    Raises ValueError if ``temperature`` is not a positive number or a logit is not finite.
    Guo et al. 2017, "On Calibration of Modern Neural Networks", eq. 9.
    """
    if not 0 < temperature < np.inf:
        raise ValueError(f"A temperature is a number above 0; got {temperature}.")
    scaled = np.asarray(logits, np.float64) / temperature
    if not np.isfinite(scaled).all():
        raise ValueError("Logits must be finite.")
    exponentials = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return exponentials / exponentials.sum(axis=-1, keepdims=True)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What turns one readout's logits into probabilities: a temperature and a bias a class.

    Bias-corrected temperature scaling (Alexandari et al. 2020, "Maximum Likelihood with
    Bias-Corrected Calibration is Hard-To-Beat at Label Shift Adaptation").
    temperature : what logits are divided by, above 0.
    biases : [k], added after that; empty for none.
    Raises ValueError for a temperature that is not above 0 or a bias that is not finite.
    """

    temperature: float = 1.0
    biases: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise ValueError(f"a temperature is a number above 0; got {self.temperature}")
        if not np.isfinite(self.biases).all():
            raise ValueError("a bias is a finite number")

    @classmethod
    def from_manifest(cls, entry: Mapping[str, Any], *, classes: int) -> Calibration:
        """What a manifest holds of one readout.  Raises KeyError, TypeError or ValueError."""
        biases = tuple(map(float, entry["biases"]))
        if len(biases) != classes:
            raise ValueError(f"{len(biases)} biases for {classes} classes")
        return cls(float(entry["temperature"]), biases)

    def probabilities(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities.

        logits : [n, k] or [k], finite.  Returns float64 of the same shape, rows sum to 1.
        Raises ValueError if a logit is not finite.
        """
        shifts = np.multiply(self.biases, self.temperature) if self.biases else 0.0
        return softmax_temperature(logits + shifts, temperature=self.temperature)


@dataclass(frozen=True, slots=True)
class SureRule:
    """When the top emotion may be said without "not sure".

    probability : the top class has at least this, 0 to 1.
    margin : and leads the second by at least this, 0 to 1.
    Raises ValueError outside 0 to 1.
    """

    probability: float = 0.0
    margin: float = 0.0

    def __post_init__(self) -> None:
        for name in ("probability", "margin"):
            value = getattr(self, name)
            if not 0.0 <= value <= 1.0:
                raise ValueError(f"A rule's {name} lies between 0 and 1; got {value}.")

    @classmethod
    def from_manifest(cls, entry: Mapping[str, float]) -> SureRule:
        """The rule in a manifest's ``sure``; a threshold that is not named there is 0.

        Raises ValueError for a threshold with another name, or one that is no number.
        """
        unknown = sorted(set(entry) - {"probability", "margin"})
        if unknown:
            raise ValueError(f"The rule for being sure has no {', '.join(unknown)}.")
        return cls(**{name: float(value) for name, value in entry.items()})


def is_sure(probabilities: np.ndarray, rule: SureRule) -> np.ndarray:
    """Whether the top class satisfies ``rule``.

    probabilities : [n, k] or [k], k at least 2.  Returns bool [n], or one bool.
    """
    ordered = np.sort(np.asarray(probabilities), axis=-1)
    top, second = ordered[..., -1], ordered[..., -2]
    return (top >= rule.probability) & (top - second >= rule.margin)
