"""The server extension: every route on one screen, and what lives as long as the server."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from jupyter_server.extension.application import ExtensionApp

from benchbook_lab.judging import Judges
from benchbook_lab.lanes import Lanes
from benchbook_lab.launcher import Launcher
from benchbook_lab.live import CHANGED_EVENT, SCHEMA, Watcher
from benchbook_lab.loop import Loop
from benchbook_lab.place import Place
from benchbook_lab.routes import (
    approvals,
    audit,
    cards,
    datasets,
    endpoints,
    gates,
    models,
    monitors,
    pipelines,
    project,
    promotions,
    runs,
    sql,
)
from benchbook_lab.services import Services

if TYPE_CHECKING:
    from benchbook_lab.handler import BenchbookHandler
    from benchbook_lab.records import Changed

WORD = "([^/]+)"
ROUTES: list[tuple[str, type[BenchbookHandler]]] = [
    ("project", project.ProjectRoute),
    ("revision", project.RevisionRoute),
    ("runs", runs.RunsRoute),
    (f"runs/{WORD}", runs.RunRoute),
    (f"runs/{WORD}/curves", runs.CurvesRoute),
    (f"runs/{WORD}/log", runs.LogRoute),
    (f"runs/{WORD}/notebook", runs.NotebookRoute),
    (f"runs/{WORD}/artifacts/(.+)", runs.ArtifactRoute),
    ("datasets", datasets.DatasetsRoute),
    (f"datasets/{WORD}/{WORD}", datasets.DatasetRoute),
    (f"datasets/{WORD}/{WORD}/rows", datasets.RowsRoute),
    ("models", models.ModelsRoute),
    (f"models/{WORD}/aliases", models.AliasesRoute),
    (f"models/{WORD}/promotions", promotions.PromotionsRoute),
    (f"models/{WORD}/rollbacks", promotions.RollbacksRoute),
    (f"models/{WORD}/{WORD}", models.ModelRoute),
    (f"models/{WORD}/{WORD}/verdicts", gates.VersionVerdictsRoute),
    (f"models/{WORD}/{WORD}/card", cards.CardRoute),
    (f"models/{WORD}/{WORD}/card/{WORD}", cards.CardFileRoute),
    ("gates", gates.GatesRoute),
    (f"gates/{WORD}/verdicts", gates.EvaluateRoute),
    (f"judgings/{WORD}", gates.JudgingRoute),
    ("verdicts", gates.VerdictsRoute),
    (f"verdicts/{WORD}", gates.VerdictRoute),
    ("approvals", approvals.ApprovalsRoute),
    (f"approvals/{WORD}/approve", approvals.ApproveRoute),
    (f"approvals/{WORD}/reject", approvals.RejectRoute),
    ("audit", audit.AuditRoute),
    ("audit/verification", audit.VerificationRoute),
    ("endpoints", endpoints.EndpointsRoute),
    (f"endpoints/{WORD}", endpoints.EndpointRoute),
    (f"endpoints/{WORD}/access", endpoints.AccessRoute),
    ("monitors", monitors.MonitorsRoute),
    (f"monitors/{WORD}", monitors.MonitorRoute),
    (f"monitors/{WORD}/column", monitors.ColumnRoute),
    (f"monitors/{WORD}/rows", monitors.RowsRoute),
    (f"monitors/{WORD}/looks", monitors.LooksRoute),
    (f"monitors/{WORD}/closings", monitors.ClosingsRoute),
    (f"monitors/{WORD}/retrainings", monitors.RetrainingsRoute),
    (f"monitors/{WORD}/loop", monitors.LoopRoute),
    ("sql", sql.SqlRoute),
    ("pipelines", pipelines.PipelinesRoute),
    (f"pipelines/{WORD}/runs", pipelines.PipelineRunsRoute),
]
PATIENCE = 2.0
"""Seconds that the end of the server waits for calls under way."""


class BenchbookLab(ExtensionApp):
    """Adds the routes and the change events to a Jupyter Server."""

    name = "benchbook"
    load_other_extensions = True

    def initialize_settings(self) -> None:
        """Make the services; but for monitors that are switched on, nothing is looked at before a browser asks."""
        server = self.serverapp
        assert server is not None
        assert server.event_logger is not None
        server.event_logger.register_event_schema(SCHEMA)
        send = partial(server.event_logger.emit, schema_id=CHANGED_EVENT)

        def emit(change: Changed) -> None:
            server.io_loop.add_callback(send, data=msgspec.to_builtins(change))

        place = Place(Path(server.root_dir))
        self.services = Services(place, Lanes(), Watcher(place, emit), Launcher(), Judges(), Loop(place))
        self.services.loop.start()
        self.settings["benchbook_services"] = self.services

    def initialize_handlers(self) -> None:
        """Add the route table."""
        self.handlers.extend((f"/benchbook/{path}", route) for path, route in ROUTES)

    async def stop_extension(self) -> None:
        """Let go of everything within `PATIENCE` seconds; pipelines that were started go on."""
        self.services.watcher.stop()
        self.services.loop.stop()
        self.services.place.leave()
        await self.services.lanes.drain(PATIENCE)
