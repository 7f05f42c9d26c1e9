"""Above the songs: shuffle, filters, undo, and taking the list along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import streamlit as st

from affetto.errors import AffettoError
from affetto.music.playlists import Playlist
from affetto.recommend.released import load_released
from app.language import from_library, named, t
from app.state import Session, Wishes
from app.views import find, spotify
from app.widgets import tell

NO_FILTER = {
    name: getattr(Wishes(), name)
    for name in (
        "genres", "year_from", "year_to", "clean", "languages", "unknown_language", "familiar"
    )
}  # fmt: skip
LEANS = (-1.0, -0.5, 0.0, 0.5, 1.0)
LENGTHS = (5, 10, 15, 20, 30, 40, 50)
ERAS: Mapping[str, tuple[int | None, int | None]] = {
    "any": (None, None),
    "2020s": (2020, None),
    "2010s": (2010, 2019),
    "2000s": (2000, 2009),
    "1990s": (1990, 1999),
    "1980s": (1980, 1989),
    "older": (None, 1979),
}


def draw(session: Session, playlist: Playlist | None) -> None:
    """The toolbar.  ``playlist`` is None where the filters leave nothing to take along."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key="toolbar"):
        st.button(
            t("tool.shuffle"),
            key="shuffle",
            icon=":material/refresh:",
            on_click=lambda: session.change(seed=session.wishes.seed + 1),
        )
        filtered = session.wishes.filtered
        with st.popover(
            t("tool.filtered") if filtered else t("tool.filter"), icon=":material/tune:"
        ):
            _filters(session)
        if playlist is not None:
            _keep(playlist)
        find.draw(session)
        spotify.draw(session, playlist)
        if session.can_undo:
            st.button(
                t("tool.undo"),
                key="undo",
                icon=":material/undo:",
                type="tertiary",
                on_click=session.undo,
            )


def _filters(session: Session) -> None:
    wishes = session.wishes
    values = {
        "n": wishes.n,
        "genres": list(wishes.genres),
        "era": (wishes.year_from, wishes.year_to),
        "clean": wishes.clean,
        "languages": list(wishes.languages),
        "unknown_language": wishes.unknown_language,
        "familiar": wishes.familiar,
    }
    for name, value in values.items():  # the session decides what the widgets show
        st.session_state[f"filter_{name}"] = value
    lengths = sorted({*LENGTHS, wishes.n})
    eras = list(dict.fromkeys([*ERAS.values(), values["era"]]))
    changed = tell(
        "filter_n", "filter_genres", "filter_era", "filter_clean", "filter_familiar",
        to=partial(_filters_changed, session),
    )  # fmt: skip
    st.select_slider(t("filter.n"), lengths, key="filter_n", on_change=changed)
    genres = sorted(_genres(), key=from_library)
    st.multiselect(
        t("filter.genres"), genres, key="filter_genres", on_change=changed,
        format_func=named(genres, from_library),
        placeholder=t("filter.all_genres"), select_all=False,
    )  # fmt: skip
    st.selectbox(
        t("filter.era"),
        eras,
        key="filter_era",
        format_func=named(eras, era_word),
        on_change=changed,
    )
    _languages(wishes, changed)
    leans = sorted({*LEANS, wishes.familiar})
    st.select_slider(
        t("filter.familiar"),
        leans,
        key="filter_familiar",
        format_func=named(leans, lean_word),
        on_change=changed,
    )
    st.toggle(t("filter.clean"), key="filter_clean", on_change=changed)
    st.caption(t("filter.promise"))
    if wishes.filtered:
        st.button(
            t("filter.clear"),
            key="filter_clear",
            icon=":material/filter_alt_off:",
            on_click=lambda: session.change(**NO_FILTER),
        )


def _languages(wishes: Wishes, changed: Callable[[], None]) -> None:
    """Nothing where the catalogue does not know in which language its songs are sung."""
    known = list(dict.fromkeys([*_sung(), *wishes.languages]))
    if not known:
        return
    st.multiselect(
        t("filter.languages"), known, key="filter_languages", on_change=changed,
        format_func=named(known, lambda code: t(f"sung.{code}")),
        placeholder=t("filter.all_languages"), select_all=False,
    )  # fmt: skip
    if wishes.languages:
        st.toggle(t("filter.unknown_language"), key="filter_unknown_language", on_change=changed)


def _filters_changed(
    session: Session,
    n: int,
    genres: list[str],
    era: tuple[int | None, int | None],
    clean: bool,
    familiar: float,
) -> None:
    state = st.session_state  # the widgets for languages are not always there
    session.change(
        n=n,
        genres=tuple(genres),
        year_from=era[0],
        year_to=era[1],
        clean=clean,
        languages=tuple(state.get("filter_languages", ())),
        unknown_language=bool(
            state.get("filter_languages") and state.get("filter_unknown_language")
        ),
        familiar=familiar,
    )


def _genres() -> tuple[str, ...]:
    try:
        return load_released().catalogue.genres
    except AffettoError:  # the playlist's view says what is wrong
        return ()


def _sung() -> tuple[str, ...]:
    try:
        return tuple(load_released().catalogue.languages)
    except AffettoError:
        return ()


def lean_word(lean: float) -> str:
    """A lean as the page names it: from discovering to what everybody knows."""
    if lean:
        which = "discover" if lean < 0 else "familiar"
        return t(f"lean.{which}") if abs(lean) == 1 else t(f"lean.rather_{which}")
    return t("lean.both")


def era_word(era: tuple[int | None, int | None]) -> str:
    """A span of years as the page names it, such as "1990s" or "1975-1985"."""
    for name, years in ERAS.items():
        if years == era:
            return name if name[0].isdigit() else t(f"era.{name}")
    return f"{era[0] or '…'}-{era[1] or '…'}"


def _keep(playlist: Playlist) -> None:
    """One button in the toolbar; the files are written only while it is open."""
    opened = st.popover(t("tool.keep"), icon=":material/download:", key="keep", on_change="rerun")
    with opened:
        if opened.open:
            with st.container(width=spotify.WIDTH):
                _files(playlist)


def _files(playlist: Playlist) -> None:
    from app.views.playlist import playlist_name

    name, title = playlist_name(playlist), spotify.playlist_name(playlist)
    st.caption(t("keep.how"))
    with st.container(horizontal=True):
        for ending, mime in (("m3u", "audio/x-mpegurl"), ("csv", "text/csv")):
            st.download_button(
                t(f"keep.{ending}"),
                playlist.to_format(ending),
                file_name=f"{name}.{ending}",
                mime=mime,
                key=f"download_{ending}",
                icon=":material/download:",
                on_click="ignore",
            )
    st.caption(t("keep.links"))
    links = "\n".join(step.track.url for step in playlist)
    with st.container(height=120, border=False, key="keep_links"):
        st.code(links, language=None, wrap_lines=True)
    st.caption(t("keep.copy"))
    # The box around it scrolls, not the text itself: its copy button lets the keyboard in.
    with st.container(height=200, border=False):
        st.code(
            playlist.to_text().replace(playlist.title, title, 1), language=None, wrap_lines=True
        )
