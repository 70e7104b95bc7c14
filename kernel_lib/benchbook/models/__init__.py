"""Models: registered versions with signature, aliases, metrics and lineage, stored without pickle."""

from benchbook.models.records import ModelVersion
from benchbook.models.registry import get_model, list_models, load_model, model_detail, register_model, set_alias
from benchbook.models.signature import validate

__all__ = [
    "ModelVersion",
    "get_model",
    "list_models",
    "load_model",
    "model_detail",
    "register_model",
    "set_alias",
    "validate",
]
