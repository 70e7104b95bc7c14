"""What a check asks, in words; the same for its result, its error and its place in a report."""

from __future__ import annotations

from benchbook.governance.records import CheckStatus
from benchbook.project.gate_config import CheckConfig


def judged(fits: bool) -> CheckStatus:  # noqa: FBT001  the answer to one question
    """The status of a check that could be computed."""
    return "passed" if fits else "failed"


def one_line(text: str) -> str:
    """Another's message as a part of a sentence: on one line, at most 500 characters, without its full stop."""
    return " ".join(text.split())[:500].rstrip(".")


def asked(check: CheckConfig) -> str:
    """What a check asks for, in a few words."""
    name = check.metric_name
    if check.better_by is not None:
        by = f" by whole {check.cluster}" if check.cluster else ""
        return f"{name} better by {check.better_by:g}, and better at all with {check.confidence:.4g} confidence{by}"
    if check.kind == "fairness":
        parts = [f"ratio ≥ {check.min_ratio:g}"] if check.min_ratio is not None else []
        parts += [f"difference ≤ {check.max_difference:g}"] if check.max_difference is not None else []
        return f"{name} by {check.fairness}: {', '.join(parts)}"
    if check.kind == "metric":
        return " and ".join(f"{name} {sign} {value:g}" for sign, value in bounds(check))
    words = {
        "expectations": f"the expectations of {check.expectations} hold",
        "latency_ms": f"95 % of single rows within {check.latency_ms} ms",
        "size_mb": f"at most {check.size_mb} MB",
        "notebook": f"{check.notebook} runs through",
        "card": "the model card is complete",
    }
    return words[check.kind]


def bounds(check: CheckConfig) -> list[tuple[str, float]]:
    """The bounds of a metric, as sign and number."""
    return [(sign, value) for sign, value in (("≥", check.min), ("≤", check.max)) if value is not None]
