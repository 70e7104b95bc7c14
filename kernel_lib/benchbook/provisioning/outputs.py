"""What is kept of a cell's outputs: at most 5 MB and of an error 100 kB, streams in one piece, progress bars as they
stood at the end.

A cell may print without end; neither this process nor the executed copy may grow with it.
"""

from __future__ import annotations

from typing import Any

CELL_LIMIT = 5_000_000
"""Bytes of output kept of one cell, about: text counts its characters."""


ERROR_LIMIT = 50_000
"""Characters kept of an error's message, and of its traceback, whose end says most."""


class OutputBudget:
    """Counts what a cell has put out, and says what is still kept."""

    def __init__(self, limit: int = CELL_LIMIT) -> None:
        self._limit = limit
        self.kept = 0
        self.dropped = 0

    def admit(self, content: dict[str, Any]) -> bool:
        """Whether the message ``content`` is kept; text is cut to what still fits."""
        size = _size(content)
        left = self._limit - self.kept
        if size <= left:
            self.kept += size
            return True
        self.dropped += size
        text = content.get("text")
        if isinstance(text, str) and left > 0:
            content["text"] = text[:left]
            self.kept += left
            self.dropped -= left
            return True
        return False

    def clear(self) -> None:
        """The cell has cleared its outputs."""
        self.kept = 0

    def note(self) -> str:
        """A sentence on what was not kept, or nothing."""
        if not self.dropped:
            return ""
        limit, dropped = self._limit / 1e6, self.dropped / 1e6
        return f"\n[Benchbook keeps {limit:g} MB of a cell's output; {dropped:.1f} MB more are not kept.]\n"


def tidy_outputs(outputs: list[Any]) -> list[Any]:
    """``outputs`` with neighbouring pieces of one stream joined, and without lines that were overwritten in place."""
    tidy: list[Any] = []
    parts: list[list[str]] = []
    for output in outputs:
        is_stream = output["output_type"] == "stream"
        if is_stream and tidy and tidy[-1]["output_type"] == "stream" and tidy[-1]["name"] == output["name"]:
            parts[-1].append(output["text"])
            continue
        if output["output_type"] == "error":
            _shorten_error(output)
        tidy.append(output)
        parts.append([output["text"]] if is_stream else [])
    for output, texts in zip(tidy, parts, strict=True):
        if texts:
            output["text"] = _overwritten("".join(texts))
    return tidy


def _shorten_error(output: Any) -> None:
    if len(output["evalue"]) > ERROR_LIMIT:
        output["evalue"] = output["evalue"][:ERROR_LIMIT] + "…"
    if sum(map(len, output["traceback"])) > ERROR_LIMIT:
        output["traceback"] = ["…", *"\n".join(output["traceback"])[-ERROR_LIMIT:].split("\n")]


def _overwritten(text: str) -> str:
    if "\r" not in text:
        return text
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines)


def _size(content: dict[str, Any]) -> int:
    if "text" in content:
        return len(content["text"])
    if "data" in content:
        return sum(len(value) if isinstance(value, str) else len(repr(value)) for value in content["data"].values())
    return sum(len(str(value)) for value in content.values())
