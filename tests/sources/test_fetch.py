"""Downloads against a real web server that breaks in every way a network does."""

from __future__ import annotations

import hashlib
import http.server
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from affetto.errors import DataError, InputError
from affetto.sources import store
from affetto.sources.fetch import fetch
from affetto.sources.members import members
from affetto.sources.registry import (
    MirrorFile,
    PublicFiles,
    Source,
    get_sources,
    load_registry,
    record_checksums,
)

BODY = b"id,energy\nx,0.5\n" * 500
SHA256 = hashlib.sha256(BODY).hexdigest()


class _Server(http.server.ThreadingHTTPServer):
    """Serves BODY under every name; ``faults`` says, request by request, what goes wrong."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.faults: list[str] = []
        self.requests: list[str] = []
        self.over = threading.Event()


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.requests.append(self.path)
        fault = self.server.faults.pop(0) if self.server.faults else "none"
        if fault.isdigit():
            self.send_error(int(fault))
            return
        if fault == "hang":
            self.close_connection = True
            threading.Event().wait(0.6)
            return
        if fault == "half":  # half of it, and then nothing until the test is over
            self.send_response(200)
            self.send_header("Content-Length", str(len(BODY)))
            self.end_headers()
            self.wfile.write(BODY[: len(BODY) // 2])
            self.wfile.flush()
            self.server.over.wait(60)
            self.close_connection = True
            return
        body = {"corrupt": BODY[:-1] + b"!", "empty": b""}.get(fault, BODY)
        self.send_response(200)
        if fault != "no length":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if fault == "cut" else body)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Keep stderr for the tests."""


@pytest.fixture
def server() -> Iterator[_Server]:
    running = _Server()
    thread = threading.Thread(target=running.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield running
    running.over.set()
    running.shutdown()
    running.server_close()


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AFFETTO_DATA", str(tmp_path))
    monkeypatch.delenv("AFFETTO_DATA_MIRROR", raising=False)
    return tmp_path


def _source(
    server: _Server | None, data: Path, *, sha256: str | None, **files: str | None
) -> Source:
    """A source of one file (or of ``files``), also written to a registry beside the data."""
    base = f"http://127.0.0.1:{server.server_port if server else _closed_port()}/data/"
    names = files or {"a b.csv": sha256}
    entry = {
        "title": "Made up", "kind": "music", "licence": "none stated", "citation": "Nobody, 2026",
        "columns": ["id", "energy"], "rows": 500,
        "mirror": {"file": "music/a.csv", "sha256": SHA256, "bytes": len(BODY)},
        "public": {"base": base, "files": names},
    }  # fmt: skip
    document = {"schema": 1, "sources": {"made-up": entry}}
    (data / "registry.json").write_text(json.dumps(document), encoding="utf-8")
    return load_registry()["made-up"]


def _closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _leftovers(data: Path) -> list[str]:
    return (
        [p.name for p in (data / "raw").rglob("*") if p.is_file()]
        if (data / "raw").exists()
        else []
    )


def test_a_first_download_records_its_checksum(server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=None)
    folder = fetch(source, retries=0)
    assert (folder / "a b.csv").read_bytes() == BODY
    assert server.requests == ["/data/a%20b.csv"]
    recorded = load_registry()["made-up"]
    assert recorded.public.files == {"a b.csv": SHA256}
    assert store.check(recorded).state == "verified"
    assert store.locate(recorded).path == folder


def test_what_is_here_is_not_downloaded_again(server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=SHA256)
    fetch(source, retries=0)
    fetch(source, retries=0)
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("503", "answered 503"),
        ("404", "answered 404"),
        ("cut", "broke off"),
        ("corrupt", "not those recorded"),
        ("empty", "not those recorded"),
        ("hang", "did not answer in time"),
    ],
)
def test_a_fault_ends_in_a_sentence_and_leaves_nothing(
    fault: str, words: str, server: _Server, data: Path
) -> None:
    source = _source(server, data, sha256=SHA256)
    server.faults = [fault]
    with pytest.raises(DataError) as caught:
        fetch(source, retries=0, timeout=0.3)
    assert words in str(caught.value)
    assert "a b.csv" in str(caught.value)
    assert _leftovers(data) == []
    assert store.check(source).state == "missing"
    fetch(source, retries=0)  # and the next try simply works
    assert store.check(source).state == "verified"


@pytest.mark.parametrize("fault", ["503", "cut", "corrupt"])
def test_a_passing_fault_is_retried(fault: str, server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=SHA256)
    server.faults = [fault]
    fetch(source, retries=1)
    assert len(server.requests) == 2
    assert store.check(source).state == "verified"


