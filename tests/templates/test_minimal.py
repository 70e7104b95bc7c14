"""The template `minimal`: what a stranger gets runs, and leaves what it promises."""

from __future__ import annotations

from pathlib import Path

from benchbook.cli import main
from benchbook.data import list_datasets
from benchbook.models import load_model
from benchbook.pipelines import run_pipeline
from benchbook.project import use_project


def test_the_template_runs_and_its_champion_beats_the_baseline(tmp_path: Path) -> None:
    """Two datasets, a model with the alias champion that loads again, and metrics that make sense."""
    folder = tmp_path / "first"
    assert main(["new", "minimal", str(folder)]) == 0
    use_project(folder)
    try:
        result = run_pipeline(params={"trees": 50})
        assert [(step.step, step.status, step.warnings) for step in result.steps] == [
            ("prepare", "finished", []),
            ("train", "finished", []),
        ]
        metrics = result.steps[1].metrics
        assert float(metrics["accuracy"]) > 0.9
        assert float(metrics["baseline_accuracy"]) < 0.5
        assert {dataset.latest.name for dataset in list_datasets()} == {"wine-train", "wine-test"}
        assert load_model("wine@champion").n_estimators == 50
    finally:
        use_project(None)
