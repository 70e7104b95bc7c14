"""Writes the workflows by which GitHub and GitLab run a pipeline, judge what it made and post the report.

They are plain files of the person's own from then on: nothing of theirs is ever replaced unless they say so.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from benchbook.errors import Conflict, InvalidInput, NotAllowed
from benchbook.gates.ci.markdown import mark
from benchbook.versioning.snapshots import find_commit

Host = Literal["github", "gitlab"]
GITHUB = ".github/workflows/benchbook.yml"
GITLAB = ".gitlab/benchbook.gitlab-ci.yml"
GITLAB_MAIN = ".gitlab-ci.yml"
_TEMPLATES = Path(__file__).parent
_FOLDER = re.compile(r"[\w.-][\w./ -]*")
_INCLUDE = f"include:\n  - local: {GITLAB}\n"


@dataclass(frozen=True)
class Setup:
    """What the workflows are for: a pipeline, and by model the gate that judges what it makes.

    ``version`` of Benchbook is installed where the project's own requirements do not name it.
    """

    root: Path
    pipeline: str
    gates: dict[str, str]
    version: str

    @property
    def repository(self) -> Path:
        """The folder that git calls the top; the project's where there is no git yet."""
        folders = (self.root, *self.root.parents)
        return next((folder for folder in folders if (folder / ".git").exists()), self.root)

    @property
    def folder(self) -> str:
        """The project's folder inside the repository, "." where they are the same."""
        return self.root.relative_to(self.repository).as_posix()

    @property
    def prefix(self) -> str:
        """What stands before a file of the project in a path from the top of the repository."""
        return "" if self.folder == "." else f"{self.folder}/"


class Written(msgspec.Struct, frozen=True):
    """Files that were written or were there already, relative to the repository, and what is to be done next."""

    repository: str
    written: list[str]
    unchanged: list[str]
    next: list[str]


def write_workflows(setup: Setup, hosts: Sequence[Host], *, force: bool = False) -> Written:
    """Write the workflow files of ``hosts``; all or none of them.

    Raises:
        Conflict: a file is there with other content and ``force`` is not given; nothing was written.
        InvalidInput: the project's folder has a name that cannot stand in a workflow.
        NotAllowed: a file cannot be written.
    """
    if not _FOLDER.fullmatch(setup.folder):
        raise InvalidInput(
            f"The project's folder {setup.folder!r} cannot stand in a workflow.",
            hint="Use letters, digits, '_', '-', '.' and blanks in its name.",
        )
    texts = workflow_texts(setup, hosts)
    main = setup.repository / GITLAB_MAIN
    included = main.is_file() and GITLAB in main.read_text(encoding="utf-8", errors="replace")
    if GITLAB in texts and not main.exists():
        texts[GITLAB_MAIN] = _INCLUDE
    same, other = [], []
    for name, text in texts.items():
        path = setup.repository / name
        if path.is_file() and path.read_bytes() == text.encode():
            same.append(name)
        elif path.exists() or path.is_symlink():
            other.append(name)
    if other and not force:
        hint = "Compare it with what `--force` would write, or move it away."
        raise Conflict(f"{', '.join(other)} is there already, with other content; nothing was written.", hint=hint)
    written = [name for name in texts if name not in same]
    for name in written:
        _write(setup.repository / name, texts[name])
    steps = [step for host in hosts for step in _next(host, setup, included=included or GITLAB_MAIN in texts)]
    return Written(str(setup.repository), written, same, list(dict.fromkeys(steps)))


def workflow_texts(setup: Setup, hosts: Sequence[Host]) -> dict[str, str]:
    """The workflow files of ``hosts`` by path, as they would be written."""
    names: dict[Host, str] = {"github": GITHUB, "gitlab": GITLAB}
    return {names[host]: _filled(host, setup) for host in hosts}


