#!/usr/bin/env python3
"""Print the dependencies pyproject.toml names, so that tools and tests can be installed before the wheel is built."""

import tomllib
from pathlib import Path

project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text())["project"]
for group in (project["dependencies"], *project["optional-dependencies"].values()):
    print(*group, sep="\n")
