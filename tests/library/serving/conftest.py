"""Fixtures of serving's tests: projects with a model, and real endpoints, each a process of its own on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from benchbook.models import register_model
from benchbook.project import Project, open_project
from benchbook.serving import EndpointProcess, start_endpoint, stop_endpoint
from library.serving.asking import fitted, flights


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Project, EndpointProcess]]:
    """A project with the model `delay`, its alias `champion` on version 1, and one endpoint for all tests."""
    project = open_project(tmp_path_factory.mktemp("served"))
    register_model("delay", fitted(), example=flights(), alias="champion", project=project)
    endpoint = start_endpoint("delay@champion", project=project)
    yield project, endpoint
    stop_endpoint(endpoint, project=project)


@pytest.fixture
def delay(project: Project) -> Project:
    """A project of one test's own with the model `delay`, its alias `champion` on version 1."""
    register_model("delay", fitted(), example=flights(), alias="champion")
    return project
