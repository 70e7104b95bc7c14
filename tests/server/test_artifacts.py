"""Files of a run: only what was recorded, and nothing that could act in the browser."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from tornado.simple_httpclient import HTTPStreamClosedError

from benchbook.objects import objects_of
from benchbook.project import Project
from benchbook.tracking import get_run, start_run
from server.conftest import Ask

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
FILES = {
    "roc.png": b"\x89PNG\r\n\x1a\n",
    "plot.svg": SVG,
    "page.html": b"<script>alert(1)</script>",
    "notes.md": b"# [x](javascript:alert(1))",
    "table.csv": b"a,b\n1,=cmd|x\n",
    "model.bin": b"\x00" * 3_000_000,
    "deep/er/empty": b"",
    'na"me\u202egnp.exe': b"MZ",
}
OUTSIDE = [
    "../ledger.jsonl",
    "deep",
    "deep/er/../er/empty",
    "/etc/passwd",
    "roc.png/",
    "./roc.png",
    "ROC.PNG",
    "%2e%2e/x",
]


@pytest.fixture
def run_id(project: Project) -> str:
    """A run that logged each of the files."""
    with start_run("files", project=project) as run:
        for name, content in FILES.items():
            run.log_bytes(content, name)
    return run.id


def address(run: str, path: str, query: str = "") -> str:
    """The path as the browser's client sends it."""
    return f"runs/{run}/artifacts/{'/'.join(quote(part, safe='') for part in path.split('/'))}{query}"


@pytest.mark.parametrize("inline", ["", "?inline=1"])
async def test_every_file_comes_whole_and_confined(ask: Ask, run_id: str, inline: str) -> None:
    """Whatever a file is, its bytes arrive exactly, sandboxed, not to be sniffed, never as HTML."""
    for name, content in FILES.items():
        answer = await ask(address(run_id, name, inline))
        assert (answer.status, answer.bytes) == (200, content), name
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert "html" not in answer.headers["Content-Type"]


@pytest.mark.parametrize(
    ("name", "kind", "shown"),
    [
        ("roc.png", "image/png", True),
        ("plot.svg", "image/svg+xml", True),
        ("notes.md", "text/plain; charset=utf-8", True),
        ("table.csv", "text/plain; charset=utf-8", True),
        ("page.html", "application/octet-stream", False),
        ("model.bin", "application/octet-stream", False),
    ],
)
async def test_only_pictures_and_text_are_shown(ask: Ask, run_id: str, name: str, kind: str, shown: bool) -> None:
    """An attachment unless asked for inline, and then still one unless it is a picture or plain text."""
    plain, inline = await ask(address(run_id, name)), await ask(address(run_id, name, "?inline=true"))
    assert plain.headers["Content-Disposition"].startswith("attachment;")
    assert inline.headers["Content-Disposition"].startswith("inline;") == shown
    assert inline.headers["Content-Type"] == kind


async def test_a_file_name_cannot_break_the_header(ask: Ask, run_id: str) -> None:
    """Quotes and direction marks in a name are encoded."""
    answer = await ask(address(run_id, 'na"me\u202egnp.exe'))
    assert answer.headers["Content-Disposition"] == "attachment; filename*=utf-8''na%22me%E2%80%AEgnp.exe"


@pytest.mark.parametrize("path", OUTSIDE)
async def test_what_was_not_recorded_is_not_found(ask: Ask, run_id: str, path: str) -> None:
    """The path is compared with what was recorded and never opened, so no spelling leads anywhere."""
    for sent in (path, quote(path, safe=""), quote(quote(path, safe=""), safe="")):
        answer = await ask(f"runs/{run_id}/artifacts/{sent}")
        assert answer.status == 404, sent
        assert answer.json["type"] in ("NotFound", "HTTPError")


async def test_a_file_of_another_run_is_not_found(ask: Ask, run_id: str, project: Project) -> None:
    """A run's address gives that run's files only."""
    with start_run("other", project=project) as other:
        other.log_bytes(b"secret", "mine.txt")
    assert (await ask(address(run_id, "mine.txt"))).status == 404
    assert (await ask(address(other.id, "mine.txt"))).bytes == b"secret"


def change(project: Project, run: str, path: str) -> None:
    """Write other bytes of the same length over a stored file."""
    recorded = next(file for file in get_run(run, project=project).artifacts if file.path == path)
    stored = objects_of(project).local_path(recorded.digest)
    stored.chmod(0o644)
    stored.write_bytes(b"changed!")


async def test_changed_bytes_are_not_sent(ask: Ask, run_id: str, project: Project) -> None:
    """An object that is no longer what its id says is refused."""
    change(project, run_id, "roc.png")
    answer = await ask(address(run_id, "roc.png"))
    assert (answer.status, answer.json["type"]) == (500, "StoreDamaged")


async def test_a_browser_that_leaves_breaks_nothing(
    ask: Ask,
    run_id: str,
    http_server_client: Any,
    jp_base_url: str,
    jp_auth_header: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A download that is given up half-way leaves the server as it was."""

    def give_up(_: bytes) -> None:
        raise ConnectionAbortedError

    where = f"{jp_base_url}benchbook/{address(run_id, 'model.bin')}"
    with pytest.raises(HTTPStreamClosedError):
        await http_server_client.fetch(where, headers=jp_auth_header, streaming_callback=give_up)
    assert (await ask("revision")).status == 200
    assert "Uncaught exception GET" not in caplog.text
