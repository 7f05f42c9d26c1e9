"""Downloads: to a temporary file, verified, renamed; retried; never half trusted.

pooch does the work: it writes beside the target, compares the checksum and only then
renames, so a name that exists is a file that arrived whole.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from affetto.errors import DataError
from affetto.files import sha256_of
from affetto.sources.registry import Source, record_checksums
from affetto.sources.store import public_dir

log = logging.getLogger(__name__)
TIMEOUT = 30.0  # seconds without a byte
RETRIES = 3


def fetch(
    source: Source,
    *,
    retries: int = RETRIES,
    timeout: float = TIMEOUT,
    on_file: Callable[[str], None] | None = None,
) -> Path:
    """Download every public file of ``source`` that is not there yet; returns their folder.

    on_file : called with each file's name once it is there.
    Raises DataError: offline, refused by the server, cut short, or other bytes than known.
    Files that arrived before the fault stay and are not downloaded again.
    """
    folder = public_dir(source)
    if not source.public.files:
        raise DataError(f"{source.name} cannot be downloaded: {source.public.by_hand}.")
    received: dict[str, str] = {}
    try:
        for name in source.public.files:
            received[name] = _fetch_one(source, name, folder, retries=retries, timeout=timeout)
            if on_file:
                on_file(name)
    finally:  # what arrived is known from now on, even where a later file failed
        if any(source.public.files[name] is None for name in received):
            record_checksums(source.name, received)
    if source.public.by_hand:
        log.warning("%s: %s.", source.name, source.public.by_hand)
    return folder


def _fetch_one(source: Source, name: str, folder: Path, *, retries: int, timeout: float) -> str:
    """One file, verified; its SHA-256."""
    import pooch
    import requests

    pooch.get_logger().setLevel(logging.ERROR)  # our own messages say it
    shelf = pooch.create(
        path=folder,
        base_url=source.public.base,
        registry={name: source.public.files[name]},
        urls={name: source.public.url(name)},
        retry_if_failed=retries,
    )
    try:
        path = shelf.fetch(name, downloader=pooch.HTTPDownloader(timeout=timeout))
    except (requests.RequestException, ValueError, OSError) as error:
        raise DataError(_explain(source, name, error)) from error
    if not Path(path).stat().st_size:
        Path(path).unlink()
        raise DataError(f"{source.name}: {name} arrived empty; try again later.")
    return sha256_of(Path(path))


def _explain(source: Source, name: str, error: Exception) -> str:
    """One sentence for a person about a failed download."""
    import requests

    host = source.public.base.split("/")[2]
    start = f"{source.name}: {name} could not be downloaded"
    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"{start}: {host} answered {error.response.status_code}; try again later."
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return f"{start}: the connection to {host} broke off; try again, what arrived is kept."
    if isinstance(error, requests.Timeout):
        return f"{start}: {host} did not answer in time; try again later."
    if isinstance(error, requests.RequestException):
        return (
            f"{start}: {host} cannot be reached; check the network, or name a folder that holds "
            "the repacked files in AFFETTO_DATA_MIRROR."
        )
    if isinstance(error, ValueError):
        return (
            f"{start}: its bytes are not those recorded in the registry; the download was damaged "
            "or the file has changed at its source."
        )
    return f"{start}: {error}."
