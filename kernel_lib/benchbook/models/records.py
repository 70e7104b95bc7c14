"""What is known of a model version, as plain frozen records."""

from __future__ import annotations

from typing import Any, Literal

import msgspec


class Field(msgspec.Struct, frozen=True):
    """One input or output column: pandas dtype name, whether values were missing in the example, one example value."""

    name: str
    type: str
    optional: bool
    example: Any = None


class Signature(msgspec.Struct, frozen=True):
    """What a model takes and gives: input columns in order, outputs, and the ``predict`` method used."""

    inputs: list[Field]
    outputs: list[Field]
    method: str = "predict"


class Dependency(msgspec.Struct, frozen=True):
    """A dataset version the run that made the model had loaded."""

    name: str
    version: int


class ModelVersion(msgspec.Struct, frozen=True):
    """One immutable version of a registered model. ``size`` in bytes; metrics and params are those of its run."""

    name: str
    version: int
    digest: str
    format: Literal["skops"]
    size: int
    estimator: str
    """Class of the model, such as ``sklearn.pipeline.Pipeline``."""
    signature: Signature | None
    metrics: dict[str, Any]
    params: dict[str, Any]
    data: list[Dependency]
    aliases: list[str]
    run: str | None
    created: float
    actor: str
    note: str
    versions: dict[str, str]
    """Versions of the packages needed to load it."""

    @property
    def ref(self) -> str:
        """The ref of exactly this version."""
        return f"{self.name}:{self.version}"

    def _repr_html_(self) -> str:
        from benchbook.models.html import model_html

        return model_html(self)


class ModelSummary(msgspec.Struct, frozen=True):
    """A model as lists show it: newest version, every version with an alias, and how many there are."""

    name: str
    latest: ModelVersion
    aliased: list[ModelVersion]
    versions: int


class ModelDetail(msgspec.Struct, frozen=True):
    """The page of one version: itself, its siblings, the history of its aliases, the name and status of its run."""

    version: ModelVersion
    versions: list[ModelVersion]
    alias_history: list[AliasChange]
    run_name: str | None


class AliasChange(msgspec.Struct, frozen=True):
    """Who pointed which alias where, when and how: by hand, through a gate (or ``forced`` past it), or back."""

    alias: str
    version: int
    time: float
    actor: str
    kind: Literal["set_alias", "promote", "rollback"]
    reason: str
    forced: bool
