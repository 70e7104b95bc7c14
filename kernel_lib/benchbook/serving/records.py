"""What serving tells, as plain frozen records: an endpoint's answers, endpoints, what was logged and scored."""

from __future__ import annotations

from typing import Any

import msgspec

from benchbook.models.records import Signature


class Answer(msgspec.Struct, frozen=True):
    """The answer to `POST /predict`: one prediction, id and (where the model has them) class probabilities a row."""

    model: str
    """The version that made all predictions of this answer, such as ``delay:3``."""
    predictions: list[Any]
    probabilities: list[dict[str, float]] | None
    """Class name to probability, None for models without ``predict_proba``."""
    ids: list[str]
    warnings: list[str]


class ModelInfo(msgspec.Struct, frozen=True):
    """The answer to `GET /model`. ``since`` is when this version began to serve, in seconds since the epoch."""

    ref: str
    """What the endpoint was asked to serve; a name or an alias is followed."""
    model: str
    version: int
    estimator: str
    aliases: list[str]
    since: float
    signature: Signature


class Health(msgspec.Struct, frozen=True):
    """The answer to `GET /health`. ``problem`` tells why a newer version does not serve; empty when all is well."""

    status: str
    model: str
    since: float
    problem: str


class EndpointProcess(msgspec.Struct, frozen=True):
    """An endpoint that serves: its run, what it serves, where, and its process on this machine.

    ``url`` and ``token`` are empty for an endpoint of another machine or user.
    """

    run: str
    ref: str
    url: str
    token: str
    pid: int
    host: str
    started: float

    def __repr__(self) -> str:  # without the token: displays end up in notebooks that are shared
        return f"<endpoint {self.ref} at {self.url or 'an unknown address'}, run {self.run}, pid {self.pid}>"


class OutcomesLogged(msgspec.Struct, frozen=True):
    """What `log_outcomes` did.

    ``missing`` counts ids without a value, which are not logged; ``repeated`` those that had the same outcome already,
    ``contradicted`` those that had another one (the newest counts, the others stay in history); ``unknown`` those of
    which no prediction is known yet, ``unknown_ids`` the first of them.
    """

    model: str
    logged: int
    missing: int
    repeated: int
    contradicted: int
    unknown: int
    unknown_ids: list[str]


class BatchPredictions(msgspec.Struct, frozen=True):
    """What `predict` made: a run, and in it the dataset version with the input's rows and their predictions."""

    run: str
    model: str
    data: str
    """The ref of the dataset version scored; empty for a frame."""
    dataset: str
    rows: int
    warnings: list[str]


class PredictionCount(msgspec.Struct, frozen=True):
    """Predictions of one version on one day (UTC): how many, with outcome, wrong, repeated or contradicted outcomes.

    ``wrong`` counts predictions whose outcome is not equal to their output; ``latency_ms`` is the mean.
    """

    version: int
    day: str
    predictions: int
    outcomes: int
    wrong: int
    repeated: int
    contradicted: int
    latency_ms: float
