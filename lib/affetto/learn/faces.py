"""Train the emotion CNN: settings, fitting loop, checkpoints.

The loop runs one epoch at a time.  All randomness of an epoch comes from (seed, epoch), and
everything else that an epoch needs is in the checkpoint, so a run that is stopped and resumed
ends with the same weights as one that never stopped.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from pathlib import Path

import keras
import numpy as np

from affetto.errors import ModelError
from affetto.faces.network import READOUTS, SIDE, EmotionCnnConfig, build_emotion_cnn
from affetto.learn import metrics
from affetto.learn.augmentation import AugmentationConfig, build_augmentation
from affetto.learn.averaging import add_to_mean, measure_statistics
from affetto.learn.checkpoints import load_arrays, load_state, save_arrays, save_state
from affetto.learn.environment import save_settings
from affetto.learn.face_batches import Batches, FaceSplit, soft_targets, taught
from affetto.learn.muon import ConvolutionMuon
from affetto.learn.seeding import begin, reseed

log = logging.getLogger(__name__)

ADAM_SHARE = 0.1  # of Muon's rate, for norms, biases, the first kernel and the readouts


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """How the network is fitted."""

    epochs: int = 34
    sides: tuple[int, ...] = (SIDE,)  # of the training faces, in pixels; equal shares of the epochs
    batch: int = 128
    peak_rate: float = 0.02  # of Muon; linear warm-up, cosine to zero
    warmup_epochs: int = 2
    weight_decay: float = 0.1  # decoupled: the weights shrink by rate × this each step
    label_smoothing: float = 0.1  # fer2013 readout only; the votes of FER+ are soft already
    votes_share: float = 0.0  # of fer2013's target that is told by the votes (``soft_targets``)
    teacher_share: float = 0.0  # of both readouts' targets that is told by a teacher (``taught``)
    mixup: float = 0.0  # Beta parameter of the shares in which two faces are mixed; 0: none are
    crowd_weight: float = 1.0
    ema: float = 0.998  # decay of the averaged weights, which are the ones released ...
    mean_from: int = 0  # ... or, from this epoch on, the mean of all epochs' averages; 0: never
    mixed_precision: bool = True  # bfloat16 arithmetic, float32 weights
    seed: int = 7
    network: EmotionCnnConfig = field(default_factory=EmotionCnnConfig)
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)

    def __post_init__(self) -> None:
        if not 0 <= self.label_smoothing + self.votes_share <= 1 or self.mixup < 0:
            raise ValueError("Smoothing and the votes' share are at most 1 together; mixup ≥ 0.")
        if not 0 <= self.teacher_share <= 1:
            raise ValueError(f"A teacher's share lies in [0, 1]; got {self.teacher_share}.")
        if min(self.epochs, self.batch) < 1 or self.warmup_epochs < 0:
            raise ValueError("Training takes an epoch and a batch of one face at least.")
        if self.mean_from < 0:
            raise ValueError(f"A mean begins with an epoch, or never (0); got {self.mean_from}.")
        if not (self.peak_rate > 0 and self.weight_decay >= 0 and 0 <= self.ema < 1):
            raise ValueError("The rate lies above 0, weight decay at 0 or above, ema in [0, 1).")
        if not self.sides or not all(8 <= side <= SIDE for side in self.sides):
            raise ValueError(f"Training faces are 8 to {SIDE} pixels wide; got {self.sides}.")

    def side_of(self, epoch: int) -> int:
        """Side of the training faces in ``epoch`` (0, 1, …): small ones first are cheap ones.

        A convolutional network learns most of what it will know from small pictures, at half
        the time (Howard's progressive resizing; Tan & Le 2021, EfficientNetV2, section 4).
        """
        return self.sides[epoch * len(self.sides) // self.epochs]


def _training_model(network: keras.Model, config: TrainConfig, *, steps: int) -> keras.Model:
    """The network behind its augmentation, compiled with optimiser and losses."""
    augment = build_augmentation(config.augmentation, seed=config.seed)
    image = keras.Input(network.input_shape[1:], name="image", dtype="float32")
    model = keras.Model(image, network(augment(image)), name="training")
    rate = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=config.peak_rate / 100,
        decay_steps=max(1, steps * (config.epochs - config.warmup_epochs)),
        warmup_target=config.peak_rate,
        warmup_steps=steps * config.warmup_epochs,
    )
    optimizer = ConvolutionMuon(
        rate,
        momentum=0.9,
        weight_decay=config.weight_decay,
        adam_lr_ratio=ADAM_SHARE,
        adam_weight_decay=config.weight_decay * ADAM_SHARE,
        arithmetic="bfloat16" if config.mixed_precision else "float32",
        use_ema=True,
        ema_momentum=config.ema,
    )
    optimizer.exclude_from_weight_decay(var_names=["gamma", "beta", "bias"])
    cross_entropy = keras.losses.CategoricalCrossentropy
    model.compile(
        optimizer,
        loss={
            "fer2013": cross_entropy(from_logits=True),
            "crowd": cross_entropy(from_logits=True),
        },
        loss_weights={"fer2013": 1.0, "crowd": config.crowd_weight},
    )
    optimizer.build(model.trainable_variables)
    return model


def _averaged_weights(model: keras.Model) -> dict[str, np.ndarray]:
    """The weights to evaluate and release: averages where training averages, else current."""
    optimizer = model.optimizer
    averages = {
        v.path: keras.ops.convert_to_numpy(average)
        for v, average in zip(
            optimizer._trainable_variables, optimizer._model_variables_moving_average, strict=True
        )
    }
    return {v.path: averages.get(v.path, keras.ops.convert_to_numpy(v)) for v in model.weights}


def set_weights(network: keras.Model, weights: dict[str, np.ndarray]) -> None:
    """Put named weights into ``network``.  Raises ModelError where names or shapes differ."""
    own = {v.path: v for v in network.weights}
    if own.keys() != weights.keys():
        raise ModelError("These weights belong to a network of another shape.")
    for path, variable in own.items():
        if tuple(variable.shape) != weights[path].shape:
            raise ModelError(f"The weights of {path} have another shape than the network's.")
        variable.assign(weights[path])


def predict_logits(
    network: keras.Model, pixels: np.ndarray, *, flip: bool = True, batch: int = 512
) -> dict[str, np.ndarray]:
    """Logits [n, 7] of both readouts; with ``flip``, the mean of each face and its mirror image.

    pixels : uint8 [n, 48, 48].
    """
    views = [pixels, pixels[:, :, ::-1]] if flip else [pixels]
    answers = [
        network.predict(view[..., None].astype(np.float32), batch_size=batch, verbose=0)
        for view in views
    ]
    return {name: np.mean([answer[name] for answer in answers], axis=0) for name in READOUTS}


def score(network: keras.Model, split: FaceSplit) -> dict[str, float]:
    """Accuracy of each readout on its own labels, mirror images averaged.

    The crowd's label is the one of the seven that most voters named, ties and faces that more of
    them called something else included; FER+ majorities, as the card tells them, leave those out.
    """
    logits = predict_logits(network, split.pixels)
    voted = split.vote_weight > 0
    return {
        "fer2013": metrics.accuracy(logits["fer2013"], split.labels),
        "crowd": metrics.accuracy(logits["crowd"][voted], split.votes[voted].argmax(axis=1))
        if voted.any()
        else float("nan"),
    }


def fit(
    train: FaceSplit,
    validation: FaceSplit,
    config: TrainConfig,
    *,
    run_dir: Path,
    start: dict[str, np.ndarray] | None = None,
    teacher: dict[str, np.ndarray] | None = None,
    stop_after: int | None = None,
) -> tuple[keras.Model, list[dict]]:
    """Train, or go on with what ``run_dir`` holds; the best network so far and its history.

    ``start`` : named weights to begin from instead of random ones, another run's ``best.npz``.
    ``teacher`` : named weights of the network whose answers are ``teacher_share`` of the targets.

    The network with the best fer2013 accuracy on ``validation`` is kept in
    ``run_dir/best.npz``; the last state in ``run_dir/last.npz``, the mean of the epochs, if any, in
    ``run_dir/mean.npz``.  ``stop_after`` ends this call after so many epochs, as time limits do.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    begin(config.seed)
    keras.config.set_dtype_policy("mixed_bfloat16" if config.mixed_precision else "float32")
    try:
        network = build_emotion_cnn(config.network, side=None)
        if start is not None:
            set_weights(network, start)
        evaluated = build_emotion_cnn(config.network)
        steps = max(1, len(train.labels) // config.batch)
        model = _training_model(network, config, steps=steps)
    finally:
        keras.config.set_dtype_policy("float32")
    save_settings(run_dir, config)
    targets = soft_targets(train, smoothing=config.label_smoothing, share=config.votes_share)
    if teacher is not None:
        set_weights(evaluated, teacher)
        answers = predict_logits(evaluated, train.pixels)
        answers = {name: metrics.softmax(values) for name, values in answers.items()}
        train, targets = taught(train, targets, answers, share=config.teacher_share)
    last = run_dir / "last.npz"
    history = load_state(last, model) if last.exists() else []
    end = min(config.epochs, len(history) + (stop_after or config.epochs))
    for epoch in range(len(history), end):
        started = time.monotonic()
        reseed(model, seed=config.seed, epoch=epoch)
        side = config.side_of(epoch)
        batches = Batches(
            train,
            targets,
            batch=config.batch,
            seed=config.seed,
            epoch=epoch,
            side=side,
            mixup=config.mixup,
        )
        if not epoch or side != config.side_of(epoch - 1):
            model.make_train_function(force=True)  # one graph a side, as a resumed run has it
        losses = model.fit(batches, epochs=1, verbose=0, shuffle=False).history
        averaged = _averaged_weights(model)
        averaged = {v.path: averaged[v.path] for v in network.weights}
        set_weights(evaluated, averaged)
        if config.mean_from and epoch + 1 >= config.mean_from:
            set_weights(evaluated, add_to_mean(run_dir / "mean.npz", averaged, epoch=epoch + 1))
            measure_statistics(evaluated, train.pixels)
            averaged = {v.path: keras.ops.convert_to_numpy(v) for v in evaluated.weights}
        row = {
            "epoch": epoch + 1,
            "side": side,
            "loss": float(losses["loss"][0]),
            **{f"validation_{k}": v for k, v in score(evaluated, validation).items()},
            "seconds": round(time.monotonic() - started, 1),
        }
        if row["validation_fer2013"] > max((r["validation_fer2013"] for r in history), default=0):
            save_arrays(run_dir / "best.npz", averaged, meta=row)
        history.append(row)
        save_state(last, model, history)
        log.info("epoch %(epoch)d: %(validation_fer2013).4f %(validation_crowd).4f", row)
    set_weights(evaluated, load_arrays(run_dir / "best.npz")[0])
    return evaluated, history
