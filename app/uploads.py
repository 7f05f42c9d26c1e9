"""Uploads stay in memory, and leave it as soon as they were read.

Streamlit would keep them for the session, and the server below it writes what is larger than a
megabyte, as nearly every photo of a phone is, to a temporary file while it arrives.
"""

from __future__ import annotations

from starlette.formparsers import MultiPartParser
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from affetto.faces.photo import MAX_BYTES


def keep_off_the_disk() -> None:
    """Let an upload arrive in memory, however large; Streamlit refuses what is too large."""
    MultiPartParser.spool_max_size = 2 * MAX_BYTES  # of the form around the photo, too


def read_once(file: UploadedFile) -> bytes:
    """The bytes of an upload, which is forgotten with this.

    Its widget must not be drawn again under the same key: it would look for the file.
    """
    data, session = file.getvalue(), get_script_run_ctx()
    if session is not None and isinstance(session.uploaded_file_mgr, MemoryUploadedFileManager):
        session.uploaded_file_mgr.remove_file(session.session_id, file.file_id)
    return data
