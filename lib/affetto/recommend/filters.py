"""What a listener rules out: genres, languages, years, explicit words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.music.languages import LANGUAGES, parse_language


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which tracks may be played.

    Raises InputError for years that run backwards or a language that does not exist.

    A track whose year is unknown fails a filter on years, and one that is not known to be
    clean fails ``explicit=False``: a filter promises, so doubt counts against the track.  For
    languages the listener may let doubt count for it (``unknown_language``), because a third
    of the vocabulary is in a language that nobody wrote down.
    """

    genres: tuple[str, ...] = ()  # any of them; empty means all
    year_from: int | None = None
    year_to: int | None = None
    explicit: bool = True  # False: only tracks known to be clean
    languages: tuple[str, ...] = ()  # codes or English names, any of them; empty means all
    unknown_language: bool = False  # True: those of unknown language pass ``languages`` too

    def __post_init__(self) -> None:
        if None not in (self.year_from, self.year_to) and self.year_from > self.year_to:
            raise InputError(
                f"The years run backwards: from {self.year_from} to {self.year_to}; swap them."
            )
        codes = tuple(dict.fromkeys(parse_language(name) for name in self.languages))
        object.__setattr__(self, "languages", codes)

    def allowed(self, catalogue: Catalogue) -> np.ndarray:
        """[n] bool, the tracks that pass.

        Raises InputError for an unknown genre, or where nothing passes, saying which filter
        to loosen.
        """
        masks = self._masks(catalogue)
        allowed = _all(masks.values(), len(catalogue))
        if not allowed.any():
            raise InputError(_what_to_loosen(masks, len(catalogue)))
        return allowed

    def _masks(self, catalogue: Catalogue) -> dict[str, np.ndarray]:
        """One mask for each filter that is on, under the words that a message uses for it."""
        masks = {}
        if self.genres:
            masks[f"the genre {' or '.join(self.genres)}"] = catalogue.has_genre(self.genres)
        if self.year_from is not None or self.year_to is not None:
            first = 1 if self.year_from is None else self.year_from  # year 0 means unknown
            last = np.inf if self.year_to is None else self.year_to
            known = (catalogue.year >= max(first, 1)) & (catalogue.year <= last)
            masks[f"the years {self._years()}"] = known
        if self.languages:
            sung = " or ".join(LANGUAGES[code] for code in self.languages)
            masks[f"the language {sung}"] = catalogue.has_language(
                self.languages, unknown=self.unknown_language
            )
        if not self.explicit:
            masks["no explicit words"] = catalogue.clean
        return masks

    def _years(self) -> str:
        if self.year_to is None:
            return f"from {self.year_from}"
        return (
            f"to {self.year_to}"
            if self.year_from is None
            else f"{self.year_from} to {self.year_to}"
        )


def _all(masks, size: int) -> np.ndarray:
    allowed = np.ones(size, dtype=bool)
    for mask in masks:
        allowed &= mask
    return allowed


def _what_to_loosen(masks: dict[str, np.ndarray], size: int) -> str:
    """The sentence for filters that leave nothing: names the one whose loss gains most."""
    asked = " and ".join(masks)
    if len(masks) == 1:
        return f"No track fits {asked}; loosen that filter."
    gains = {
        name: int(_all((mask for other, mask in masks.items() if other != name), size).sum())
        for name in masks
    }
    best = max(gains, key=gains.__getitem__)
    if not gains[best]:
        return f"No track fits {asked}; loosen more than one of these filters."
    return f"No track fits {asked}; loosen {best}: without it {gains[best]:,} would fit."
