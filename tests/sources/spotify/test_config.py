"""Which app is configured, and which addresses are refused before a token goes there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from affetto.errors import AuthError, InputError
from affetto.sources.spotify.config import (
    ACCOUNTS,
    API,
    VARIABLES,
    SpotifyConfig,
    need_config,
    read_config,
    read_env_file,
)

REPOSITORY = Path(__file__).resolve().parents[3]


def test_nothing_configured_is_none_and_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_config({}, env_file=tmp_path / "missing") is None
    monkeypatch.setenv("SPOTIPY_CLIENT_ID", " ")
    with pytest.raises(AuthError, match=r"SPOTIPY_CLIENT_ID\), and none is needed"):
        need_config()


def test_the_environment_counts_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# mine\nexport SPOTIPY_CLIENT_ID='from-file'\n\nSPOTIPY_CLIENT_SECRET=\"quiet\"\nno line\n"
    )
    config = read_config({"SPOTIPY_CLIENT_ID": "from-environment"}, env_file=file)
    assert config is not None
    assert (config.client_id, config.client_secret) == ("from-environment", "quiet")
    assert (config.api, config.accounts, config.extended_quota) == (API, ACCOUNTS, False)
    assert config.redirect_uri == "http://127.0.0.1:8501"
    assert "quiet" not in repr(config)
    assert read_config({"SPOTIPY_CLIENT_ID": ""}, env_file=file) is None  # set and empty: off


def test_a_file_of_another_encoding_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("SPOTIPY_CLIENT_ID=città".encode("utf-16"))
    with pytest.raises(InputError, match="not UTF-8"):
        read_env_file(tmp_path / ".env")


def test_the_example_file_is_a_file_that_is_read() -> None:
    """As committed it configures nothing: a newcomer fills in two lines."""
    example = REPOSITORY / ".env.example"
    written = read_env_file(example)
    assert set(written) <= set(VARIABLES) | {"AFFETTO_RECCOBEATS"}
    assert {"SPOTIPY_CLIENT_ID", "SPOTIPY_CLIENT_SECRET", "SPOTIPY_REDIRECT_URI"} <= set(written)
    assert read_config({}, env_file=example) is None
    filled = read_config({"SPOTIPY_CLIENT_ID": "x"}, env_file=example)
    assert filled is not None
    assert filled.redirect_uri == "http://127.0.0.1:8501"


@pytest.mark.parametrize(
    "redirect",
    ["http://127.0.0.1:8501", "http://127.0.0.1:8501/back", "http://[::1]:80", "https://x.org/a"],
)
def test_redirects_that_spotify_takes(redirect: str) -> None:
    assert SpotifyConfig(client_id="x", redirect_uri=redirect).redirect_uri == redirect


@pytest.mark.parametrize(
    ("redirect", "sentence"),
    [
        ("http://localhost:8501", "no longer takes localhost"),
        ("http://127.0.0.1", "127.0.0.1:PORT"),
        ("http://example.org:8501", "must be https"),
        ("http://127.0.0.1:8501@evil.example", "must be https"),
        ("http://127.0.0.1:99999", "must be https"),
        ("https://x.org/#part", "must be https"),
        ("affetto", "must be https"),
        ("http://[::1", "must be https"),
    ],
)
def test_redirects_that_spotify_refuses(redirect: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        SpotifyConfig(client_id="x", redirect_uri=redirect)


@pytest.mark.parametrize("name", ["api", "accounts"])
@pytest.mark.parametrize("address", ["http://example.org/v1", "ftp://127.0.0.1:1", "nowhere"])
def test_a_token_goes_only_to_https_or_this_machine(name: str, address: str) -> None:
    with pytest.raises(InputError, match="no address to send a token to"):
        SpotifyConfig(client_id="x", **{name: address})


def test_finding_no_account_loads_neither_spotipy_nor_requests() -> None:
    program = (
        "import sys\n"
        "import affetto.sources.spotify.config, affetto.sources.spotify.ids\n"
        "sys.exit(str(sorted({'spotipy', 'requests', 'redis'} & set(sys.modules))))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.stderr.strip() == "[]"