@pytest.mark.parametrize("kill", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_a_download_that_is_stopped_leaves_nothing_that_is_trusted(
    kill: signal.Signals, server: _Server, data: Path
) -> None:
    source = _source(server, data, sha256=SHA256)
    server.faults = ["half"]
    command = [sys.executable, "-m", "affetto", "data", "fetch", "made-up"]
    running = subprocess.Popen(
        command,
        stderr=subprocess.PIPE,
        text=True,
        # a shell's background jobs ignore Ctrl-C, and so would what they start
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not server.requests and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)  # let the half arrive
    running.send_signal(kill)
    told = running.communicate(timeout=60)[1]
    assert running.returncode != 0
    assert "Traceback" not in told
    assert store.check(source).state == "missing"
    with pytest.raises(DataError, match="affetto data fetch"):
        store.locate(source)
    fetch(source, retries=0)
    assert store.check(source).state == "verified"
    with members(store.locate(source).path) as found:  # what a reader would see
        assert [member.name for member in found] == ["a b.csv"]


def test_an_empty_first_download_is_not_trusted(server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=None)
    server.faults = ["empty"]
    with pytest.raises(DataError, match="empty"):
        fetch(source, retries=0)
    assert _leftovers(data) == []
    assert load_registry()["made-up"].public.files == {"a b.csv": None}


def test_offline_names_the_mirror(data: Path) -> None:
    source = _source(None, data, sha256=SHA256)
    with pytest.raises(DataError, match="AFFETTO_DATA_MIRROR"):
        fetch(source, retries=0)
    assert _leftovers(data) == []


def test_what_arrived_before_the_fault_is_kept_and_known(server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=None, **{"1.csv": None, "2.csv": None, "3.csv": None})
    server.faults = ["none", "503"]
    with pytest.raises(DataError, match=r"2\.csv"):
        fetch(source, retries=0)
    half = load_registry()["made-up"]
    assert half.public.files == {"1.csv": SHA256, "2.csv": None, "3.csv": None}
    assert store.check(half).state == "incomplete"
    fetch(half, retries=0)
    assert server.requests.count("/data/1.csv") == 1
    assert store.check(load_registry()["made-up"]).state == "verified"


def test_a_file_changed_afterwards_is_damaged(server: _Server, data: Path) -> None:
    source = _source(server, data, sha256=SHA256)
    (fetch(source, retries=0) / "a b.csv").write_bytes(BODY + b"y,1\n")
    state = store.check(source)
    assert state.state == "damaged"
    assert "a b.csv" in state.detail


def test_a_recorded_checksum_is_never_replaced(server: _Server, data: Path) -> None:
    _source(server, data, sha256=SHA256)
    record_checksums("made-up", {"a b.csv": "0" * 64})
    assert load_registry()["made-up"].public.files == {"a b.csv": SHA256}


def test_the_mirror_serves_in_place_and_is_checked(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = _source(None, data, sha256=None)
    mirror = tmp_path / "mirror"
    (mirror / "music").mkdir(parents=True)
    (mirror / "music" / "a.csv").write_bytes(BODY)
    monkeypatch.setenv("AFFETTO_DATA_MIRROR", str(mirror))
    assert store.check(source) == store.SourceState("verified", "mirror", SHA256, 500)
    assert store.locate(source) == store.Located(mirror / "music" / "a.csv", "mirror")
    (mirror / "music" / "a.csv").write_bytes(BODY[:-5])
    assert store.check(source).state == "damaged"


def test_a_missing_source_names_its_command(data: Path) -> None:
    with pytest.raises(DataError, match="affetto data fetch made-up"):
        store.locate(_source(None, data, sha256=None))


def test_an_unknown_source_names_the_known(data: Path) -> None:
    _source(None, data, sha256=None)
    with pytest.raises(InputError, match="made-up"):
        get_sources(["made up"])


@pytest.mark.parametrize(
    "text", ["", "[]", '{"schema": 2, "sources": {}}', '{"schema": 1, "sources": {"x": {}}}']
)
def test_a_broken_registry_is_one_sentence(text: str, tmp_path: Path) -> None:
    path = tmp_path / "registry.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match="registry"):
        load_registry(path)


def test_the_registry_refuses_nonsense() -> None:
    with pytest.raises(DataError, match="SHA-256"):
        MirrorFile("a", "12", 3)
    with pytest.raises(DataError, match="web folder"):
        PublicFiles("ftp://x/", {})
    with pytest.raises(DataError, match="outside its folder"):
        PublicFiles("https://x/", {"../a": None})


def test_the_committed_registry_is_complete() -> None:
    sources = load_registry()
    assert len(sources) == 12
    for source in sources.values():
        assert source.public.files or source.public.by_hand
        assert source.mirror.bytes > 0
        for name in source.public.files:
            assert source.public.url(name).startswith("https://raw.githubusercontent.com/")
