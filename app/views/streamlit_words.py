"""Streamlit's own words on its widgets, which it has in English only, in the page's language."""

from __future__ import annotations

import json

import streamlit as st

from app.language import t

# The element that shows the words, and our message in their place.
WORDS = {
    "[data-testid=stFileUploaderDropzone] button [data-testid=stMarkdownContainer] p": "upload",
    "[data-testid=stCameraInputButton]": "take_photo",
    "[data-testid=stCameraInputWebcamComponent] p": "camera",
    "[data-testid=InputInstructions]": "enter",
}
# A file that the browser itself refuses, by its kind or size, never reaches us: where it was
# dropped, and what to do.  Streamlit shows its own words only to those who point at the file.
REFUSED = {".st-key-start": "photo_refused", ".st-key-memory": "session_refused"}


def draw() -> None:
    """A style sheet that shows our words where Streamlit shows its own."""
    rules = "".join(
        f".stApp {where} {{ font-size: 0; }} .stApp {where} > * {{ display: none; }} "
        f".stApp {where}::after {{ font-size: 0.875rem; content: {_quoted(word)}; }}"
        for where, word in WORDS.items()
    )
    rules += "".join(
        f"{where} [data-testid=stFileUploader]:has([aria-invalid=true])::after "
        f"{{ content: {_quoted(word)}; }}"
        for where, word in REFUSED.items()
    )
    st.html(f"<style>{rules}</style>")


def _quoted(word: str) -> str:
    """A message as a CSS string; JSON's quotes are CSS's as well."""
    return json.dumps(t(f"widget.{word}"), ensure_ascii=False).replace("<", "\\3c ")
