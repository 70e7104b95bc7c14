"""The workflows are valid, ask for as little as can be, and replace nothing of a person's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import yaml

from benchbook.errors import Conflict, InvalidInput
from benchbook.gates.ci.markdown import mark
from benchbook.gates.ci.workflows import GITHUB, GITLAB, GITLAB_MAIN, Setup, workflow_texts, write_workflows

OFFICIAL = re.compile(r"actions/[a-z-]+(/[a-z]+)?@v\d+")


class _Loader(yaml.SafeLoader):
    """YAML 1.2 in one respect: `on` is a word."""

    yaml_implicit_resolvers = {  # noqa: RUF012  as its base class declares it
        letter: [one for one in found if one[0] != "tag:yaml.org,2002:bool"]
        for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def parsed(setup: Setup) -> dict[str, Any]:
    """Both files, read."""
    return {name: yaml.load(text, _Loader) for name, text in workflow_texts(setup, ["github", "gitlab"]).items()}


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    """A project that is a repository, with one gate."""
    (tmp_path / ".git").mkdir()
    return Setup(tmp_path, "flights", {"delay": "release"}, "1.2.3")


def test_github_structure(setup: Setup) -> None:
    """What GitHub's schema of workflows demands: known keys, each step with exactly one of uses and run."""
    flow = parsed(setup)[GITHUB]
    assert set(flow) == {"name", "on", "permissions", "concurrency", "jobs"}
    assert set(flow["on"]) == {"pull_request", "push", "workflow_dispatch"}
    jobs = {"needs", "if", "runs-on", "timeout-minutes", "permissions", "outputs", "defaults", "steps", "env"}
    steps = {"name", "id", "if", "uses", "with", "run", "env", "shell"}
    for job in flow["jobs"].values():
        assert set(job) <= jobs
        for step in job["steps"]:
            assert set(step) <= steps
            assert ("uses" in step) != ("run" in step)
            assert all(
                isinstance(value, (str, int)) for value in {**step.get("with", {}), **step.get("env", {})}.values()
            )
    names = {step["id"] for step in flow["jobs"]["benchbook"]["steps"] if "id" in step}
    asked = set(re.findall(r"steps\.(\w+)\.", workflow_texts(setup, ["github"])[GITHUB]))
    assert asked <= names


def test_github_asks_for_little(setup: Setup) -> None:
    """Official actions at a major version; only the job without foreign code may write; no trigger that has rights."""
    text = workflow_texts(setup, ["github"])[GITHUB]
    flow = parsed(setup)[GITHUB]
    assert "pull_request_target" not in text
    assert "secrets." not in text
    assert flow["permissions"] == {}
    assert flow["jobs"]["benchbook"]["permissions"] == {"contents": "read"}
    assert flow["jobs"]["comment"]["permissions"] == {"pull-requests": "write"}
    used = [step["uses"] for job in flow["jobs"].values() for step in job["steps"] if "uses" in step]
    assert [one for one in used if not OFFICIAL.fullmatch(one)] == []
    assert not any("checkout" in step.get("uses", "") for step in flow["jobs"]["comment"]["steps"])
    checkout = flow["jobs"]["benchbook"]["steps"][0]
    assert checkout["with"]["persist-credentials"] == "false"
    assert "head.repo.full_name == github.repository" in flow["jobs"]["comment"]["if"]


def test_no_expression_stands_in_a_script(setup: Setup) -> None:
    """What a pull request can choose (its branch, say) reaches a script by the environment, never by `${{ }}`."""
    for job in parsed(setup)[GITHUB]["jobs"].values():
        assert [step["run"] for step in job["steps"] if "${{" in step.get("run", "")] == []


