"""Reading what AppTest drew."""

from __future__ import annotations

import re

from streamlit.testing.v1 import AppTest

LINK = re.compile(r'href="https://open\.spotify\.com/track/([0-9A-Za-z]{22})"')


def html(app: AppTest) -> str:
    """All HTML that our views wrote, in the page's order."""
    return "\n".join(part.value for part in app.html)


def track_ids(app: AppTest) -> list[str]:
    """The ids behind the Spotify links, in the order of the list."""
    return LINK.findall(html(app))


def verdict(app: AppTest) -> str:
    """The sentence on what is seen, without markup."""
    (found,) = re.findall(r'<h2 class="verdict">(.*?)</h2>', html(app))
    return re.sub(r"<[^>]+>", "", found)
