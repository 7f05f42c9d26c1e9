"""How ``make app`` serves the page: while the first browser is on its way, its code is read.

``streamlit run app/streamlit_app.py`` serves the same page; but Streamlit reads a page's code when
its first visitor has come, who then waits for that as well, a third of a second.
"""

import importlib
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from streamlit.starlette import App

PAGE = Path(__file__).with_name("streamlit_app.py")
sys.path.insert(0, str(PAGE.parents[1]))  # Streamlit adds only this folder


@asynccontextmanager
async def read_ahead(_: Any) -> AsyncIterator[dict[str, Any]]:
    """As the server starts: import in the background what the first page needs."""
    threading.Thread(target=_import_all, name="affetto-code", daemon=True).start()
    yield {}


def _import_all() -> None:
    for view in ("about", "header", "home", "page_scripts", "streamlit_words"):
        importlib.import_module(f"app.views.{view}")
    importlib.import_module("app.models")


app = App(PAGE, lifespan=read_ahead)
