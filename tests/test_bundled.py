"""No released file is used unless it is the one that the manifest vouches for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from affetto.bundled import read_bundled, read_manifest, sha256
from affetto.errors import ModelError
from affetto.settings import BUNDLED_DIR

# FIPS 180-2, appendix B.1.
SHA256_OF_ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.bin").write_bytes(b"abc")
    _write(tmp_path, {"schema": 1, "files": {"model.bin": {"sha256": SHA256_OF_ABC, "bytes": 3}}})
    return tmp_path


def _write(folder: Path, manifest: object) -> None:
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def test_sha256_is_the_standards() -> None:
    assert sha256(b"abc") == SHA256_OF_ABC


def test_a_file_that_is_as_stated_is_read(folder: Path) -> None:
    assert read_bundled("model.bin", folder) == b"abc"


@pytest.mark.parametrize("content", [b"abd", b"ab", b"", b"abc\n"])
def test_a_file_that_was_changed_is_refused(folder: Path, content: bytes) -> None:
    (folder / "model.bin").write_bytes(content)
    with pytest.raises(ModelError, match=r"model\.bin is not the one that was released"):
        read_bundled("model.bin", folder)


def test_a_missing_or_unknown_file_is_refused(folder: Path) -> None:
    with pytest.raises(ModelError, match=r"no 'other\.bin' in files"):
        read_bundled("other.bin", folder)
    (folder / "model.bin").unlink()
    with pytest.raises(ModelError, match=r"model\.bin cannot be read"):
        read_bundled("model.bin", folder)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "not valid JSON"),
        ("[]", "not of schema 1"),
        ('{"schema": 2, "files": {}}', "not of schema 1"),
        ('{"schema": 1}', "no 'model.bin' in files"),
        ('{"schema": 1, "files": {"model.bin": 3}}', "no 'model.bin' in files"),
    ],
)
def test_a_manifest_that_cannot_vouch_is_refused(folder: Path, text: str, why: str) -> None:
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError, match=why):
        read_bundled("model.bin", folder)


def test_no_manifest_is_told_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"manifest\.json cannot be read; restore it"):
        read_manifest(tmp_path)


def test_every_released_file_is_as_stated_and_none_is_left_over() -> None:
    named = set(read_manifest()["files"])
    for name in named:
        assert read_bundled(name)
    present = {path.name for path in BUNDLED_DIR.iterdir() if path.is_file()}
    assert present - named <= {"__init__.py", "manifest.json"}
