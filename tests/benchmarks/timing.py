"""Measuring: medians of several rounds, ours and the raw bound in turns, so that a noisy machine is noisy to both."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One printed line: what, ours, the raw bound beside it, and what is aimed at. All in ``unit``."""

    what: str
    ours: float
    unit: str
    raw_name: str = ""
    raw: float | None = None
    aim: str = ""


def seconds(work: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def median(work: Callable[[], object], rounds: int = 5) -> float:
    """The median of several calls, in seconds, after one that does not count."""
    work()
    return statistics.median(seconds(work) for _ in range(rounds))


def paired(ours: Callable[[], object], raw: Callable[[], object], rounds: int = 5) -> tuple[float, float]:
    """Medians of both, measured in turns, in seconds."""
    ours(), raw()
    pairs = [(seconds(ours), seconds(raw)) for _ in range(rounds)]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def show(figures: list[Figure]) -> None:
    """Print the figures as a table."""
    print(f"\n{'':48} {'ours':>12} {'raw bound':>12} {'ratio':>7}   aim / raw bound is")
    for figure in figures:
        raw = f"{figure.raw:.3g} {figure.unit}" if figure.raw is not None else ""
        ratio = f"{figure.ours / figure.raw:.2f}x" if figure.raw else ""
        print(
            f"{figure.what:48} {f'{figure.ours:.3g} {figure.unit}':>12} {raw:>12} {ratio:>7}   "
            f"{figure.aim}{' · ' if figure.aim and figure.raw_name else ''}{figure.raw_name}"
        )
