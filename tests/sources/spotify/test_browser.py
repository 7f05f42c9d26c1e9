"""The browser is known again by Streamlit's own cookie, however it is masked."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from affetto.sources.spotify.browser import STREAMLIT_COOKIE, browser_of
from affetto.sources.spotify.connect import check_browser


def test_a_mask_is_taken_off() -> None:
    """By hand: 7c f4 98 75 is 9e d9 cd 98 xor e2 2d 55 ed, and so on."""
    cookie = "2|9ed9cd98|e22d55ed25c353c04cad922a5409e42c|1795455560"
    assert browser_of({STREAMLIT_COOKIE: cookie}) == "7cf49875bb1a9e58d2745fb2cad029b4"


@given(st.binary(min_size=16, max_size=16))
def test_streamlit_may_mask_it_as_often_as_it_likes(token: bytes) -> None:
    cookies = [generate_xsrf_token_string(token) for _ in range(3)]
    assert {browser_of({STREAMLIT_COOKIE: cookie}) for cookie in cookies} == {token.hex()}


def test_every_browser_is_another() -> None:
    found = {browser_of({STREAMLIT_COOKIE: generate_xsrf_token_string()}) for _ in range(50)}
    assert len(found) == 50
    assert all(check_browser(browser) for browser in found)


@pytest.mark.parametrize(
    "cookie",
    ["", "2", "1|9ed9cd98|" + "0" * 32 + "|1", "2|9ed9cd98|00|1", "2||" + "0" * 32 + "|1",
     "2|zz|" + "0" * 32 + "|1", os.urandom(9).hex()],
)  # fmt: skip
def test_another_cookie_is_no_browser(cookie: str) -> None:
    assert browser_of({STREAMLIT_COOKIE: cookie}) is None
    assert browser_of({}) is None
