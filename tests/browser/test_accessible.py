"""axe-core on every main state: no serious fault in what we add, and Streamlit's own by name."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, settle
from tests.browser.test_app import see_the_astronaut, tool

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")

# Faults in what Streamlit itself draws, which nobody but Streamlit can mend: (rule, part of the
# element's selector or HTML, what it is).
STREAMLITS_OWN: tuple[tuple[str, str, str], ...] = ()


def _way(name: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("radio", name=name).click()


def _music(page: Page) -> None:
    _way("Photo")(page)
    see_the_astronaut(page)
    expect(page.locator(".js-plotly-plot")).to_have_count(1)


def _song_menu(page: Page) -> None:
    page.locator(".song [data-act=menu]").first.click()
    expect(page.get_by_role("menuitem")).to_have_count(3)


def _popover(name: str) -> Callable[[Page], None]:
    def open_it(page: Page) -> None:
        page.keyboard.press("Escape")
        tool(page, name).click()
        expect(page.locator("[data-testid=stPopoverBody]")).to_be_visible()

    return open_it


def _everything_open(page: Page) -> None:
    page.keyboard.press("Escape")
    page.get_by_text("Start from something else").click()
    page.locator(".st-key-start input[type=file]").wait_for(state="attached")
    page.get_by_text("Where did it look?").click()
    expect(page.get_by_text("Covering the bright places")).to_be_visible()
    page.get_by_text("Your session").click()
    expect(page.get_by_role("button", name="Save this session")).to_be_visible()


def _about(page: Page) -> None:
    page.get_by_role("link", name="How it works").click()
    expect(page.get_by_role("heading", name="Reading a face")).to_be_visible()


# In this order on one page: a new page for each would take five times as long.
STATES: dict[str, Callable[[Page], None]] = {
    "start": _way("Photo"),
    "live": _way("Live"),
    "emotion": _way("Emotion"),
    "mood map": _way("Mood map"),
    "words": _way("In words"),
    "music": _music,
    "song menu": _song_menu,
    "filters": _popover("Filter"),
    "keep": _popover("Keep"),
    "everything open": _everything_open,
    "about": _about,
}


def faults(page: Page) -> list[str]:
    """Serious faults that are not on Streamlit's list, one line each."""
    found = []
    for fault in Axe().run(page).response["violations"]:
        for node in fault["nodes"]:
            where = f"{node['target']} {node['html'][:160]}"
            own = any(rule == fault["id"] and part in where for rule, part, _ in STREAMLITS_OWN)
            if fault["impact"] in SERIOUS and not own:
                found.append(f"{fault['id']} ({fault['impact']}): {where}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_shuts_people_out(open_app: Open, scheme: str) -> None:
    page = open_app(scheme=scheme)
    found = {}
    for state, reach in STATES.items():
        reach(page)
        settle(page)
        found[state] = faults(page)
    assert {state: lines for state, lines in found.items() if lines} == {}
