"""Benchbook's server face: a thin layer of routes over the library, loaded by Jupyter Server."""

from __future__ import annotations

from typing import Any


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "benchbook"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from benchbook_lab.app import BenchbookLab

    return [{"module": "benchbook_lab.app", "app": BenchbookLab}]