def _filled(host: Host, setup: Setup) -> str:
    install, requirements = _install(setup)
    gates = [f"benchbook gate {gate} {model}" for model, gate in setup.gates.items()]
    if len(gates) > 1:  # all are asked, and then any that failed fails the job
        gates = [f"{gate} || failed=1" for gate in gates] + ['test -z "$failed"']
    moves = [f"benchbook promote {model} --gate {gate}" for model, gate in setup.gates.items()]
    paths = f'\n{{indent}}paths: ["{setup.prefix}**", "{GITHUB}"]' if setup.prefix else ""
    cache = f'\n          cache: pip\n          cache-dependency-path: "{requirements}"' if requirements else ""
    values = {
        "PIPELINE": setup.pipeline,
        "FOLDER": setup.folder,
        "PREFIX": setup.prefix,
        "BRANCH": _branch(setup),
        "PYTHON": f"{sys.version_info[0]}.{sys.version_info[1]}",
        "INSTALL": install,
        "PIP_CACHE": cache,
        "PATHS": paths.replace("{indent}", "    "),
        "PATHS_OF_PUSH": paths.replace("{indent}", "    "),
        "GATE_GITHUB": ("\n" + " " * 10).join(gates) or _NO_GATE,
        "GATE_GITLAB": ("\n    - ").join(gates) or _NO_GATE,
        "PROMOTE_GITHUB": ("\n" + " " * 10).join(moves) or _NO_GATE,
        "PROMOTE_GITLAB": " && ".join(moves) or _NO_GATE,
        "MARK": mark(setup.pipeline),
    }
    text = (_TEMPLATES / f"{host}.yml").read_text(encoding="utf-8")
    return re.sub(r"@([A-Z_]+)@", lambda found: values[found[1]], text)


_NO_GATE = 'echo "benchbook.yaml has no gate for what this pipeline makes."'


def _install(setup: Setup) -> tuple[str, str]:
    """The command that installs what the project needs, and the file it is read from ("" if there is none)."""
    own = f'"benchbook=={setup.version}"'
    requirements = setup.root / "requirements.txt"
    if requirements.is_file():
        text = requirements.read_text(encoding="utf-8", errors="replace")
        named = re.search(r"^\s*benchbook\b", text, re.MULTILINE | re.IGNORECASE)
        return (
            f"python -m pip install {'' if named else own + ' '}-r requirements.txt",
            f"{setup.prefix}requirements.txt",
        )
    project = setup.root / "pyproject.toml"
    if project.is_file():
        needed = _dependencies(project)
        if needed is not None:
            is_named = any(re.match(r"benchbook\b", one, re.IGNORECASE) for one in needed)
            return f"python -m pip install {'' if is_named else own + ' '}.", f"{setup.prefix}pyproject.toml"
    return f"python -m pip install {own}", ""


def _dependencies(path: Path) -> list[str] | None:
    """What the package described in a pyproject.toml needs; None if it describes none."""
    try:
        project = tomllib.loads(path.read_text(encoding="utf-8", errors="replace")).get("project")
    except tomllib.TOMLDecodeError as error:
        raise InvalidInput(f"{path.name} is not TOML: {error}.") from error
    return None if project is None else [str(one) for one in project.get("dependencies", [])]


def _branch(setup: Setup) -> str:
    """The default branch, as far as a clone knows it: that of origin, else main or master, else the one checked out."""
    git = setup.repository / ".git"
    head = _pointed(git / "refs" / "remotes" / "origin" / "HEAD", "ref: refs/remotes/origin/")
    usual = next((name for name in ("main", "master") if find_commit(setup.root, f"refs/heads/{name}")), "")
    return head or usual or _pointed(git / "HEAD", "ref: refs/heads/") or "main"


def _pointed(path: Path, before: str) -> str:
    """The branch that a ref of git points at; empty where it is no name that can stand in a workflow."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
    name = text.removeprefix(before)
    return name if text.startswith(before) and re.fullmatch(r"\w[\w./-]*", name) else ""


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise NotAllowed(f"{path} cannot be written: {error.strerror}.", hint="Choose another folder.") from error


def _next(host: Host, setup: Setup, *, included: bool) -> list[str]:
    """What a person does next, in sentences."""
    steps: list[str] = []
    if not setup.gates:
        steps.append("benchbook.yaml has no gate for what this pipeline makes, so nothing can be held back: write one.")
    if not _install(setup)[1]:
        steps.append("There is no requirements.txt and no pyproject.toml: only Benchbook is installed. Add one.")
    if host == "github":
        steps += [
            f"Commit {GITHUB} and push it. It needs no secret; the job that comments asks for `pull-requests: write`.",
            "Require the check `benchbook` in the branch's protection rules, so that a failed gate blocks the merge.",
        ]
    else:
        if not included:
            steps.append(f"Your {GITLAB_MAIN} stays as it is. Add to it:  include: [{{local: {GITLAB}}}]")
        steps.append(f"Commit {GITLAB} and push it.")
        steps.append(
            "For a note in the merge request: make a project access token (role Reporter, scope api), and the masked "
            "variable BENCHBOOK_GITLAB_TOKEN with it, in the environment scope benchbook-report. Without it the report "
            "is an artifact."
        )
    return steps
