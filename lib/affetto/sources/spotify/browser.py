"""Which browser is asking, told by a cookie that it has anyway.

Streamlit gives every browser a random token against forged requests and masks it anew on each
answer (``2|mask|masked token|time``); unmasked it stays the same as long as the browser is open,
and no other browser has it.
"""

from __future__ import annotations

from collections.abc import Mapping

STREAMLIT_COOKIE = "_streamlit_xsrf"
_TOKEN_BYTES = 16


def browser_of(cookies: Mapping[str, str]) -> str | None:
    """The browser's token as 32 hexadecimal digits; None where it sent none that can be read.

    cookies : ``st.context.cookies``.  The value belongs into ``SpotifyApp.begin`` and ``finish``,
    and nowhere else: not on the page, not in a log.
    """
    parts = cookies.get(STREAMLIT_COOKIE, "").strip("\"'").split("|")
    if len(parts) != 4 or parts[0] != "2":
        return None
    try:
        mask, masked = bytes.fromhex(parts[1]), bytes.fromhex(parts[2])
    except ValueError:
        return None
    if len(mask) != 4 or len(masked) != _TOKEN_BYTES:
        return None
    return bytes(byte ^ mask[at % 4] for at, byte in enumerate(masked)).hex()
