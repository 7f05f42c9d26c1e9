"""Where things are, and the few limits that more than one part shares.

Nothing is created or read on import.  ``AFFETTO_DATA`` moves the data folder.
"""

from __future__ import annotations

import os
from pathlib import Path

PACKAGE_DIR = Path(__file__).resolve().parent
BUNDLED_DIR = PACKAGE_DIR / "bundled"


def project_dir() -> Path:
    """The checkout that holds ``lib/affetto``; the working folder when installed elsewhere."""
    checkout = PACKAGE_DIR.parents[1]
    return checkout if (checkout / "pyproject.toml").is_file() else Path.cwd()


def data_dir() -> Path:
    """The folder of ``raw``, ``interim`` and ``processed`` (``AFFETTO_DATA``, else ``data/``)."""
    named = os.environ.get("AFFETTO_DATA")
    return Path(named).expanduser() if named else project_dir() / "data"


def raw_dir() -> Path:
    """Downloaded files, as they came."""
    return data_dir() / "raw"


def interim_dir() -> Path:
    """Checkpoints and other things that may be thrown away."""
    return data_dir() / "interim"


def processed_dir() -> Path:
    """What ``affetto data build`` writes."""
    return data_dir() / "processed"


def reports_dir() -> Path:
    """Committed figures, metrics and cards."""
    return project_dir() / "reports"


def mirror_dir() -> Path | None:
    """A folder that holds the repacked files (``AFFETTO_DATA_MIRROR``), if one is named."""
    named = os.environ.get("AFFETTO_DATA_MIRROR")
    return Path(named).expanduser() if named else None


def retrieval() -> str:
    """How tracks are searched (``AFFETTO_RETRIEVAL``): exact, faiss, or where Milvus is."""
    return os.environ.get("AFFETTO_RETRIEVAL") or "exact"


def milvus_token() -> str:
    """What a Milvus server asks for (``AFFETTO_MILVUS_TOKEN``): ``user:password`` or a key."""
    return os.environ.get("AFFETTO_MILVUS_TOKEN", "")
