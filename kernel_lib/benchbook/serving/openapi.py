"""What the endpoint says of itself: an OpenAPI document made from the model's signature, and a page for people.

The page is plain HTML of our own: the usual ones load their scripts from another host, and Benchbook asks none.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

import msgspec

from benchbook.models.records import Field
from benchbook.serving.records import Health, ModelInfo
from benchbook.serving.requests import BODY_BYTES, ROWS
from benchbook.serving.rows import example_row

_NUMBER = re.compile(r"u?int\d+")
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}"
)
_STYLE += "table{border-collapse:collapse}td,th{text-align:left;padding:.2rem 1rem .2rem 0}pre{overflow:auto}"


def openapi(info: ModelInfo, classes: list[str], url: str) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of an endpoint that serves ``info`` at ``url``."""
    _, parts = msgspec.json.schema_components([ModelInfo, Health], ref_template="#/components/schemas/{name}")
    parts |= {"Row": _row(info), "PredictRequest": _request(info), "Answer": _answer(info, classes), "Error": _ERROR}
    secure: list[dict[str, Any]] = [{"token": []}]
    refused = {"description": "Refused; says what and where.", "content": _content("Error")}
    predict = {
        "summary": f"Predict up to {ROWS:,} rows with {info.model}",
        "security": secure,
        "requestBody": {"required": True, "content": _content("PredictRequest")},
        "responses": {"200": {"description": "One prediction a row.", "content": _content("Answer")}}
        | dict.fromkeys(("400", "401", "403", "408", "413", "415", "422", "503"), refused),
    }
    model = {
        "summary": "The version that serves now",
        "security": secure,
        "responses": {"200": {"description": "The version.", "content": _content("ModelInfo")}, "401": refused},
    }
    health = {
        "summary": "Whether it serves what it should; needs no token",
        "security": [],
        "responses": {"200": {"description": "Its state.", "content": _content("Health")}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Benchbook endpoint for {info.ref}", "version": info.model},
        "servers": [{"url": url}],
        "paths": {"/predict": {"post": predict}, "/model": {"get": model}, "/health": {"get": health}},
        "components": {"schemas": parts, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    }


def curl(url: str, info: ModelInfo, token: str) -> str:
    """A line for a shell that asks for one prediction."""
    body = msgspec.json.encode({"rows": [example_row(info.signature)]}).decode().replace("'", "'\\''")
    said = f"curl {url.rstrip('/')}/predict -H 'Authorization: Bearer {token}' -H 'Content-Type: application/json'"
    return f"{said} -d '{body}'"


def docs_page(info: ModelInfo, url: str) -> str:
    """Return the page at ``/docs``."""
    rows = "".join(
        f"<tr><td><code>{escape(field.name)}</code></td><td>{escape(field.type)}</td>"
        f"<td>{escape(msgspec.json.encode(field.example).decode())}</td></tr>"
        for field in info.signature.inputs
    )
    return (
        f"<!doctype html><meta charset=utf-8><title>{escape(info.ref)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(info.ref)}</h1><p>Serves <b>{escape(info.model)}</b>, {escape(info.estimator)}. "
        f"<code>POST /predict</code> takes up to {ROWS:,} rows and {BODY_BYTES >> 20} MiB; <code>GET /model</code> and "
        "<code>GET /health</code> tell what serves; <code>GET /openapi.json</code> is for programs.</p>"
        f"<pre>{escape(curl(url, info, 'TOKEN'))}</pre>"
        f"<h2>Columns of a row</h2><table><tr><th>column<th>type<th>example</tr>{rows}</table>"
    )


def _content(name: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}


def _row(info: ModelInfo) -> dict[str, Any]:
    columns = {field.name: _column(field) for field in info.signature.inputs}
    return {"type": "object", "properties": columns, "required": list(columns)}


def _column(field: Field) -> dict[str, Any]:
    kind: dict[str, Any] = {"type": ["string", "null"]}
    name = field.type.lower()
    if _NUMBER.fullmatch(name):
        kind = {"type": ["integer", "null"]}
    elif name.startswith("float"):
        kind = {"type": ["number", "null"]}
    elif name.startswith("bool"):
        kind = {"type": ["boolean", "null"]}
    elif name.startswith("datetime"):
        kind = {"type": ["string", "null"], "format": "date-time" if "," in name else "local-date-time"}
    elif isinstance(field.example, (int, float)):
        kind = {"type": ["string", "number", "null"]}
    return kind if field.example is None else {**kind, "examples": [field.example]}


def _request(info: ModelInfo) -> dict[str, Any]:
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}, "minItems": 1, "maxItems": ROWS}
    ids = {"type": ["array", "null"], "items": {"type": ["string", "integer"]}}
    example = {"rows": [example_row(info.signature)]}
    return {
        "type": "object",
        "properties": {"rows": rows, "ids": ids},
        "required": ["rows"],
        "additionalProperties": False,
        "examples": [example],
    }


def _answer(info: ModelInfo, classes: list[str]) -> dict[str, Any]:
    outputs = [_column(field) for field in info.signature.outputs]
    share = {"type": "object", "properties": {name: {"type": "number"} for name in classes}}
    texts = {"type": "array", "items": {"type": "string"}}
    return {
        "type": "object",
        "properties": {
            "model": {"type": "string"},
            "predictions": {"type": "array", "items": outputs[0] if len(outputs) == 1 else {"type": "array"}},
            "probabilities": {"type": "array", "items": share} if classes else {"type": "null"},
            "ids": texts,
            "warnings": texts,
        },
        "required": ["model", "predictions", "probabilities", "ids", "warnings"],
    }


_ERROR = {
    "type": "object",
    "properties": {
        "error": {"type": "string"},
        "hint": {"type": "string"},
        "row": {"type": "integer"},
        "column": {"type": "string"},
        "value": {"type": "string"},
        "expected": {"type": "string"},
        "near": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["error", "hint"],
}
