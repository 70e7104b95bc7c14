"""A project with data to judge on and two versions of a model: 1 weak, 2 strong. Made once, then copied."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from benchbook.data import save_dataset
from benchbook.models import register_model
from benchbook.project import Project, open_project
from library.gates.bench import FEATURES, flights, model


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project that is copied."""
    made = open_project(tmp_path_factory.mktemp("made"))
    save_dataset("evaluation", flights(), project=made)
    for features in (["wind"], FEATURES):
        register_model("delay", model(*features), example=flights(5)[FEATURES], project=made)
    return made.folder


@pytest.fixture
def delay(made: Path, project: Project) -> Project:
    """The project."""
    shutil.copytree(made, project.folder)
    return project
