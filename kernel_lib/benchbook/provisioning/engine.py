"""The papermill engine `benchbook`: papermill's parameters and metadata, with our kernels, evidence and limits.

Against papermill's own engine it writes nothing between cells, notices a dead kernel within a fraction of a second,
caps outputs, and takes any error output, `sys.exit` or death for a failure. The whole notebook runs in one event loop,
so that an interrupt always passes through the code that ends the kernel.
"""

from __future__ import annotations

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import psutil
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode, from_dict
from papermill import execute_notebook
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError

from benchbook.provisioning.executors import CellFailure, NotebookJob, OnCell
from benchbook.provisioning.kernels import kernel_manager
from benchbook.provisioning.outputs import OutputBudget, tidy_outputs

ENGINE = "benchbook"
_ALIVE_EVERY = 0.1
_START_TIMEOUT = 60
_KILL_WAIT = 3.0
_INJECTED = "injected-parameters"
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_T = TypeVar("_T")


class _Session:
    """One job under way: what the engine is told, and what it tells."""

    def __init__(self, job: NotebookJob, on_cell: OnCell, folder: Path) -> None:
        self.job = job
        self.on_cell = on_cell
        self.folder = folder
        self.failure: CellFailure | None = None
        self.peak_memory = 0
        self.nb: NotebookNode | None = None


def run_by_papermill(job: NotebookJob, on_cell: OnCell, folder: Path) -> tuple[dict[str, Any], CellFailure | None, int]:
    """Run ``job`` with files of the kernel in ``folder``: the executed notebook, why it failed, its peak memory."""
    session = _Session(job, on_cell, folder)
    source = _node(job.content)
    try:
        execute_notebook(
            source,
            None,
            parameters=dict(job.params),
            engine_name=ENGINE,
            kernel_name=job.kernel.name,
            language=job.kernel.language,
            progress_bar=False,
            session=session,
        )
    except PapermillExecutionError as error:
        session.failure = session.failure or CellFailure("error", error.ename, error.evalue, str(error))
    done = session.nb if session.nb is not None else source
    # Papermill noted the whole source where a path belongs; and no path of this machine belongs into the copy.
    done.metadata.setdefault("papermill", _node({})).update(input_path=job.label, output_path=None)
    return dict(done), session.failure, session.peak_memory


class BenchbookEngine(NBClientEngine):  # type: ignore[misc]  # papermill has no types
    """Executes a notebook for `run_by_papermill`."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, *_kernel: str, session: _Session, **_options: Any) -> NotebookNode:
        """Run ``nb`` as ``session`` says."""
        session.nb = nb
        manager = _Manager(nb, progress_bar=False, autosave_cell_every=0)
        manager.notebook_start()
        try:
            _Client(manager, session).execute()
        finally:
            manager.notebook_complete()
        return nb


class _Manager(NotebookExecutionManager):  # type: ignore[misc]  # papermill has no types
    """Papermill's bookkeeping without its files: the copy is written once, by whoever asked for it."""

    def save(self, **_options: Any) -> None:
        """Nothing: papermill would write the whole notebook twice for each cell."""