def test_gitlab_structure(setup: Setup) -> None:
    """The job keeps its report whatever happens; the one with the token has no code and an environment of its own."""
    flow = parsed(setup)[GITLAB]
    run, note = flow["benchbook"], flow["benchbook-comment"]
    assert (run["artifacts"]["when"], run["artifacts"]["expose_as"]) == ("always", "Benchbook report")
    assert run["cache"][0]["policy"] == "$BENCHBOOK_CACHE"
    assert (run["variables"]["BENCHBOOK_CACHE"], run["rules"][1]["variables"]["BENCHBOOK_CACHE"]) == (
        "pull",
        "pull-push",
    )
    assert "TOKEN" not in json.dumps(run)
    assert note["environment"] == {"name": "benchbook-report", "action": "access"}
    assert (note["needs"], note["variables"]) == (["benchbook"], {"GIT_STRATEGY": "none"})
    assert all(isinstance(line, str) for line in [*run["script"], *run["after_script"], *note["script"]])


@pytest.mark.parametrize(
    ("name", "text", "command"),
    [
        ("requirements.txt", "pandas\n", 'python -m pip install "benchbook==1.2.3" -r requirements.txt'),
        ("requirements.txt", "benchbook>=1\n", "python -m pip install -r requirements.txt"),
        ("pyproject.toml", "[project]\ndependencies = ['x']", 'python -m pip install "benchbook==1.2.3" .'),
        ("pyproject.toml", "[project]\ndependencies = ['benchbook']", "python -m pip install ."),
        ("pyproject.toml", "[tool.ruff]", 'python -m pip install "benchbook==1.2.3"'),
        ("environment.yml", "x", 'python -m pip install "benchbook==1.2.3"'),
    ],
)
def test_it_installs_what_the_project_needs(setup: Setup, name: str, text: str, command: str) -> None:
    """Its requirements or itself, and Benchbook where they do not name it; pip caches where a file lists them."""
    (setup.root / name).write_text(text)
    both = parsed(setup)
    steps = both[GITHUB]["jobs"]["benchbook"]["steps"]
    assert next(step["run"].strip() for step in steps if step.get("name") == "Install") == command
    assert command in both[GITLAB]["benchbook"]["script"]
    assert steps[1]["with"].get("cache-dependency-path") == (
        name if name in command or command.endswith(" .") else None
    )


def test_a_project_inside_a_repository(tmp_path: Path) -> None:
    """The files stand at the top; paths, working folder and triggers are the project's."""
    (tmp_path / ".git").mkdir()
    root = tmp_path / "ml" / "my project"
    root.mkdir(parents=True)
    setup = Setup(root, "flights", {"delay": "release", "wind": "strict"}, "1.2.3")
    done = write_workflows(setup, ["github", "gitlab"])
    assert sorted(done.written) == sorted([GITHUB, GITLAB, GITLAB_MAIN])
    flow = parsed(setup)
    job = flow[GITHUB]["jobs"]["benchbook"]
    assert flow[GITHUB]["on"]["pull_request"]["paths"][0] == "ml/my project/**"
    assert job["defaults"]["run"]["working-directory"] == "ml/my project"
    assert (tmp_path / GITHUB).is_file()
    gates = next(step["run"] for step in job["steps"] if step.get("id") == "gate")
    assert gates.splitlines() == [
        "benchbook gate release delay || failed=1",
        "benchbook gate strict wind || failed=1",
        'test -z "$failed"',
    ]


def test_a_folder_that_no_workflow_can_name_is_refused(tmp_path: Path) -> None:
    """A name with signs that YAML, a shell or GitHub would read is said, and nothing is written."""
    (tmp_path / ".git").mkdir()
    root = tmp_path / "a${{b}}"
    root.mkdir()
    with pytest.raises(InvalidInput, match="cannot stand in a workflow"):
        write_workflows(Setup(root, "p", {}, "1"), ["github"])
    assert not (tmp_path / ".github").exists()


def test_nothing_of_a_person_is_replaced(setup: Setup) -> None:
    """Other content is a conflict and nothing at all is written; --force replaces our files, never .gitlab-ci.yml."""
    (setup.root / GITLAB_MAIN).write_text("stages: [mine]\n")
    done = write_workflows(setup, ["gitlab"])
    assert done.written == [GITLAB]
    assert any(f"include: [{{local: {GITLAB}}}]" in step for step in done.next)
    assert write_workflows(setup, ["gitlab"]).unchanged == [GITLAB]
    (setup.root / GITLAB).write_text("mine: 1\n")
    with pytest.raises(Conflict, match="nothing was written"):
        write_workflows(setup, ["github", "gitlab"])
    assert not (setup.root / GITHUB).exists()
    assert sorted(write_workflows(setup, ["github", "gitlab"], force=True).written) == [GITHUB, GITLAB]
    assert (setup.root / GITLAB_MAIN).read_text() == "stages: [mine]\n"


