"""The year 2013, replayed: each month arrives as requests first, ends as new data, and the loop does the rest.

    python replay.py [FOLDER]        beside this file, in FOLDER (`replay`); six minutes or more on two cores

Two parties take part. *The loop* is a project that knows only what is over: its endpoint answers the requests of a
month, and when the month ends its outcomes arrive and `benchbook watch --once` looks, alerts, retrains and lets the
gate decide. *This script* holds the features of the whole year, in its memory alone, and hands over nothing before its
day. Beside the loop it scores three fixed policies with the same recipe.
"""

import argparse
import fcntl
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # before scikit-learn: waiting threads sleep

import pandas as pd
from sklearn.metrics import roc_auc_score

import benchbook as bb
from benchbook import serving
from benchbook.governance.verdicts import list_verdicts
from benchbook.monitoring.state import monitor_state
from benchbook.project import open_project
from recipe import boosted_trees, inputs, unseen_probability
from replay_report import report

HERE = Path(__file__).resolve().parent
FIRST = 4  # January to March are known when the replay begins
SEED = 2013
ROUNDS = 250
ROWS = 2_000  # of one request
MARK = "made-by-replay"
YEAR = """\
pipelines:
  year:
    params: {{first_month: 1, last_month: {before}, test_month: {last}}}
    steps: [{{notebook: ingest.ipynb}}, {{notebook: features.ipynb}}]
"""


def replay(folder, *, last=12, rounds=ROUNDS, every=1, on_day=None, tell=None):
    """Replay April to month ``last`` in ``folder``, and return one record a month, the oldest first.

    ``every`` n-th flight takes part. ``on_day`` is called with the loop's project and the replayed day whenever the
    loop has got or done something. What an earlier replay left in ``folder``, killed or not, is removed first.
    """
    tell = tell or (lambda text: print(text, file=sys.stderr, flush=True))
    on_day = on_day or (lambda _project, _day: None)
    folder = Path(folder).resolve()
    with claim(folder) as lock:
        tell("The year: features of all months, for this script's memory alone")
        year = features_of_the_year(folder / "year", last)[::every].reset_index(drop=True)
        loop = make_loop(folder / "loop", rounds)
        tell("The loop: a project that is given each month when it is over")
        begin(loop, year[year["departs"] < day_one(FIRST)], rounds, tell)
        on_day(loop, day_one(FIRST))
        policies, months = FixedPolicies(year, rounds), []
        endpoint = serving.start_endpoint("delay@champion", project=loop)
        stage = SimpleNamespace(loop=loop, year=year, client=Client(endpoint), policies=policies, lock=lock, tell=tell)
        try:
            for month in range(FIRST, last + 1):
                months.append(replay_month(stage, month, months[-1] if months else None))
                on_day(loop, day_one(month + 1))
        finally:
            stage.client.close()
            serving.stop_endpoint(endpoint, project=loop)
    return months


# ---------------------------------------------------------------------------------------------------------- two places


@contextmanager
def claim(folder):
    """Have ``folder`` for this replay alone: what an earlier one left is removed, its endpoint ended first.

    The lock is handed on to each turn of the loop, so one that outlives a killed replay is not disturbed either.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise SystemExit(f"{folder} holds something that is no replay. Name another folder; nothing was changed.")
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / MARK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"A replay in {folder} is still under way. Wait for it, or name another folder.") from None
        if (folder / "loop" / ".benchbook").exists():
            left = open_project(folder / "loop")
            for endpoint in serving.list_endpoints(project=left):
                serving.stop_endpoint(endpoint, project=left)
        for name in ("loop", "year"):
            if (folder / name).exists():
                shutil.rmtree(folder / name)
        yield lock


def copy_template(folder):
    """A project with this folder's notebooks, recipe and benchbook.yaml."""
    folder.mkdir()
    for path in sorted(HERE.iterdir()):
        if path.suffix in (".ipynb", ".mplstyle", ".yaml") or path.name == "recipe.py":
            shutil.copy(path, folder / path.name)
    return open_project(folder)


def features_of_the_year(folder, last):
    """Every flight of January to ``last``, in the order of departure; what made them is removed before the loop begins.

    So the loop could not read a later row if it tried: there is none on the disk.
    """
    project = copy_template(folder)
    (folder / "benchbook.yaml").write_text(YEAR.format(before=last - 1, last=last))
    bb.run_pipeline("year", project=project)
    features = bb.load_dataset("features", project=project).sort_values(["departs", "flight_id"])
    shutil.rmtree(folder)
    return features


def make_loop(folder, rounds):
    """The project that learns; its retraining grows ``rounds`` trees."""
    project = copy_template(folder)
    path = folder / "benchbook.yaml"
    text = path.read_text()
    if f"rounds: {ROUNDS}" not in text:
        raise SystemExit(f"{path} does not say `rounds: {ROUNDS}` for the pipeline `retrain`.")
    path.write_text(text.replace(f"rounds: {ROUNDS}", f"rounds: {rounds}"))
    return project


