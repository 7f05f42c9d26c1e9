"""The few lines of JavaScript that Streamlit has no widget for, one file a component."""

from pathlib import Path


def read_script(name: str) -> str:
    """A component's JavaScript, a module whose default export draws it."""
    return (Path(__file__).parent / f"{name}.js").read_text(encoding="utf-8")
