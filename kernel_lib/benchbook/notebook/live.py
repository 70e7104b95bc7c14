"""`bb.live()`: the current run inside the cell, moving while it runs.

A thread refreshes one HTML widget about twice a second from the run's own stream file, until the run ends; the output
is wrapped so that an executed notebook without a kernel still shows the last state. Running the cell again ends the
earlier view's thread, so views never pile up.
"""

from __future__ import annotations

import threading
from html import escape
from typing import TYPE_CHECKING, Any

from benchbook.errors import BenchbookError, Conflict
from benchbook.tracking import get_run
from benchbook.tracking.html import run_html
from benchbook.tracking.lifecycle import last_run

if TYPE_CHECKING:
    import ipywidgets

    from benchbook.project import Project

_INTERVAL = 0.5
_views: dict[str, LiveView] = {}


class LiveView:
    """One live view: ``widget`` shows the run; `stop` ends its refreshing. Displaying it shows the widget."""

    def __init__(self, run: str, project: Project) -> None:
        import ipywidgets

        self.run = run
        self.project = project
        self._stop = threading.Event()
        self._html = ipywidgets.HTML(self._render())
        self.widget: ipywidgets.Widget = self._html
        self._thread = threading.Thread(target=self._refresh, name=f"benchbook-live-{run}", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether the view is still refreshing."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """End the refreshing; what is shown stays."""
        self._stop.set()

    def _render(self) -> str:
        state = get_run(self.run, project=self.project)
        self.ended = state.status != "running"
        return run_html(state)

    def _refresh(self) -> None:
        while not self._stop.wait(_INTERVAL):
            try:
                shown = self._render()
            except BenchbookError as error:  # a busy store: say so in the view, and try again
                shown = f"<em>{escape(error.what)}</em>"
            if shown != self._html.value:
                self._html.value = shown
            if self.ended:
                return

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """The widget, and the present state as plain HTML for readers without a kernel."""
        bundle: dict[str, Any] = self._html._repr_mimebundle_(**options) or {}
        return {**bundle, "text/html": self._html.value}


def live(run: str | None = None, *, project: Project | None = None) -> LiveView:
    """Show a run in the cell: params, moving metrics, elapsed time, status; by default the current one or the last.

    Raises:
        Conflict: if no run is given and none was started.
        NotFound: if there is no such run.
    """
    if run is None:
        current = last_run()
        if current is None:
            raise Conflict("There is no run to show.", hint="Start one: run = bb.start_run('train').")
        run, project = current.id, project or current.project
    from benchbook.project import current_project

    earlier = _views.pop(run, None)
    if earlier is not None:
        earlier.stop()
    view = LiveView(run, project or current_project())
    _views[run] = view
    return view
