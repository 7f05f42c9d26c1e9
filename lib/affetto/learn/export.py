"""Keras → LiteRT, and the files that a release puts into ``bundled/``.

Conversion needs TensorFlow as Keras' backend; training does not.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from affetto.bundled import MANIFEST_NAME, SCHEMA, sha256
from affetto.errors import ModelError
from affetto.files import write_json, write_whole
from affetto.settings import BUNDLED_DIR, project_dir

TOLERANCE = 1e-4  # largest difference allowed between answers of Keras and of LiteRT


def to_litert(
    model: keras.Model, *, weights: Literal["float32", "float16", "int8"] = "float32"
) -> bytes:
    """A Keras model with named inputs and a dictionary of outputs, as a LiteRT file.

    The signature is ``serving_default``; input names are the model's, shapes as declared with a
    batch of one.  weights : how they are stored.  float16 rounds them and halves the size;
    int8, with a scale for each output channel, rounds what enters a convolution to int8 as it comes
    as well (dynamic range quantisation): a quarter of the size, and several times as fast where the
    processor multiplies int8.
    Raises ModelError under another backend than TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise ModelError("Export runs under KERAS_BACKEND=tensorflow; training may use any.")
    import tensorflow as tf

    specs = {
        tensor.name: tf.TensorSpec((1, *tensor.shape[1:]), tf.float32, name=tensor.name)
        for tensor in model.inputs
    }

    def answer(*tensors):
        given = tensors[0] if len(specs) == 1 else dict(zip(specs, tensors, strict=True))
        return model(given, training=False)

    archive = keras.export.ExportArchive()
    archive.track(model)
    archive.add_endpoint("serving_default", answer, input_signature=list(specs.values()))
    with tempfile.TemporaryDirectory() as folder:
        archive.write_out(folder, verbose=False)
        converter = tf.lite.TFLiteConverter.from_saved_model(
            folder, signature_keys=["serving_default"]
        )
        if weights != "float32":
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
        if weights == "float16":
            converter.target_spec.supported_types = [tf.float16]
        return converter.convert()


def largest_difference(
    model: keras.Model, litert: bytes, inputs: list[dict[str, np.ndarray]]
) -> float:
    """The largest absolute difference between Keras and LiteRT over all outputs and inputs."""
    from ai_edge_litert.interpreter import Interpreter

    run = Interpreter(model_content=litert).get_signature_runner("serving_default")
    worst = 0.0
    for given in inputs:
        ours = model(given if len(given) > 1 else next(iter(given.values())), training=False)
        for name, value in run(**given).items():
            gap = np.abs(value - keras.ops.convert_to_numpy(ours[name])).max()
            worst = max(worst, float(gap))
    return worst


def git_revision() -> str:
    """The commit that a release was made from, ``-dirty`` when the code differs; or unknown.

    The released files themselves are not code: one release after another stays clean.
    """

    def git(*words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=project_dir(), capture_output=True, text=True, check=False
        )
        return done.stdout.strip()

    commit = git("rev-parse", "--short=12", "HEAD")
    changed = git("status", "--porcelain", "--", "lib", ":!lib/affetto/bundled")
    return f"{commit}{'-dirty' if changed else ''}" if commit else "unknown"


def release(
    name: str, entry: dict[str, Any], files: dict[str, bytes], *, folder: Path = BUNDLED_DIR
) -> None:
    """Put ``files`` into ``folder`` and describe them in its manifest, models first.

    name : the manifest's key for ``entry`` ("emotion_cnn", "recommender").  Other entries stay.
    """
    path = folder / MANIFEST_NAME
    manifest = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    manifest.setdefault("schema", SCHEMA)
    manifest.setdefault("files", {})
    for file, content in files.items():
        write_whole(folder / file, content)
        manifest["files"][file] = {
            "sha256": sha256(content),
            "bytes": len(content),
        }
    manifest[name] = entry
    write_json(path, manifest)
