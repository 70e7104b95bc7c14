"""A real endpoint over HTTP: what it answers, what it refuses and how it says so."""

from __future__ import annotations

import http.client
import socket
import time
from typing import Any

import pandas as pd
import pytest

from benchbook.models import load_model
from benchbook.project import Project
from benchbook.serving import EndpointProcess, list_predictions
from library.serving.asking import ROW, ask, flights, predict

Served = tuple[Project, EndpointProcess]


def test_predictions_are_the_models_own(served: Served) -> None:
    """An answer holds, row by row, what predict and predict_proba give in process, and names the version."""
    project, endpoint = served
    frame = flights(50, seed=9)
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    reply = predict(endpoint, *rows)
    model = load_model("delay:1", project=project)
    assert (reply.status, reply.body["model"]) == (200, "delay:1")
    assert reply.body["predictions"] == model.predict(frame).tolist()
    expected = model.predict_proba(frame)
    assert [[row["False"], row["True"]] for row in reply.body["probabilities"]] == pytest.approx(expected)
    assert len(set(reply.body["ids"])) == 50


def test_each_prediction_is_logged(served: Served) -> None:
    """What was answered is in the store at once: id, input as the model takes it, output, probability, version."""
    project, endpoint = served
    reply = predict(endpoint, {**ROW, "secret": "x"}, ids=["flight 1"])
    found = list_predictions("delay", project=project).set_index("id").loc["flight 1"]
    assert (found["inputs"], found["output"], found["version"]) == (ROW, reply.body["predictions"][0], 1)
    assert found["probability"] == pytest.approx(reply.body["probabilities"][0]["True"])
    assert found["latency_ms"] > 0
    assert found["run"] == endpoint.run


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hour": "7"}, {"row": 1, "column": "hour", "value": '"7"', "expected": "a number"}),
        ({"hour": True}, {"row": 1, "column": "hour", "value": "true"}),
        ({"hour": [7]}, {"row": 1, "column": "hour", "value": "[7]"}),
        ({"weekday": 2.5}, {"row": 1, "column": "weekday", "value": "2.5"}),
        ({"weekday": 2**63}, {"row": 1, "column": "weekday", "value": str(2**63)}),
        ({"carrier": 7}, {"row": 1, "column": "carrier", "value": "7", "expected": "text"}),
        ({"carrier": {"a": 1}}, {"row": 1, "column": "carrier", "value": '{"a":1}'}),
        ({"dark": 1}, {"row": 1, "column": "dark", "value": "1", "expected": "true or false"}),
    ],
)
def test_a_wrong_value_is_named(served: Served, change: dict[str, Any], said: dict[str, Any]) -> None:
    """422 with the row, the column, the value and what is expected."""
    reply = predict(served[1], ROW, {**ROW, **change})
    assert reply.status == 422
    assert reply.body.items() >= said.items()
    assert all(str(said[key]) in reply.body["error"] for key in ("row", "column", "value"))


def test_a_missing_column_is_named_with_near_ones(served: Served) -> None:
    """422 names the row that lacks the column, and the given name that looks like it."""
    reply = predict(served[1], ROW, {"carier": "UA", "hour": 1.0, "weekday": 3, "dark": False})
    assert (reply.status, reply.body["row"], reply.body["column"], reply.body["near"]) == (
        422,
        1,
        "carrier",
        ["carier"],
    )
    assert "'carier'" in reply.body["hint"]


def test_what_a_model_may_handle_is_a_warning(served: Served) -> None:
    """A category it never saw, a column too many and a missing value are predicted, and told."""
    reply = predict(served[1], {**ROW, "carrier": "ZZ", "weekdy": 1}, {**ROW, "weekday": None})
    assert reply.status == 200
    assert [text.split(":")[0] for text in reply.body["warnings"]] == [
        "Column 'weekdy' is not one the model takes",
        "Row 0, column 'carrier'",
        "Column 'weekday' is missing in 1 row; it never was in the model's example.",
    ]
    assert "'weekday' meant?" in reply.body["warnings"][0]
    assert '"ZZ"' in reply.body["warnings"][1]


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (b"", 400, "empty"),
        (b'{"rows": [{]}', 400, "byte 11"),
        (b'{"rows": [NaN]}', 400, "byte"),
        (b"\xff\xfe", 400, "no JSON"),
        (b'{"rows": [{"carrier": "\xff"}]}', 400, "UTF-8"),
        (b'{"rows": [{"carrier": ' + b"[" * 100_000, 400, "nested"),
        (b"[]", 422, "object"),
        (b"{}", 422, "rows"),
        (b'{"rows": []}', 422, "no rows"),
        (b'{"rows": [1]}', 422, "$.rows[0]"),
        (b'{"rows": [{}], "row": 1}', 422, "row"),
        (b'{"rows": [{}]}', 422, "'carrier'"),
    ],
)
def test_a_body_of_another_shape_is_explained(served: Served, body: bytes, status: int, text: str) -> None:
    """What is no JSON is refused with its position, other JSON with what is expected."""
    reply = ask(served[1], "POST", "/predict", body)
    assert reply.status == status, reply
    assert text in reply.body["error"]


@pytest.mark.parametrize("ids", [["a"], ["a", "a"], ["a", "b\n"], ["a", ""], ["a", "x" * 300], ["a", None], "ab"])
def test_ids_that_cannot_be_are_refused(served: Served, ids: Any) -> None:
    """Too few, doubled, with control characters, empty, long or no ids: 422, and nothing is predicted."""
    assert predict(served[1], ROW, ROW, ids=ids).status == 422


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_only_json_is_read(served: Served, kind: str | None) -> None:
    """What a web page's form could send is refused before it is looked at (CSRF)."""
    assert ask(served[1], "POST", "/predict", {"rows": [ROW]}, content_type=kind).status == 415
    assert ask(served[1], "POST", "/predict", {"rows": [ROW]}, content_encoding="gzip").status == 415


