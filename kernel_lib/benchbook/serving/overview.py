"""Endpoints as they stand: which serve and what, since when, how much and how fast, and those that ended last.

What only a living endpoint knows is asked of it at `/health`, which needs no token; the rest is in its run.
"""

from __future__ import annotations

import http.client
import socket
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from benchbook.errors import InvalidInput, NotFound
from benchbook.models import get_model
from benchbook.project import Project, current_project
from benchbook.refs import parse_ref
from benchbook.serving.endpoints import list_endpoints
from benchbook.serving.openapi import curl
from benchbook.serving.records import EndpointProcess, Health, ModelInfo
from benchbook.store.queries import predictions as queries
from benchbook.tracking import list_runs
from benchbook.tracking.records import RunRow

if TYPE_CHECKING:
    from benchbook.store import Ask

_PATIENCE = 1.0
"""Seconds that an endpoint has to say how it is."""


class Latency(msgspec.Struct, frozen=True):
    """Percentiles of the time from request to logged answer, in milliseconds."""

    p50: float
    p95: float
    p99: float


class EndpointState(msgspec.Struct, frozen=True):
    """An endpoint, living or ended. "silent": its process is there and does not answer.

    ``version`` is what it serves, or served last, ``since`` then; ``problem`` tells why a newer one does not serve, or
    what ended it. ``url`` is empty where it has ended, or serves for another user or from another machine.
    """

    run: str
    ref: str
    model: str
    state: Literal["serving", "silent", "elsewhere", "ended", "failed"]
    url: str
    host: str
    pid: int
    started: float
    ended: float | None
    version: int | None
    since: float
    problem: str
    predictions: int
    latency: Latency | None


class EndpointAccess(msgspec.Struct, frozen=True):
    """What a caller needs: address, token, and a line for a shell that asks for one prediction."""

    url: str
    token: str
    curl: str


def endpoint_states(*, limit: int = 50, project: Project | None = None) -> list[EndpointState]:
    """Every endpoint that serves, and those that ended last, at most ``limit``; the newest first."""
    project = project or current_project()
    living = {one.run: one for one in list_endpoints(project=project)}
    rows = list_runs(kind="endpoint", limit=limit, project=project).runs
    runs = [row.id for row in rows]

    def work(ask: Ask) -> tuple[dict[str, Any], dict[str, Any]]:
        counts = {run: rest for run, *rest in ask(queries.of_runs(runs))}
        return counts, {run: rest for run, *rest in ask(queries.serving_of(runs))}

    counts, serving = project.store.read_with(work)
    return [
        _state(row, living.get(row.id), counts.get(row.id), serving.get(row.id, [None, row.started])) for row in rows
    ]


def endpoint_access(run: str, *, project: Project | None = None) -> EndpointAccess:
    """How to ask an endpoint of this user; it holds the token, so hand it to nobody else.

    Raises:
        NotFound: no such endpoint serves here, or it is another user's.
        InvalidInput: what it serves takes rows of unknown shape.
    """
    project = project or current_project()
    ours = {one.run: one for one in list_endpoints(project=project) if one.token}
    if run not in ours:
        raise NotFound("endpoint", run, known=ours)
    found = ours[run]
    health = _asked(found)
    version = get_model(found.ref if health is None else health.model, project=project)
    if version.signature is None:
        raise InvalidInput(f"{version.ref} has no signature, so what a row looks like is not known.")
    about = (found.ref, version.ref, version.version, version.estimator, version.aliases)
    info = ModelInfo(*about, found.started, version.signature)
    return EndpointAccess(found.url, found.token, curl(found.url, info, found.token))


def _state(row: RunRow, process: EndpointProcess | None, counted: list[Any] | None, served: list[Any]) -> EndpointState:
    health = None if process is None else _asked(process)
    version, since = served
    if health is not None:
        version, since = parse_ref("model", health.model).version, health.since
    return EndpointState(
        run=row.id,
        ref=row.name.removeprefix("serve "),
        model=row.experiment,
        state=_word(row, process, health),
        url="" if process is None else process.url,
        host="" if process is None else process.host,
        pid=0 if process is None else process.pid,
        started=row.started,
        ended=row.ended,
        version=version,
        since=since,
        problem=(row.error or "") if health is None else health.problem,
        predictions=0 if counted is None else counted[0],
        latency=None if counted is None or counted[1] is None else Latency(*counted[1:]),
    )


def _word(
    row: RunRow, process: EndpointProcess | None, health: Health | None
) -> Literal["serving", "silent", "elsewhere", "ended", "failed"]:
    if process is None:
        return "ended" if row.status == "finished" else "failed"
    if health is not None:
        return "serving"
    return "silent" if process.url and process.host == socket.gethostname() else "elsewhere"


def _asked(process: EndpointProcess) -> Health | None:
    """What an endpoint of this machine says of itself; None where it does not answer in time."""
    if not process.url or process.host != socket.gethostname():
        return None
    connection = http.client.HTTPConnection(process.url.removeprefix("http://"), timeout=_PATIENCE)
    try:
        connection.request("GET", "/health")
        return msgspec.json.decode(connection.getresponse().read(65_536), type=Health)
    except (OSError, http.client.HTTPException, msgspec.MsgspecError):
        return None
    finally:
        connection.close()
