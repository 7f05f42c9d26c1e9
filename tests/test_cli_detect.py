"""``affetto detect`` and ``affetto info``, and how the command talks when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from affetto import about, cli, service
from affetto.bundled import read_manifest
from affetto.cli import main
from affetto.errors import ModelError
from tests.photographs import encode, photograph, picture


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder with photographs, and with what people take for photographs."""
    for name in ("astronaut", "coffee"):
        (tmp_path / f"{name}.png").write_bytes(photograph(name))
    (tmp_path / "text.jpg").write_text("I am no photo.")
    (tmp_path / "empty.jpg").touch()
    whole = encode(picture("coffee"), "JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    return tmp_path


def _python(*arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "affetto", *arguments]
    return subprocess.run(command, capture_output=True, check=False, timeout=120, **more)


# --- answers -----------------------------------------------------------------------------------


def test_json_has_one_entry_a_photo_in_the_order_given(photos: Path, capfd) -> None:
    names = ["coffee.png", "text.jpg", "astronaut.png", "empty.jpg", "gone.jpg", "cut.jpg", "."]
    given = [str(photos / name) for name in names]
    assert main(["detect", *given, "--json"]) == 2  # some cannot be read
    out, err = capfd.readouterr()
    assert err == ""
    entries = json.loads(out)
    assert [entry["photo"] for entry in entries] == given
    assert all(list(entry) == ["photo", "faces", "message", "error"] for entry in entries)
    coffee, text, astronaut, empty, gone, cut, folder = entries
    assert coffee["faces"] == []
    assert coffee["message"].startswith("No face was found")
    assert coffee["error"] is None
    (face,) = astronaut["faces"]
    assert face["emotion"] == "happy"
    assert len(face["box"]) == 4
    assert astronaut["message"] is astronaut["error"] is None
    for entry, why in (
        (text, "not a photo"),
        (empty, "is empty"),
        (gone, "There is no file"),
        (cut, "damaged or cut off"),
        (folder, "is a folder"),
    ):
        assert entry["faces"] == []
        assert entry["message"] is None
        assert why in entry["error"]


def test_a_photo_without_a_face_is_no_failure(photos: Path, capfd) -> None:
    assert main(["detect", str(photos / "coffee.png"), "--json"]) == 0
    assert json.loads(capfd.readouterr().out)[0]["faces"] == []


def test_a_table_for_people(photos: Path, capfd) -> None:
    given = [str(photos / name) for name in ("astronaut.png", "coffee.png", "text.jpg")]
    assert main(["detect", *given]) == 2
    out, err = capfd.readouterr()
    header, row, message = out.splitlines()
    assert header.split() == ["Photo", "Emotion", "Confidence", "Next", "Valence", "Arousal", "Box"]
    assert row.startswith(given[0])
    assert " happy " in row
    assert "91×111 at 179,63" in row
    assert message == f"{given[1]}: {service.NO_FACE}"
    assert err == (
        f"{given[2]}: This is not a photo, whatever its name says; "
        "choose a JPEG, PNG or WebP file.\n"
    )


def test_an_unsure_face_is_said_to_be_unsure() -> None:
    probabilities = {"happy": 0.35, "neutral": 0.33, "sad": 0.32}
    face = {
        "emotion": "happy",
        "confidence": 0.35,
        "sure": False,
        "probabilities": probabilities,
        "valence": 0.1,
        "arousal": -0.2,
        "box": [1, 2, 30, 40],
    }
    assert cli._face_row("me.jpg", face) == (
        "me.jpg",
        "happy? not sure",
        "35%",
        "neutral 33%",
        "+0.10",
        "-0.20",
        "30×40 at 1,2",
    )


def test_a_photo_from_stdin_in_a_process_of_its_own(photos: Path) -> None:
    done = _python("detect", "-", "--json", input=photograph("astronaut"))
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""  # not even a native library's greeting
    assert json.loads(done.stdout)[0]["faces"][0]["emotion"] == "happy"


def test_a_name_that_is_not_utf8_is_answered(photos: Path) -> None:
    strange = bytes(photos) + b"/caf\xe9.png"
    with open(strange, "wb") as file:
        file.write(photograph("coffee"))
    done = subprocess.run(
        [sys.executable.encode(), b"-m", b"affetto", b"detect", strange, b"--json"],
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[0]["message"]


def test_info_as_json_and_as_a_table(capfd) -> None:
    assert main(["info", "--json"]) == 0
    facts = json.loads(capfd.readouterr().out)
    assert list(facts) == ["versions", "models", "figures", "configured"]
    assert facts["versions"]["python"].startswith("3.11")
    files = read_manifest()["files"]
    assert {name: model["sha256"] for name, model in facts["models"].items()} == {
        name: entry["sha256"] for name, entry in files.items()
    }
    assert {model["state"] for model in facts["models"].values()} == {"verified"}
    assert "emotion_cnn" in facts["figures"]
    assert main(["info"]) == 0
    out = capfd.readouterr().out
    assert "emotion_cnn.tflite" in out
    assert files["emotion_cnn.tflite"]["sha256"][:12] in out
    accuracy = facts["figures"]["emotion_cnn"]["PublicTest"]["accuracy"]
    assert "emotion cnn PublicTest accuracy" in out
    assert f"{accuracy:.4f}" in out


def test_a_damaged_model_is_told_and_not_hidden(capfd, monkeypatch) -> None:
    monkeypatch.setattr(about, "read_bundled", _raise(ModelError("It is damaged; restore it.")))
    assert main(["info", "--json"]) == 0
    models = json.loads(capfd.readouterr().out)["models"]
    assert {model["state"] for model in models.values()} == {"It is damaged; restore it."}


def test_headlines_are_the_figures_that_tell_most() -> None:
    figures = {
        "cnn": {"test": {"accuracy": 0.7, "recall": {"happy": 0.9}, "confusion": [[1]]}},
        "lstm": {
            "test": {"models": {"lstm": {"hr@50": 0.1}}, "models_all": {"lstm": {"hr@50": 0}}}
        },
    }
    assert dict(about.headlines(figures)) == {
        "cnn test accuracy": 0.7,
        "lstm test lstm hr@50": 0.1,
    }


def test_info_never_says_a_secret(capfd, monkeypatch) -> None:
    monkeypatch.setenv("SPOTIPY_CLIENT_SECRET", "hunter2")
    assert main(["info", "--json"]) == 0
    out = capfd.readouterr().out
    assert json.loads(out)["configured"]["spotify"]["SPOTIPY_CLIENT_SECRET"] is True
    assert "hunter2" not in out


# --- help and mistakes -------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_the_command_alone_says_what_it_can_do(arguments: list[str], capfd) -> None:
    assert main(arguments) == 0
    out = capfd.readouterr().out
    assert "detect" in out
    assert "info" in out


def test_every_command_has_help_with_examples(capfd) -> None:
    names = [command.name or command.callback.__name__ for command in cli.app.registered_commands]
    assert {"detect", "info"} <= set(names)
    for name in names:
        assert main([name, "--help"]) == 0
        out = capfd.readouterr().out
        assert "Examples" in out
        assert f"affetto {name}" in out.split("Examples")[1]


def test_version(capfd) -> None:
    assert main(["--version"]) == 0
    assert capfd.readouterr().out.strip()[0].isdigit()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["detect"], "Missing argument 'PHOTO…'; see affetto detect --help.\n"),
        (["detetc", "a.jpg"], "No such command 'detetc'. Did you mean 'detect'?\n"),
        (["info", "--json", "--markdown"], "Choose one of --json and --markdown.\n"),
        (["info", "now"], "Got unexpected extra argument(s) (now); see affetto info --help.\n"),
    ],
)
def test_a_mistake_is_answered_in_one_sentence(arguments, sentence: str, capfd) -> None:
    assert main(arguments) == 2
    assert capfd.readouterr() == ("", sentence)