def test_every_route_but_health_needs_the_token(served: Served) -> None:
    """Each documented route, each page and any other path: 401 without the token or with another; methods alike."""
    endpoint = served[1]
    documented = ask(endpoint, "GET", "/openapi.json").body["paths"]
    paths = {*documented, "/docs", "/openapi.json", "/", "/metrics", "//health", "/health/", "/HEALTH"} - {"/health"}
    for path in paths:
        for method in ("GET", "POST", "PUT", "DELETE", "OPTIONS"):
            for said in (None, "Bearer x", "bearer", endpoint.token, f"Basic {endpoint.token}", "Bearer "):
                assert ask(endpoint, method, path, b"{}", authorization=said).status == 401, (method, path, said)
    assert ask(endpoint, "GET", "/health", authorization=None).body["status"] == "ok"


@pytest.mark.parametrize(
    "host", ["evil.com", "evil.com:80", "127.0.0.1.evil.com", "localhost.evil.com", "10.0.0.1", ""]
)
def test_a_foreign_host_is_refused(served: Served, host: str) -> None:
    """A page whose name was pointed at this machine gets nowhere, not even to /health (DNS rebinding)."""
    assert ask(served[1], "GET", "/health", host=host).status == 403
    assert ask(served[1], "POST", "/predict", {"rows": [ROW]}, host=host).status == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1:9", "[::1]:80", "127.1.2.3"])
def test_names_of_this_machine_are_let_in(served: Served, host: str) -> None:
    """Every spelling of loopback will do."""
    assert ask(served[1], "GET", "/model", host=host).body["model"] == "delay:1"


def test_a_body_over_the_limit_is_not_read(served: Served) -> None:
    """413 from the length alone, and while an unannounced body still comes; others are answered meanwhile."""
    address = served[1].url.removeprefix("http://").split(":")
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {served[1].token}\r\n"
    head += "Content-Type: application/json\r\n"
    with socket.create_connection((address[0], int(address[1])), 30) as told:
        told.sendall(f"{head}Content-Length: 100000000\r\n\r\n".encode())
        assert b" 413 " in told.recv(100)
    with socket.create_connection((address[0], int(address[1])), 30) as untold:
        untold.sendall(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode())
        part = b"100000\r\n" + b"[" * 0x100000 + b"\r\n"
        for _ in range(10):
            untold.sendall(part)
        assert predict(served[1], ROW).status == 200
        untold.sendall(part)
        assert b" 413 " in untold.recv(100)


def test_too_many_rows_or_columns_are_refused_quickly(served: Served) -> None:
    """10,001 rows are 413; a row of a hundred thousand columns is answered, with few warnings."""
    assert ask(served[1], "POST", "/predict", {"rows": [{}] * 10_001}).status == 413
    wide = predict(served[1], {**ROW, **{f"c{number}": 1 for number in range(100_000)}})
    assert wide.status == 200
    assert len(wide.body["warnings"]) == 21


def test_unknown_paths_and_methods_are_json_too(served: Served) -> None:
    """404 and 405 say what there is."""
    for method, path, status in (("GET", "/nothing", 404), ("GET", "/predict", 405), ("POST", "/model", 405)):
        reply = ask(served[1], method, path)
        assert (reply.status, set(reply.body)) == (status, {"error", "hint"})


def test_the_documents_come_from_the_signature(served: Served) -> None:
    """OpenAPI names each column with its type; the page for people shows them, with the token as its password."""
    endpoint = served[1]
    parts = ask(endpoint, "GET", "/openapi.json").body["components"]["schemas"]
    columns = {name: said["type"][0] for name, said in parts["Row"]["properties"].items()}
    assert columns == {"carrier": "string", "hour": "number", "weekday": "integer", "dark": "boolean"}
    import base64

    basic = base64.b64encode(f"me:{endpoint.token}".encode()).decode()
    page = ask(endpoint, "GET", "/docs", authorization=f"Basic {basic}")
    assert b"<code>carrier</code>" in page.body[""]
    assert b"src=" not in page.body[""]
    assert b"http" not in page.body[""].replace(b"http://127.0.0.1", b"")


def test_model_tells_what_serves(served: Served) -> None:
    """GET /model: ref, version, aliases, signature, since when."""
    body = ask(served[1], "GET", "/model").body
    assert (body["ref"], body["version"], body["aliases"]) == ("delay@champion", 1, ["champion"])
    assert [field["name"] for field in body["signature"]["inputs"]] == list(ROW)
    assert 0 < body["since"] <= time.time()


def test_requests_at_once_get_their_own_answers(served: Served) -> None:
    """Requests that are gathered into few calls: each gets its own rows' predictions, and a bad one fails alone."""
    from concurrent.futures import ThreadPoolExecutor

    project, endpoint = served
    frame = flights(60, seed=4).fillna(8.0)
    rows = [*frame.to_dict("records"), {**ROW, "hour": "bad"}]
    with ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda row: predict(endpoint, row), rows))
    expected = load_model("delay:1", project=project).predict(pd.DataFrame(frame)).tolist()
    assert [reply.body["predictions"][0] for reply in replies[:-1]] == expected
    assert replies[-1].status == 422


def test_a_connection_is_kept(served: Served) -> None:
    """Several requests, good and bad, go over one connection."""
    connection = http.client.HTTPConnection(served[1].url.removeprefix("http://"), timeout=30)
    for path, status in (("/health", 200), ("/nothing", 401), ("/health", 200)):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        assert answer.status == status
    connection.close()
