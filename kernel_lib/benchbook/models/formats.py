"""Models to bytes and back, without pickle: `unpack` is the only way from stored bytes to an estimator.

What bytes are, their content decides. Everything but a skops archive is refused before any of it is read, and a skops
archive may hold only what skops trusts by itself plus our installed list.
"""

from __future__ import annotations

import io
import zipfile
from typing import Any

from benchbook.errors import InvalidInput, NotAllowed
from benchbook.models.trusted import ALLOWED

_SCHEMA = "schema.json"
_ENTRY_LIMIT = 100_000
_RATIO_LIMIT = 200
_SMALL = 100 << 20
_SAVE_SAFELY = "Register the estimator object itself: bb.register_model(name, model, example=X.head())."
_UNLISTED = (
    "Such an object can run code when it is loaded. Use scikit-learn's own parts instead of own classes, functions and "
    "lambdas inside the model, or do that work in the notebook before the model."
)
_STARTS = {
    b"\x80": "a pickle",
    b"\x1f\x8b": "a compressed pickle (joblib), or another gzip file",
    b"\x78": "a compressed pickle (joblib)",
    b"BZh": "a compressed pickle (joblib), or another bzip2 file",
    b"\xfd7zXZ": "a compressed pickle (joblib), or another xz file",
    b"\x04\x22\x4d\x18": "a compressed pickle (joblib)",
    b"\x89HDF": "an HDF5 file",
}


def pack(model: object) -> bytes:
    """Return an estimator as bytes that `unpack` accepts.

    Raises:
        NotAllowed: it holds something that is not safe to load; names the types and the next step.
        InvalidInput: it cannot be saved at all.
    """
    import skops.io
    from skops.io.exceptions import UnsupportedTypeException

    try:
        data: bytes = skops.io.dumps(model)
    except UnsupportedTypeException as error:
        raise NotAllowed(f"The model cannot be saved without pickle: {error}", hint=_UNLISTED) from error
    except (TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidInput(f"A {type(model).__qualname__} cannot be saved as a model: {error}") from error
    _trusted_types(data)
    return data


def unpack(data: bytes) -> Any:
    """Return the estimator in ``data``.

    Raises:
        NotAllowed: it is no skops archive, or holds a type that is not on our list; nothing of it was executed.
        InvalidInput: the archive is broken, or made by versions that do not fit the installed ones.
    """
    import skops.io

    check_content(data)
    trusted = _trusted_types(data)
    try:
        return skops.io.loads(data, trusted=trusted)
    except _BROKEN as error:
        raise _broken(error) from error


def check_content(data: bytes) -> None:
    """Check that ``data`` is a skops archive of sane size, reading nothing but its list of files.

    Raises:
        NotAllowed: it is something else; says what it looks like.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise NotAllowed(f"This is {_looks_like(data)}, not a model saved by skops.", hint=_SAVE_SAFELY) from error
    names = [entry.filename for entry in entries]
    if not data.startswith(b"PK\x03\x04") or names.count(_SCHEMA) != 1 or any(name.endswith(".pkl") for name in names):
        what = "This is a zip archive, but not one of skops (PyTorch and NumPy write such archives)."
        raise NotAllowed(what, hint=_SAVE_SAFELY)
    size = sum(entry.file_size for entry in entries)
    if len(entries) > _ENTRY_LIMIT or size > max(_SMALL, _RATIO_LIMIT * len(data)):
        raise NotAllowed(f"The archive would unfold to {len(entries):,} files and {size:,} bytes; that is no model.")


def _looks_like(data: bytes) -> str:
    if not data:
        return "empty"
    for start, what in _STARTS.items():
        if data.startswith(start):
            return what
    return "a pickle of an old protocol, or no model at all" if data.endswith(b".") else "a file of another kind"


def _trusted_types(data: bytes) -> list[str]:
    """The types in ``data`` that need our trust, all of them on our list."""
    import skops.io

    try:
        asked: list[str] = skops.io.get_untrusted_types(data=data)
    except _BROKEN as error:
        raise _broken(error) from error
    refused = [name for name in asked if name not in ALLOWED]
    if refused:
        shown = ", ".join(refused[:5]) + (f" and {len(refused) - 5} more" if len(refused) > 5 else "")
        raise NotAllowed(f"The model holds what is not on the list of safe types: {shown}.", hint=_UNLISTED)
    return asked


# What skops and the estimators' own __setstate__ raise for archives that are cut, forged or of other versions.
_BROKEN = (
    zipfile.BadZipFile,
    TypeError,
    ValueError,
    KeyError,
    IndexError,
    AttributeError,
    ImportError,
    EOFError,
    RecursionError,
    NotImplementedError,
    OverflowError,
    UnicodeDecodeError,
)


def _broken(error: Exception) -> InvalidInput:
    hint = "Load it with the package versions it was saved with (see the model's page), or register it again."
    return InvalidInput(f"The saved model cannot be unpacked here: {type(error).__name__}: {error}", hint=hint)
