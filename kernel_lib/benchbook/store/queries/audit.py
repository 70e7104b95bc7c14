"""Questions about the facts themselves, for the audit log."""

from __future__ import annotations

from benchbook.store.store import Query


def facts(since: float, noun: str | None, name: str | None, limit: int) -> Query:
    """seq, id, time, actor, action, noun, name, data of the facts since a time in seconds, newest first."""
    sql = "WHERE epoch_us(time) >= ?"
    params: tuple[int | str, ...] = (int(since * 1e6),)
    for column, value in (("noun", noun), ("name", name)):
        if value is not None:
            sql, params = f"{sql} AND {column} = ?", (*params, value)
    return Query(
        f"SELECT seq, id, epoch_us(time) / 1e6, actor, action, noun, name, data FROM facts {sql} "
        "ORDER BY seq DESC LIMIT ?",
        (*params, limit),
    )
