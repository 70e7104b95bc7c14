"""Whatever JSON, or no JSON at all, is thrown at an endpoint: it answers in JSON, and never with 500."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from benchbook.project import Project
from benchbook.serving import EndpointProcess
from library.serving.asking import ROW, Reply, ask

Served = tuple[Project, EndpointProcess]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ANY = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner))
ODD = st.sampled_from(
    [1e308, -1e308, 2**63, 2**64, -(2**63) - 1, 10**400, 0.1, "", "\x00", "\ud800", "١", "NaN", "null"]
)
ROWS = st.lists(st.fixed_dictionaries({name: st.just(value) | ODD | ANY for name, value in ROW.items()}), max_size=4)
many = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def check(reply: Reply) -> None:
    """An answer, or an error that says what and why."""
    assert reply.status in (200, 400, 413, 422), reply
    wanted = {"predictions", "ids", "warnings"} if reply.status == 200 else {"error", "hint"}
    assert wanted <= set(reply.body)


@given(body=ANY | st.fixed_dictionaries({"rows": ANY | ROWS}, optional={"ids": ANY}))
@example(body={"rows": [{**ROW, "carrier": "\ud800"}]})
@example(body={"rows": [{**ROW, "hour": 10**400}]})
@example(body={"rows": [{**ROW, "__proto__": {}, "": 1}]})
@many
def test_any_json(served: Served, body: Any) -> None:
    """Values of every kind at every place, NaN, huge numbers and lone surrogates among them."""
    check(ask(served[1], "POST", "/predict", json.dumps(body).encode()))


@given(rows=ROWS)
@many
def test_rows_that_nearly_fit(served: Served, rows: Any) -> None:
    """Rows with the right columns and any values."""
    check(
        ask(
            served[1],
            "POST",
            "/predict",
            json.dumps({"rows": rows}, ensure_ascii=False).encode("utf-8", "surrogatepass"),
        )
    )


@given(body=st.binary(max_size=200))
@many
def test_any_bytes(served: Served, body: bytes) -> None:
    """Bytes that are no JSON."""
    check(ask(served[1], "POST", "/predict", body))
