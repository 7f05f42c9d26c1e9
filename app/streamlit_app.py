"""Affetto's page: wires session, language and views together, and does nothing else."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # Streamlit adds only this folder

import streamlit as st

from app import spotify
from app.language import language, t
from app.links import follow_address, in_full, write_address
from app.models import give_photos_memory_back, load_in_background
from app.state import current_session
from app.uploads import keep_off_the_disk
from app.views import about, header, home, page_scripts, streamlit_words

ICON = Path(__file__).parent / "assets" / "icon.png"  # Streamlit fetches its own icons from afar

st.set_page_config(page_title="Affetto", page_icon=str(ICON), layout="wide")
give_photos_memory_back()
keep_off_the_disk()
spotify.arrive()
session = current_session()
follow_address(session)
st.html(Path(__file__).parent / "style.css")
streamlit_words.draw()
music = st.Page(home.draw, title="Affetto", url_path="music", default=True)
trust = st.Page(about.draw, title=t("about.title"), url_path="about")
page = st.navigation([music, trust], position="hidden")
with st.container(key=f"page_{language()}"):
    if page == trust:
        way = {"link": music, "label": t("about.back"), "icon": ":material/arrow_back:"}
    else:
        way = {"link": trust, "label": t("about.link"), "icon": ":material/info:"}
    header.draw(**way, address=in_full(session))
    page.run()
write_address(session)
page_scripts.draw()
load_in_background()  # at the end, so that the first page need not share the processor with it
