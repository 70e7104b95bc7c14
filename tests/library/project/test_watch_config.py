"""`watch:` of a pipeline: what it may say, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchbook.errors import InvalidInput
from benchbook.project.config import read_config
from benchbook.project.watch_config import WatchConfig

TEXT = """\
pipelines:
  p:
    steps: [{notebook: a.ipynb}]
    watch: WATCH
gates:
  release: {model: m, checks: [{size_mb: 5}]}
"""


def read(folder: Path, watch: str) -> WatchConfig | None:
    """What the file says with ``watch`` in it."""
    path = folder / "benchbook.yaml"
    path.write_text(TEXT.replace("WATCH", watch))
    return read_config(path).pipelines["p"].watch


def test_what_it_may_say(tmp_path: Path) -> None:
    """Everything has a default; nothing behind the key means that the pipeline is not watched."""
    assert read(tmp_path, "{}") == WatchConfig(on=["code", "data"])
    assert read(tmp_path, "") is None
    full = read(tmp_path, "{gate: release, on: [data], files: [raw/*.csv], ask: true, notify_file: told.jsonl}")
    assert full == WatchConfig("release", ["data"], ["raw/*.csv"], ask=True, notify_file="told.jsonl")


@pytest.mark.parametrize(
    ("watch", "said"),
    [
        ("{gate: relase}", "line 4, pipelines.p.watch.gate is 'relase', which `gates:` does not have"),
        ("{on: []}", "pipelines.p.watch.on is empty"),
        ("{on: [code, wind]}", "has 'wind', which starts nothing"),
        ("{files: [../x.csv]}", r"files\[0\] is '../x.csv', not a pattern"),
        ("{files: ['/etc/*']}", "not a pattern"),
        ("{files: ['**/*.csv']}", "not a pattern"),
        ("{files: ['']}", "not a pattern"),
        ("{notify_url: 'http://x.example'}", "not an https:// address"),
        ("{notify_local: true, notify_url: 'https://127.0.0.1'}", "not an http:// address"),
        ("{gates: release}", "is not a known key"),
        ("yes", "a mapping is expected"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, watch: str, said: str) -> None:
    """With file, line, key and value."""
    with pytest.raises(InvalidInput, match=said):
        read(tmp_path, watch)
