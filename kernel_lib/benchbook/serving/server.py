"""One endpoint as this process: bind, load, announce, serve until told to end.

Meant for a process of its own: it takes over SIGINT and SIGTERM, and sets what its one thread of prediction needs.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from benchbook.errors import Conflict, InvalidInput
from benchbook.project import Project, current_project
from benchbook.refs import parse_ref
from benchbook.serving.guard import Guard, is_local
from benchbook.serving.records import EndpointProcess, ModelInfo

if TYPE_CHECKING:
    import uvicorn

    from benchbook.serving.endpoint import Tell

Announce = Callable[[EndpointProcess, ModelInfo], None]
_GRACE = 10
"""Seconds that requests under way have to finish when the endpoint ends."""
_TOKEN = 8


def serve(
    ref: str,
    *,
    announce: Announce,
    tell: Tell,
    host: str = "127.0.0.1",
    port: int = 0,
    token: str | None = None,
    project: Project | None = None,
) -> None:
    """Serve ``ref`` until SIGINT or SIGTERM, and return when requests under way are answered.

    ``port`` 0 takes a free one. Without ``token`` a random one is made. ``announce`` is called once, when the first
    request can be answered; ``tell`` with each thing people should hear of.

    Raises:
        InvalidInput: the ref, host, port or token cannot be one, or the model cannot be served.
        NotFound, NotAllowed, StoreDamaged: the model cannot be loaded.
        Conflict: the port is taken.
    """
    from benchbook.serving.endpoint import Endpoint
    from benchbook.serving.endpoints import forget_endpoint, remember_endpoint

    parse_ref("model", ref)
    token = _checked(token) if token is not None else secrets.token_urlsafe(24)
    project = project or current_project()
    with _bound(host, port) as bound:
        _one_thread()
        url = _url(host, bound.getsockname()[1])
        endpoint = Endpoint(ref, project, tell, params={"url": url})
        with endpoint.run as run:
            process = EndpointProcess(run.id, ref, url, token, os.getpid(), socket.gethostname(), endpoint.since)
            server = _server(endpoint, token, loopback=is_local(host))
            for name in (signal.SIGINT, signal.SIGTERM):  # from now on a signal ends it in order, whoever hears it
                signal.signal(name, lambda *_: setattr(server, "should_exit", True))
            if not is_local(host):
                tell(f"{host} is not this machine only: whoever has the token can ask, and nothing is encrypted.")
            try:
                remember_endpoint(project, process)
                bound.listen(2048)
                announce(process, endpoint.info())
                server.run(sockets=[bound])
            finally:
                endpoint.close()
                forget_endpoint(project, run.id)


def _server(endpoint: object, token: str, *, loopback: bool) -> uvicorn.Server:
    import uvicorn

    from benchbook.serving.app import make_app
    from benchbook.serving.endpoint import Endpoint

    assert isinstance(endpoint, Endpoint)
    config = uvicorn.Config(
        Guard(make_app(endpoint), token, loopback=loopback),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE,
    )
    return uvicorn.Server(config)


def _one_thread() -> None:
    """One row on many threads costs more than on one, and waiting threads would burn the event loop's core.

    While the model computes, the event loop gets its turn after half a millisecond instead of Python's five.
    """
    sys.setswitchinterval(0.0005)
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _checked(token: str) -> str:
    if len(token) < _TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        hint = "Leave --token out to have one made."
        raise InvalidInput(f"The token must be {_TOKEN} or more visible ASCII characters.", hint=hint)
    return token


@contextlib.contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    if not 0 <= port <= 65_535:  # the system would take it modulo 65,536
        raise InvalidInput(f"{host} port {port} cannot be: ports are 0 to 65,535.")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"{host!r} port {port} is no address to listen on: {error}.") from error
    with socket.socket(family, kind) as bound:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            bound.bind(address)
        except OSError as error:
            hint = "Leave --port out to take a free one."
            raise Conflict(f"{host} port {port} cannot be listened on: {error.strerror}.", hint=hint) from error
        yield bound


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
