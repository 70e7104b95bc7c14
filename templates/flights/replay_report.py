"""What a replayed year looks like in words: the table, each decision with its reason, and how the policies compare."""

from statistics import mean

POLICIES = ("loop", "never", "last 3", "all")


def report(months, seconds):
    """The whole report in Markdown."""
    parts = [table(months), decisions(months), comparison(months), durations(months, seconds)]
    return "\n\n".join(parts) + "\n"


def table(months):
    """One row a month: what was seen when it ended, what followed, and ROC AUC beside the fixed policies."""
    head = "| 2013 | served by | drifted | estimated | true | alerts | retrained | loop | never | last 3 | all |"
    lines = [head, "|" + "---|" * 11]
    for one in months:
        cells = [f"{one.month:%b}", one.served, drifted(one), between(one.seen.estimate), between(one.seen.performance)]
        cells += [kinds(one), outcome(one), *(f"{one.aucs[name]:.3f}" for name in POLICIES)]
        lines.append("| " + " | ".join(cells) + " |")
    means = " | ".join(f"**{average(months, name):.4f}**" for name in POLICIES)
    lines.append(f"| mean | | | | | | {retrainings(months)} times | {means} |")
    return "\n".join(lines)


def decisions(months):
    """What was decided at the end of each month, why, and what the next month showed."""
    lines = []
    for one, after in zip(months, [*months[1:], None], strict=True):
        text = f"- **End of {one.month:%B}.** Drifted: {drifted(one)}. "
        text += decided(one) if one.retraining else waited(one)
        if after is not None:
            text += " " + (afterwards(one, after) if one.retraining else missed(after))
        lines.append(text)
    return "\n".join(lines)


def decided(one):
    """The candidates, and what the gate said of each."""
    said = []
    for version, verdict in sorted(one.verdicts.items()):
        compared = next((check for check in verdict.checks if check.before is not None), None)
        name = f"delay:{version} ({one.notes.get(version, '')})"
        if compared is None:
            said.append(f"{name}: {verdict.sentence}")
            continue
        against = f"{compared.value:.3f} against {compared.before:.3f}"
        sure = f", at least {compared.interval.low:+.3f} with {compared.interval.confidence:.0%} confidence"
        said.append(f"{name} {'passed' if verdict.passed else 'did not pass'}: {against}{sure}")
    done = one.retraining
    what = f"Promoted delay:{done.version}" if done.outcome == "promoted" else str(done.outcome).capitalize()
    return f"{what}. On the last ten days {'; '.join(said)}." if said else f"{what}. {done.reason}"


def waited(one):
    """Why nothing was retrained."""
    now, before = one.seen.performance[0], one.seen.baseline
    return f"Not retrained: too few columns, and {now:.3f} is no alarming drop from {before:.3f}."


def missed(after):
    """What a retraining on all months would have brought, where there were no candidates to compare with."""
    lost = after.aucs["all"] - after.aucs["loop"]
    said = f"in {after.month:%B} a model of all months so far has {after.aucs['all']:.3f}"
    return f"Right: {said}, no more." if lost < 0.0005 else f"{judgement(lost)}: {said}, {lost:.3f} more."


def judgement(lost):
    """How wrong a decision was that has cost so much ROC AUC; repeats with other seeds differ by 0.005."""
    return "Wrong" if lost >= 0.005 else "Slightly wrong"


def afterwards(one, after):
    """Whether the choice was the best there was, as only the next month could tell."""
    chosen, best = one.champion, max(after.hindsight, key=after.hindsight.get)
    lost = after.hindsight[best] - after.hindsight[chosen]
    month = f"{after.month:%B}"
    if lost < 0.0005:
        return f"Right: nothing else would have been better in {month} ({after.hindsight[chosen]:.3f})."
    kept = " (the one that served)" if best == one.served else ""
    return (
        f"{judgement(lost)}: in {month} {best}{kept} would have reached {after.hindsight[best]:.3f}, {lost:.3f} more."
    )


def comparison(months):
    """Means, and how many retrainings each policy took; the one after the last month serves nobody any more."""
    fixed = {name: average(months, name) for name in POLICIES[1:]}
    best, loop = max(fixed, key=fixed.get), average(months, "loop")
    used = sum(one.retraining is not None for one in months[:-1])
    return (
        f"Mean ROC AUC {loop:.4f}; the best fixed policy in hindsight, always on {named(best)}, has {fixed[best]:.4f} "
        f"({loop - fixed[best]:+.4f}); never retrained {fixed['never']:.4f} ({loop - fixed['never']:+.4f}). "
        f"Retrained {used} times before the last month ended; always would be {len(months) - 1} times."
    )


def named(policy):
    """A policy in words."""
    return {"last 3": "the last three months", "all": "all months so far", "never": "January to March"}[policy]


def durations(months, seconds):
    """How long the parts took, from the moment the month's data arrived."""
    words = {
        "asked": "requests of a month",
        "alert": "data arrived → looked at and alerted",
        "retrained": "→ candidates trained",
        "served": "→ promoted, and the endpoint serves it",
        "decided": "→ decision recorded, promoted or held",
    }
    lines = ["| seconds | median | longest |", "|---|---|---|"]
    for key, word in words.items():
        found = sorted(one.seconds[key] for one in months if key in one.seconds)
        if found:
            lines.append(f"| {word} | {found[len(found) // 2]:.1f} | {found[-1]:.1f} |")
    requests = sum(one.rows for one in months)
    return "\n".join(lines) + f"\n\n{requests:,} predictions over HTTP, {seconds:.0f} s in all."


def drifted(one):
    """How many columns moved, and the one that moved most."""
    columns = {alert.column for alert in one.seen.alerts if alert.kind == "drift"}
    if not columns:
        return "none"
    most = max(columns, key=lambda column: one.seen.drift.get(column, 0.0))
    return f"{len(columns)} ({most.replace('_', ' ')} {one.seen.drift.get(most, 0.0):.2f})"


def kinds(one):
    """The kinds of alert, with how many there were of each."""
    found = [alert.kind for alert in one.seen.alerts]
    return ", ".join(f"{found.count(kind)} {kind}" for kind in dict.fromkeys(found)) or "none"


def outcome(one):
    """What became of a retraining, if there was one."""
    done = one.retraining
    if done is None:
        return "no"
    return f"promoted {done.version}" if done.outcome == "promoted" else str(done.outcome)


def between(value):
    """A value with its 95 % interval."""
    return "" if value is None else f"{value[0]:.3f} ({value[1]:.3f} to {value[2]:.3f})"


def average(months, name):
    """The mean ROC AUC of a policy."""
    return mean(one.aucs[name] for one in months)


def retrainings(months):
    """How often the loop has retrained."""
    return sum(one.retraining is not None for one in months)
