"""The HTTP face of an endpoint: four routes and the page that explains them.

The body is bounded while it comes and checked against the model's own signature, so FastAPI's parsing of bodies is not
used; OpenAPI is written from the signature of whatever version serves when it is asked.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from benchbook.errors import BenchbookError
from benchbook.serving.batching import Batcher, Busy
from benchbook.serving.endpoint import Endpoint
from benchbook.serving.guard import error_body
from benchbook.serving.openapi import docs_page, openapi
from benchbook.serving.records import Answer
from benchbook.serving.requests import Refused, read_body, read_job

if TYPE_CHECKING:
    from fastapi import FastAPI, Request, Response

_SMALL = 1 << 16
"""Bodies up to this many bytes are read on the event loop; longer ones beside it, so that others are answered."""
_PAGE = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
    "x-content-type-options": "nosniff",
}


class Routes:
    """What each route does. All errors leave as `BenchbookError` and become JSON in one place."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.batcher = Batcher(endpoint.log)

    async def predict(self, request: Request) -> Response:
        """POST /predict."""
        began = time.perf_counter()
        body = await read_body(request)
        served = self._endpoint.served
        if len(body) <= _SMALL:
            job, warnings = read_job(body, served, began)
        else:
            job, warnings = await asyncio.to_thread(read_job, body, served, began)
        found = await self.batcher.predict(job)
        named = None
        if found.probabilities is not None:
            named = [dict(zip(served.classes, row, strict=True)) for row in found.probabilities]
        return _json(Answer(served.version.ref, found.outputs, named, job.ids, warnings))

    async def model(self, _request: Request) -> Response:
        """GET /model."""
        return _json(self._endpoint.info())

    async def health(self, _request: Request) -> Response:
        """GET /health."""
        return _json(self._endpoint.health())

    async def openapi(self, request: Request) -> Response:
        """GET /openapi.json."""
        return _json(openapi(self._endpoint.info(), self._endpoint.served.classes, str(request.base_url)))

    async def docs(self, request: Request) -> Response:
        """GET /docs."""
        from fastapi.responses import HTMLResponse

        return HTMLResponse(docs_page(self._endpoint.info(), str(request.base_url)), headers=_PAGE)


def make_app(endpoint: Endpoint) -> FastAPI:
    """Return the application; starting it starts to follow, and shutting it down waits for the call under way."""
    from fastapi import FastAPI

    routes = Routes(endpoint)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        endpoint.follow()
        yield
        routes.batcher.close()

    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.add_route("/predict", routes.predict, methods=["POST"])
    app.add_route("/model", routes.model, methods=["GET"])
    app.add_route("/health", routes.health, methods=["GET"])
    app.add_route("/openapi.json", routes.openapi, methods=["GET"])
    app.add_route("/docs", routes.docs, methods=["GET"])
    app.add_exception_handler(BenchbookError, _refused)
    app.add_exception_handler(404, _unknown)
    app.add_exception_handler(405, _unknown)
    app.add_exception_handler(Exception, _broken)
    return app


async def _refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, BenchbookError)
    return _error(error)


async def _unknown(request: Request, error: Exception) -> Response:
    status = int(getattr(error, "status_code", 404))
    what = f"There is no {request.method} {request.url.path[:200]} here."
    return _error(Refused(status, what, hint="POST /predict, GET /model, /health, /openapi.json or /docs."))


async def _broken(_request: Request, error: Exception) -> Response:
    """A defect of ours or of a library: its trace goes to standard error, its name to who asked."""
    return _error(BenchbookError(f"The endpoint failed: {type(error).__name__}.", hint="Its log tells more."))


def _error(error: BenchbookError) -> Response:
    from fastapi import Response

    status, body = error_body(error)
    headers = {"retry-after": "1"} if isinstance(error, Busy) else {}
    if status in (408, 413):  # the rest of the body is not read, so the connection is of no more use
        headers["connection"] = "close"
    return Response(body, status, headers, "application/json")


def _json(value: Any) -> Response:
    from fastapi import Response

    return Response(msgspec.json.encode(value), media_type="application/json")