def _raise(error: BaseException):
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


def test_our_own_errors_are_one_sentence_and_code_2(photos: Path, capfd, monkeypatch) -> None:
    monkeypatch.setattr(service, "warm_up", _raise(ModelError("The model is gone; restore it.")))
    assert main(["detect", str(photos / "coffee.png")]) == 2
    assert capfd.readouterr() == ("", "The model is gone; restore it.\n")


def test_an_unforeseen_error_is_one_sentence_too(photos: Path, capfd, monkeypatch) -> None:
    monkeypatch.delenv("AFFETTO_DEBUG", raising=False)
    monkeypatch.setattr(service, "detect", _raise(ZeroDivisionError("by\nzero")))
    assert main(["detect", str(photos / "coffee.png")]) == 1
    assert capfd.readouterr() == (
        "",
        "Something went wrong inside Affetto (ZeroDivisionError: by zero); "
        "AFFETTO_DEBUG=1 shows where.\n",
    )


def test_debugging_shows_where(photos: Path, monkeypatch) -> None:
    monkeypatch.setenv("AFFETTO_DEBUG", "1")
    monkeypatch.setattr(service, "detect", _raise(ZeroDivisionError()))
    with pytest.raises(ZeroDivisionError):
        main(["detect", str(photos / "coffee.png")])


def test_a_closed_pipe_is_no_error(photos: Path) -> None:
    script = f"{sys.executable} -m affetto detect {photos}/coffee.png --json | true"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=120)
    assert done.stderr == b""


def _shell(script: str) -> subprocess.CompletedProcess[bytes]:
    """``affetto`` in the script is the command."""
    script = script.replace("affetto", f"{sys.executable} -m affetto")
    return subprocess.run(["bash", "-c", script], capture_output=True, check=False, timeout=120)


@pytest.mark.parametrize("words", ["recommend --emotion sad -n 100", "info", "--help"])
def test_a_reader_who_has_enough_is_no_error(words: str) -> None:
    done = _shell(f"set -o pipefail; affetto {words} | head -c 1 >/dev/null")
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("script", "code", "said"),
    [
        ("affetto info --json >/dev/full", 2, b"No space left on device."),
        ("affetto detect - <&-", 2, b"There is nothing on stdin."),
        ("affetto recommend --emotion sad -n 1 >&-", 0, b""),
        ("affetto recommend --emotion sad -n 1 2>&-", 0, b""),
        ("affetto data >/dev/null", 2, b""),
    ],
)
def test_a_closed_or_full_stream_is_no_fault_of_ours(script: str, code: int, said: bytes) -> None:
    done = _shell(script)
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert b"Something went wrong" not in done.stderr
    assert bool(said) == bool(done.stderr)


def test_a_files_name_is_no_markup_and_steers_no_terminal(tmp_path: Path, capfd) -> None:
    named = tmp_path / "me[red]\x1b[31m\u3000顔.png"
    named.write_bytes(photograph("astronaut"))
    assert main(["detect", str(named)]) == 0
    assert "me[red]?[31m\u3000顔.png" in capfd.readouterr().out


def test_a_terminal_without_our_letters_gets_the_rest(photos: Path) -> None:
    script = f"PYTHONIOENCODING=ascii affetto detect {photos / 'astronaut.png'}"
    done = _shell(script)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"happy" in done.stdout
