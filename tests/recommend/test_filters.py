from __future__ import annotations

import pytest

from affetto.errors import InputError
from affetto.music.catalogue import Catalogue
from affetto.music.languages import parse_language
from affetto.recommend.filters import Filters
from tests.synthetic import table

TRACKS = Catalogue(
    table(
        {"genres": ["jazz"], "year": 1959, "explicit": False, "language": "zxx"},
        {"genres": ["jazz"], "year": 2010, "explicit": True, "language": "es"},
        {"genres": ["pop"], "year": 2010, "explicit": None, "language": "pt"},
        {"genres": ["pop"], "year": None, "explicit": False, "language": None},
    )
)


@pytest.mark.parametrize(
    ("filters", "passing"),
    [
        (Filters(), [0, 1, 2, 3]),
        (Filters(genres=("jazz",)), [0, 1]),
        (Filters(genres=("jazz", "pop")), [0, 1, 2, 3]),
        (Filters(year_from=2000), [1, 2]),  # an unknown year does not pass
        (Filters(year_to=1959), [0]),  # both ends are included
        (Filters(year_from=2010, year_to=2010), [1, 2]),
        (Filters(explicit=False), [0, 3]),  # not known to be clean does not pass
        (Filters(genres=("jazz",), explicit=False), [0]),
        (Filters(languages=("es",)), [1]),  # an unknown language does not pass ...
        (Filters(languages=("Spanish",), unknown_language=True), [1, 3]),  # ... unless it may
        (Filters(languages=("portuguese", "es")), [1, 2]),
        (Filters(languages=("instrumental",)), [0]),
        (Filters(unknown_language=True), [0, 1, 2, 3]),  # says nothing without a language
    ],
)
def test_filters_let_pass_what_they_promise(filters: Filters, passing: list[int]) -> None:
    assert filters.allowed(TRACKS).nonzero()[0].tolist() == passing


@pytest.mark.parametrize(
    ("filters", "sentence"),
    [
        (Filters(year_to=1900), "No track fits the years to 1900; loosen that filter."),
        (
            # without the years: one clean jazz track; without the genre: none; so the years
            Filters(genres=("jazz",), year_from=2000, explicit=False),
            "loosen the years from 2000: without it 1 would fit",
        ),
        (
            Filters(languages=("ko",), unknown_language=True, explicit=False, year_to=1959),
            "loosen the years to 1959: without it 1 would fit",
        ),
        (Filters(languages=("ko", "ja")), "No track fits the language Korean or Japanese; loosen"),
        (
            Filters(genres=("pop",), year_to=1959),
            "loosen the years to 1959: without it 2 would fit",
        ),
        (
            Filters(genres=("pop",), year_to=1900, explicit=False),
            "loosen the years to 1900: without it 1 would fit",
        ),
    ],
)
def test_filters_that_leave_nothing_say_which_to_loosen(filters: Filters, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        filters.allowed(TRACKS)


def test_where_no_single_filter_is_to_blame_that_is_said() -> None:
    tracks = Catalogue(
        table(
            {"genres": ["jazz"], "year": 1959, "explicit": True},
            {"genres": ["pop"], "year": 2010, "explicit": True},
        )
    )
    with pytest.raises(InputError, match="loosen more than one of these filters"):
        Filters(genres=("jazz",), year_from=2000, explicit=False).allowed(tracks)


def test_years_that_run_backwards_are_refused() -> None:
    with pytest.raises(InputError, match="from 2020 to 2000; swap them"):
        Filters(year_from=2020, year_to=2000)


def test_a_word_that_is_no_language_is_refused_with_near_ones() -> None:
    with pytest.raises(InputError, match=r"'Norwegian'; try English, .*, Chinese, instrumental\."):
        parse_language("Norwegian")
    with pytest.raises(InputError, match="I don't know the language 'spansh'; try spanish"):
        Filters(languages=("spansh",))


def test_filters_that_mean_the_same_languages_are_equal() -> None:
    assert Filters(languages=("Spanish", "es")) == Filters(languages=("es",))


def test_an_unknown_genre_is_refused_with_near_ones() -> None:
    with pytest.raises(InputError, match="I don't know the genre 'jaz'; try jazz"):
        Filters(genres=("jaz",)).allowed(TRACKS)
