"""The app without a browser: Streamlit's own AppTest runs the real script with the real models."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import APP

LINK = re.compile(r"https://open\.spotify\.com/track/([0-9A-Za-z]{22})")


@pytest.fixture
def app() -> AppTest:
    """The first page of a new session."""
    return AppTest.from_file(APP, default_timeout=120).run()


@pytest.fixture
def upload() -> Callable[[AppTest, bytes], AppTest]:
    """Hand bytes to the uploader, as a browser does."""

    def hand_over(app: AppTest, data: bytes, name: str = "me.png") -> AppTest:
        return app.file_uploader[0].set_value((name, data, "image/png")).run()

    return hand_over