def test_the_default_branch_is_found(tmp_path: Path) -> None:
    """That of origin, else main or master, else the one that is checked out."""

    def git(*words: str) -> None:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)

    def branch() -> str:
        flow = parsed(Setup(tmp_path, "p", {}, "1"))[GITHUB]
        return str(flow["on"]["push"]["branches"][0])

    git("init", "-b", "trunk")
    assert branch() == "trunk"
    git("commit", "--allow-empty", "-m", "x")
    git("branch", "master")
    assert branch() == "master"
    git("update-ref", "refs/remotes/origin/release", "HEAD")
    git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release")
    assert branch() == "release"


class _GitLab(BaseHTTPRequestHandler):
    """The notes of one merge request, as GitLab's API gives them, in pages of two."""

    notes: list[dict[str, Any]] = []  # noqa: RUF012  one server a test, which replaces it
    calls: list[str] = []  # noqa: RUF012

    def _answer(self, value: Any) -> None:
        self.send_response(200 if self.headers["PRIVATE-TOKEN"] == "secret" else 401)
        self.end_headers()
        self.wfile.write(json.dumps(value).encode())

    def do_GET(self) -> None:
        """The token's user, or a page of notes."""
        if self.path == "/api/v4/user":
            return self._answer({"id": 7})
        page = int(parse_qs(self.path.partition("?")[2])["page"][0])
        return self._answer(self.notes[2 * page - 2 : 2 * page])

    def _write(self, keep: Any) -> None:
        body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["body"][0]
        self.calls.append(f"{self.command} {self.path}")
        keep(body)
        self._answer({})

    def do_POST(self) -> None:
        """A new note of the token's user."""
        note = {"id": 100 + len(self.notes), "author": {"id": 7}}
        self._write(lambda body: self.notes.append({**note, "body": body}))

    def do_PUT(self) -> None:
        """Another text for a note."""
        note = next(one for one in self.notes if self.path.endswith(f"/notes/{one['id']}"))
        self._write(lambda body: note.update(body=body))

    def log_message(self, *_: Any) -> None:
        """Silent."""


@pytest.fixture
def gitlab() -> Iterator[str]:
    """The address of such an API, with three notes of other people, one of which looks like ours."""
    _GitLab.calls = []
    _GitLab.notes = [{"id": n, "author": {"id": 1}, "body": text} for n, text in enumerate(["a", mark("flights"), "c"])]
    server = ThreadingHTTPServer(("127.0.0.1", 0), _GitLab)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/api/v4"
    server.shutdown()
    server.server_close()


def test_gitlab_keeps_one_note(setup: Setup, gitlab: str) -> None:
    """The script as generated: the first time a note is made, then the same is renewed; nobody else's is touched."""
    (script,) = parsed(setup)[GITLAB]["benchbook-comment"]["script"]
    known = {
        "CI_API_V4_URL": gitlab,
        "CI_PROJECT_ID": "5",
        "CI_MERGE_REQUEST_IID": "9",
        "BENCHBOOK_GITLAB_TOKEN": "secret",
    }

    def post(text: str, **more: str) -> str:
        (setup.root / "benchbook-report.md").write_text(f"{mark('flights')}\n{text} é", encoding="utf-8")
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        environment = {**os.environ, **known, **more, "PATH": path}
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", script],
            cwd=setup.root,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    post("first")
    post("second")
    place = "/api/v4/projects/5/merge_requests/9/notes"
    assert _GitLab.calls == [f"POST {place}", f"PUT {place}/103"]
    assert [note["body"] for note in _GitLab.notes] == ["a", mark("flights"), "c", f"{mark('flights')}\nsecond é"]
    assert "artifact only" in post("third", BENCHBOOK_GITLAB_TOKEN="")
    assert len(_GitLab.calls) == 2