class _Client(PapermillNotebookClient):  # type: ignore[misc]  # papermill has no types
    """Talks to one kernel from its start to its end."""

    def __init__(self, manager: _Manager, session: _Session) -> None:
        super().__init__(
            manager,
            raise_on_iopub_timeout=False,  # outputs may be lost in a flood; the cell's reply decides
            force_raise_errors=True,
            startup_timeout=_START_TIMEOUT,
            kernel_name=session.job.kernel.name,
        )
        self.session = session
        self.budget = OutputBudget()
        self.process: psutil.Process | None = None
        self.children: list[psutil.Process] = []
        self.exit_code: int | None = None

    def execute(self, **_options: Any) -> None:
        """Run all cells up to the first failure, which the session is told; leaves no process behind."""
        self.reset_execution_trackers()
        try:
            run_blocking(self._run)
        except KeyboardInterrupt:
            self.session.failure = self.session.failure or _interrupted(None)
        finally:
            self._kill_what_is_left()

    async def _run(self) -> None:
        self.shutdown_kernel = "immediate"  # until all went well
        try:
            if await self._start():
                await self._run_cells()
                self.shutdown_kernel = "graceful"
                self.set_widgets_metadata()
        finally:
            if self.km is not None:
                self._remember_children()
                await self._async_cleanup_kernel()

    async def _start(self) -> bool:
        job = self.session.job
        self.km = kernel_manager(job.kernel, self.session.folder)
        with (self.session.folder / "kernel.log").open("wb") as log:
            try:
                environment = {**os.environ, **job.env}
                await self.async_start_new_kernel(cwd=str(job.folder), env=environment, stdout=log, stderr=log)
                self.process = psutil.Process(self._provisioner.pid)
                await self.async_start_new_kernel_client()
            except (RuntimeError, OSError, psutil.NoSuchProcess) as error:
                said = f"The kernel {job.kernel.display_name!r} did not start: {error}"
                self.session.failure = CellFailure("start", type(error).__name__, said, self._last_words())
                return False
        return True

    async def _run_cells(self) -> None:
        injected = any(_INJECTED in cell.metadata.get("tags", []) for cell in self.nb.cells)
        had_one = any(_INJECTED in cell["metadata"].get("tags", []) for cell in self.session.job.content["cells"])
        total = sum(cell.cell_type == "code" for cell in self.nb.cells) - (injected and not had_one)
        number = 0
        for index, cell in enumerate(self.nb.cells):
            is_ours = injected and not had_one and _INJECTED in cell.metadata.get("tags", [])
            number += cell.cell_type == "code" and not is_ours
            self.session.failure = await self._run_cell(cell, index, None if is_ours else number)
            if self.session.failure is not None:
                return
            if cell.cell_type == "code" and not is_ours:
                self.session.on_cell(number, total)
        if not await self.km.is_alive():
            self.session.failure = self._death(None)

    async def _run_cell(self, cell: NotebookNode, index: int, number: int | None) -> CellFailure | None:
        self.budget = OutputBudget()
        self.nb_man.cell_start(cell, index)
        failure: CellFailure | None = None
        try:
            await self.async_execute_cell(cell, index)
        except CellExecutionError as error:
            kind = "exit" if error.ename == "SystemExit" else "error"
            failure = CellFailure(kind, error.ename, error.evalue, cell=number)  # type: ignore[arg-type]
        except DeadKernelError as error:
            # nbclient takes the cancelling of its tasks by an interrupt for the kernel's death.
            task = asyncio.current_task()
            if task is not None and task.cancelling():
                self.session.failure = failure = _interrupted(number)
                raise asyncio.CancelledError from error
            failure = self._death(number)
        finally:
            failure = self._end_cell(cell, index, number, failure)
        return failure

    def _end_cell(
        self, cell: NotebookNode, index: int, number: int | None, failure: CellFailure | None
    ) -> CellFailure | None:
        """Tidy the outputs and look into them for a failure that nothing else told."""
        if cell.cell_type == "code":
            note = self.budget.note()
            noted = {"output_type": "stream", "name": "stderr", "text": note}
            outputs = cell.outputs + ([_node(noted)] if note else [])
            cell.outputs = tidy_outputs(outputs)
            shown = next((output for output in cell.outputs if output.output_type == "error"), None)
            if shown is not None:
                failure = failure or CellFailure("error", shown.ename, shown.evalue, cell=number)
                failure = replace(failure, traceback=_ANSI.sub("", "\n".join(shown.traceback)))
            elif failure is not None:
                told = {"ename": failure.ename, "evalue": failure.evalue, "traceback": failure.traceback.split("\n")}
                cell.outputs.append(_node({"output_type": "error", **told}))
        if failure is not None:
            self.nb_man.cell_exception(cell, cell_index=index)
        self.nb_man.cell_complete(cell, cell_index=index)
        return failure

    # ------------------------------------------------------------------------------------------ what a cell puts out

    def output(self, outs: list[Any], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        """Take one output, unless the cell's budget is used up."""
        if self.clear_before_next_output:
            self.budget.clear()
        return super().output(outs, msg, display_id, cell_index) if self.budget.admit(msg["content"]) else None

    def clear_output(self, outs: list[Any], msg: dict[str, Any], cell_index: int) -> None:
        """What was cleared no longer counts."""
        if not msg["content"].get("wait"):
            self.budget.clear()
        super().clear_output(outs, msg, cell_index)

    async def _async_poll_for_reply(self, *args: Any, **options: Any) -> dict[str, Any]:
        reply: dict[str, Any] = await super()._async_poll_for_reply(*args, **options)
        content = reply["content"]
        # `exit()` and `quit()` raise nothing: they ask the front end, which a script does not have.
        if content["status"] == "ok" and any(part.get("source") == "ask_exit" for part in content.get("payload", [])):
            content.update(status="error", ename="SystemExit", evalue="exit()", traceback=[])
        return reply

    # ------------------------------------------------------------------------------------------ the kernel's process

    @property
    def _provisioner(self) -> Any:
        return self.km.provisioner

    async def _async_poll_kernel_alive(self) -> None:
        """Look often, and remember the memory, so that a death can be told with its reason."""
        while await self.km.is_alive():
            self._measure()
            await asyncio.sleep(_ALIVE_EVERY)
        self.exit_code = self._provisioner.process.returncode if self._provisioner.process else None
        if self.task_poll_for_reply is not None:
            self.task_poll_for_reply.cancel()

    def _measure(self) -> None:
        try:
            if self.process is not None:
                self.session.peak_memory = max(self.session.peak_memory, self.process.memory_info().rss)
        except psutil.Error:
            return  # it has just ended; `is_alive` will tell

    def _death(self, number: int | None) -> CellFailure:
        code = self.exit_code
        if code is not None and code < 0:
            name = signal.Signals(-code).name if -code in set(signal.Signals) else f"signal {-code}"
            how = f"was killed by {name}"
            if -code == signal.SIGKILL:
                peak = self.session.peak_memory / 1e6
                how += f" (often the system's, for want of memory); it had used up to {peak:,.0f} MB"
        else:
            how = "ended by itself" + (f" with exit code {code}" if code is not None else "")
        return CellFailure("died", "KernelDied", f"The kernel {how}.", self._last_words(), number)

    def _last_words(self) -> str:
        log = self.session.folder / "kernel.log"
        return log.read_bytes()[-4_000:].decode(errors="replace") if log.is_file() else ""

    def _remember_children(self) -> None:
        try:
            if self.process is not None:
                self.children = self.process.children(recursive=True)
        except psutil.Error:
            return  # the kernel is dead; its group is ended below

    def _kill_what_is_left(self) -> None:
        """End whatever the notebook started and left running: the kernel's group, and children that left it."""
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):
            self.process.kill()
        if hasattr(os, "killpg"):
            with suppress(ProcessLookupError, PermissionError):  # nobody is left in the group
                os.killpg(self.process.pid, signal.SIGKILL)
        for child in self.children:
            with suppress(psutil.NoSuchProcess):
                child.kill()
        until = time.monotonic() + _KILL_WAIT
        while any(map(_is_alive, self.children)) and time.monotonic() < until:
            time.sleep(0.01)


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _interrupted(number: int | None) -> CellFailure:
    return CellFailure("interrupted", "Interrupted", "The run was interrupted.", cell=number)


def _node(value: Any) -> Any:
    """``value`` as nbformat wants it, with attributes."""
    return from_dict(dict(value))  # type: ignore[no-untyped-call]


def run_blocking(work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run ``work`` in an event loop of its own, also from a notebook's cell, where one is running already.

    Raises:
        KeyboardInterrupt: after an interrupt has cancelled ``work`` and it has ended.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work())
    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = []

    async def tracked() -> _T:
        task = asyncio.current_task()
        assert task is not None
        begun.append((asyncio.get_running_loop(), task))
        return await work()

    with ThreadPoolExecutor(1, "benchbook-notebook") as pool:
        answer = pool.submit(lambda: asyncio.run(tracked()))
        try:
            return answer.result()
        except KeyboardInterrupt:
            for loop, task in begun:
                loop.call_soon_threadsafe(task.cancel)
            raise  # once the pool has waited for the end of the work


papermill_engines.register(ENGINE, BenchbookEngine)
