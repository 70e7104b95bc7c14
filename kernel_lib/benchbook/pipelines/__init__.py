"""Pipelines: notebooks that run as one, in the order that follows from what they load and save."""

from benchbook.pipelines.execute import execute_pipeline, run_pipeline
from benchbook.pipelines.plan import list_pipelines, plan_pipeline

__all__ = ["execute_pipeline", "list_pipelines", "plan_pipeline", "run_pipeline"]
