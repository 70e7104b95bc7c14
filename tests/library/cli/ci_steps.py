"""Runs the steps of a generated GitHub workflow as a runner does: its own shell, conditions and outcomes.

What only GitHub has is stood in for: `actions/cache` by a folder that is copied, `gh api` by a script that keeps
comments in a file. Checkout is a clone, and installing is skipped: the tests' own Benchbook is on the path.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

BIN = Path(sys.executable).parent
GH = """#!{python}
import json, re, sys
from pathlib import Path
store = Path({store!r})
comments = json.loads(store.read_text()) if store.exists() else []
words = sys.argv[2:]
options = {{name: words[words.index(name) + 1] for name in ("--jq", "--method", "--field") if name in words}}
if "--jq" in options:
    login, start = re.findall(r'"([^"]*)"', options["--jq"])
    known = [one for one in comments if one["user"]["login"] == login and one["body"].startswith(start)]
    print(*(one["id"] for one in known), sep="\\n")
    sys.exit()
body = Path(options["--field"].removeprefix("body=@")).read_text()
if options["--method"] == "POST":
    comments.append({{"id": len(comments) + 1, "user": {{"login": "github-actions[bot]"}}, "body": body}})
else:
    (place,) = [word for word in words if word.startswith("repos/")]
    next(one for one in comments if place.endswith(f"comments/{{one['id']}}"))["body"] = body
store.write_text(json.dumps(comments))
"""


@dataclass
class Runner:
    """One run of a workflow in the clone at ``folder``; ``cache`` is what main saved, ``event`` what caused it."""

    folder: Path
    cache: Path
    event: str
    base: str = ""
    outcomes: dict[str, str] = field(default_factory=dict)
    log: str = ""

    @property
    def summary(self) -> Path:
        """The job's summary."""
        return self.folder.parent / f"{self.folder.name}-summary.md"

    def job(self, name: str) -> int:
        """Run a job; its exit code, which is 0 only if every step that was to run ended well."""
        flow = yaml.safe_load((self.folder / ".github/workflows/benchbook.yml").read_text())
        failed = False
        for number, step in enumerate(flow["jobs"][name]["steps"]):
            if not self._is_due(step.get("if"), failed=failed):
                self.outcomes[step.get("id", str(number))] = "skipped"
                continue
            well = self._uses(step) if "uses" in step else self._run(step)
            self.outcomes[step.get("id", str(number))] = "success" if well else "failure"
            failed = failed or not well
        return int(failed)

    def _is_due(self, condition: str | None, *, failed: bool) -> bool:
        """The condition as GitHub evaluates it; without `cancelled()` in it, only as long as nothing failed."""
        if condition is None:
            return not failed
        text = condition.strip().removeprefix("${{").removesuffix("}}").replace("&&", " and ").replace("||", " or ")
        text = text.replace("!cancelled()", "True").replace("github.event_name", repr(self.event))
        text = re.sub(r"steps\.(\w+)\.outcome", lambda found: repr(self.outcomes.get(found[1], "skipped")), text)
        return bool(eval(text, {"__builtins__": {}})) and (not failed or "cancelled()" in condition)

    def _uses(self, step: dict[str, Any]) -> bool:
        action, store = step["uses"].partition("@")[0], self.folder / ".benchbook"
        if action == "actions/cache/restore" and self.cache.exists():
            shutil.copytree(self.cache, store)
        elif action == "actions/cache/save":
            shutil.rmtree(self.cache, ignore_errors=True)
            shutil.copytree(store, self.cache)
        return True

    def _run(self, step: dict[str, Any]) -> bool:
        if "pip install" in step["run"]:
            return True
        tools = self.folder.parent / "tools"
        tools.mkdir(exist_ok=True)
        (tools / "gh").write_text(GH.format(python=sys.executable, store=str(self.folder.parent / "comments.json")))
        (tools / "gh").chmod(0o755)
        environment = {
            **os.environ,
            "PATH": f"{tools}{os.pathsep}{BIN}{os.pathsep}{os.environ['PATH']}",
            "GITHUB_STEP_SUMMARY": str(self.summary),
            "GITHUB_REPOSITORY": "ann/flights",
            "NUMBER": "12",
            "BASE": f"origin/{self.base}" if self.base else "",
        }
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        self.log += f"$ {step['run']}\n{done.stdout}{done.stderr}"
        return done.returncode == 0
