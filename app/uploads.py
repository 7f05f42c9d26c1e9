"""Uploads leave the memory as soon as they were read; Streamlit would keep them for the session."""

from __future__ import annotations

from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile


def read_once(file: UploadedFile) -> bytes:
    """The bytes of an upload, which is forgotten with this.

    Its widget must not be drawn again under the same key: it would look for the file.
    """
    data, session = file.getvalue(), get_script_run_ctx()
    if session is not None and isinstance(session.uploaded_file_mgr, MemoryUploadedFileManager):
        session.uploaded_file_mgr.remove_file(session.session_id, file.file_id)
    return data