def begin(loop, known, rounds, tell):
    """31 March: the winter is known, and the first model passes the gate that has nothing to compare it with yet."""
    probability = unseen_probability(boosted_trees(rounds, SEED), known)
    bb.save_dataset("history", known.assign(probability=probability, version=0), note="January to March", project=loop)
    bb.run_pipeline("retrain", {"until": str(day_one(FIRST).date())}, project=loop)
    promoted = bb.promote("delay", "challenger", project=loop)
    auc = roc_auc_score(known["late"], probability)
    tell(f"31 March: {promoted.sentence} On winter days it had not seen, its ROC AUC is {auc:.3f}.")


def day_one(month):
    """The first day of a month; of month 13 that of the next year."""
    return pd.Timestamp(2013 + (month - 1) // 12, (month - 1) % 12 + 1, 1)


# --------------------------------------------------------------------------------------------------------- one month


def replay_month(stage, month, before):
    """A month arrives as requests, ends with its outcomes, and the loop takes its turn; ``before`` is the last one."""
    loop, tell = stage.loop, stage.tell
    start, end = day_one(month), day_one(month + 1)
    flights = stage.year[(stage.year["departs"] >= start) & (stage.year["departs"] < end)].reset_index(drop=True)
    served, since = stage.client.model()["model"], time.time()
    stage.client.predict(flights)
    asked = time.time() - since
    tell(f"{start:%B}: {len(flights):,} flights asked of {served} in {asked:.0f} s")

    outcomes = flights[["flight_id", "late"]].set_axis(["id", "outcome"], axis=1)
    serving.log_outcomes("delay", outcomes, project=loop)
    over = with_log(loop, flights, since)
    history = pd.concat([bb.load_dataset("history", project=loop), over], ignore_index=True)
    arrived = time.time()
    bb.save_dataset("history", history, note=f"to the end of {start:%B}", project=loop)
    take_turn(stage)
    champion = bb.get_model("delay@champion", project=loop)
    serving_since = stage.client.wait_for(champion.ref)

    state = monitor_state(loop, "delay")
    seen = state.observed(f"{start:%Y-%m}")
    done = next((one for one in state.retrainings if one.chunk == seen.chunk.id), None)
    aucs = {"loop": roc_auc_score(over["late"], over["probability"])} | stage.policies.aucs(flights, month)
    tell("  " + " · ".join(f"{name} {auc:.3f}" for name, auc in aucs.items()))
    return SimpleNamespace(
        month=start,
        rows=len(flights),
        served=served,
        champion=champion.ref,
        seen=seen,
        retraining=done,
        verdicts=verdicts_of(loop, done),
        notes={version: bb.get_model(f"delay:{version}", project=loop).note for version in made_by(loop, done)},
        aucs=aucs,
        hindsight=hindsight(loop, flights, before) if before else {},
        seconds=times(loop, arrived, done, serving_since if champion.ref != served else None) | {"asked": asked},
    )


def with_log(loop, flights, since):
    """The month's flights with what the endpoint's own log says was predicted and came true."""
    log = serving.prediction_frame("delay", since=since, project=loop)
    log = log[["prediction.id", "prediction.probability", "prediction.version", "prediction.outcome"]]
    log.columns = ["flight_id", "probability", "version", "outcome"]
    joined = flights.merge(log, on="flight_id", how="left", validate="one_to_one")
    if not (joined["outcome"] == joined["late"]).all() or joined["probability"].isna().any():
        raise SystemExit("The log of the endpoint lacks predictions or outcomes of this month.")
    return joined.drop(columns="outcome").astype({"version": "int64"})


def take_turn(stage):
    """One `benchbook watch --once`, as a scheduler would start it; the loop does everything in there by itself."""
    command = [sys.executable, "-m", "benchbook", "--project", str(stage.loop.root), "watch", "delay", "--once"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=[stage.lock.fileno()]
    ) as turn:
        for line in turn.stdout:
            stage.tell("  " + (line.rstrip() if len(line) < 150 else line[:147] + "…"))
    if turn.returncode:
        raise SystemExit(f"`benchbook watch --once` ended with {turn.returncode}.")


def made_by(loop, done):
    """The versions a retraining has registered."""
    if done is None or done.run is None:
        return []
    query = f"SELECT version FROM model_versions WHERE name = 'delay' AND run IN \
(SELECT id FROM runs WHERE id = '{done.run}' OR parent = '{done.run}') ORDER BY version"
    return bb.sql(query, project=loop)["version"].tolist()


def verdicts_of(loop, done):
    """What the gate said of each of them, by version; the first word counts."""
    made = made_by(loop, done)
    return {one.version: one for one in list_verdicts(limit=20, project=loop) if one.version in made}


def times(loop, arrived, done, serving_since):
    """Seconds from the arrival of the month's data to each step of the loop, by the ledger's own clock."""
    query = f"SELECT action, noun, epoch(time) AS at FROM facts WHERE epoch(time) >= {arrived} ORDER BY seq"
    facts = bb.sql(query, project=loop)
    steps = {"alert": ("observe", "monitor"), "retrained": ("end", "monitor"), "decided": ("decide", "monitor")}
    found = {}
    for name, (action, noun) in steps.items():
        at = facts.loc[(facts["action"] == action) & (facts["noun"] == noun), "at"]
        if len(at):
            found[name] = at.iloc[-1] - arrived
    if done is not None and serving_since is not None:
        found["served"] = serving_since - arrived
    return found


# --------------------------------------------------------------------------------------------------- what else could be


class FixedPolicies:
    """Never retrain, or always: on three months, or on all that are over. Same recipe, same flights, no gate."""

    def __init__(self, year, rounds):
        self._year, self._rounds = year, rounds
        self._never = self._learned(year["departs"] < day_one(FIRST))

    def aucs(self, flights, month):
        """ROC AUC of each on the flights of ``month``."""
        start, departs = day_one(month), self._year["departs"]
        models = dict.fromkeys(("never", "last 3", "all"), self._never)  # until April all three know the same
        if month > FIRST:
            models["last 3"] = self._learned((departs >= start - pd.DateOffset(months=3)) & (departs < start))
            models["all"] = self._learned(departs < start)
        rows = inputs(flights)
        return {name: roc_auc_score(flights["late"], model.predict_proba(rows)[:, 1]) for name, model in models.items()}

    def _learned(self, known):
        rows = self._year[known]
        return boosted_trees(self._rounds, SEED).fit(inputs(rows), rows["late"])


def hindsight(loop, flights, before):
    """ROC AUC on ``flights`` of each version that the loop could choose from when the month before had ended."""
    refs = [before.served, *(f"delay:{version}" for version in before.notes)]
    models = {ref: bb.load_model(ref, project=loop) for ref in refs}
    rows = inputs(flights)
    return {ref: roc_auc_score(flights["late"], model.predict_proba(rows)[:, 1]) for ref, model in models.items()}


# --------------------------------------------------------------------------------------------------------- the endpoint


class Client:
    """Asks the endpoint over HTTP, on one connection."""

    def __init__(self, endpoint):
        self._http = http.client.HTTPConnection(urlsplit(endpoint.url).netloc, timeout=120)
        self._last = time.monotonic()
        self._headers = {"Authorization": f"Bearer {endpoint.token}", "Content-Type": "application/json"}

    def model(self):
        """What serves now, and since when."""
        return self._ask("GET", "/model")

    def predict(self, flights):
        """Ask for every flight, many in one request; the endpoint keeps what it answers."""
        rows = inputs(flights).astype(object)
        rows = rows.where(rows.notna(), None).to_dict("records")
        ids = flights["flight_id"].tolist()
        for start in range(0, len(rows), ROWS):
            body = {"rows": rows[start : start + ROWS], "ids": ids[start : start + ROWS]}
            answer = self._ask("POST", "/predict", json.dumps(body))
            if answer["ids"] != body["ids"]:
                raise SystemExit("The endpoint answered for other flights than it was asked about.")

    def close(self):
        """Close the connection."""
        self._http.close()

    def wait_for(self, ref, seconds=60):
        """Wait until ``ref`` serves, and return since when."""
        for _ in range(seconds * 10):
            now = self.model()
            if now["model"] == ref:
                return now["since"]
            time.sleep(0.1)
        raise SystemExit(f"The endpoint did not follow to {ref} within {seconds} s.")

    def _ask(self, method, path, body=None):
        if time.monotonic() - self._last > 2:
            self._http.close()  # the endpoint ends connections that rest; the next request opens another
        self._last = time.monotonic()
        self._http.request(method, path, body, self._headers)
        answer = self._http.getresponse()
        text = answer.read()
        self._last = time.monotonic()
        if answer.status != 200:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500].decode(errors='replace')}")
        return json.loads(text)


def main():
    """Replay, and print what came of it."""
    parser = argparse.ArgumentParser(description="The year 2013, replayed month by month.")
    parser.add_argument("folder", nargs="?", default="replay", help="where; an earlier replay there is removed")
    parser.add_argument("--last", type=int, default=12, choices=range(FIRST, 13), help="last month (12)")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"trees of each model ({ROUNDS})")
    parser.add_argument("--every", type=int, default=1, help="take every n-th flight only, for a quick look")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the endpoint is ended then too
    began = time.monotonic()
    months = replay(asked.folder, last=asked.last, rounds=asked.rounds, every=asked.every)
    text = report(months, time.monotonic() - began)
    (Path(asked.folder) / "report.md").write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
