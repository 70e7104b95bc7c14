"""Endpoints as they stand: serving, silent, ended or killed, with what they served, how much and how fast."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator

import pytest

from benchbook.errors import NotFound
from benchbook.models import register_model, set_alias
from benchbook.project import Project
from benchbook.serving import (
    EndpointProcess,
    EndpointState,
    endpoint_access,
    endpoint_states,
    list_endpoints,
    start_endpoint,
    stop_endpoint,
)
from library.serving.asking import ROW, fitted, flights, predict


@pytest.fixture
def endpoint(delay: Project) -> Iterator[EndpointProcess]:
    """An endpoint of `delay@champion`."""
    started = start_endpoint("delay@champion", project=delay)
    yield started
    if started.run in {one.run for one in list_endpoints(project=delay)}:
        stop_endpoint(started, project=delay)


def wait_for(project: Project, wanted: Callable[[EndpointState], bool]) -> EndpointState:
    """The state of the only endpoint once it is as ``wanted``, at most half a minute."""
    end = time.monotonic() + 30
    while not wanted(endpoint_states(project=project)[0]):
        assert time.monotonic() < end, endpoint_states(project=project)
        time.sleep(0.02)
    return endpoint_states(project=project)[0]


def test_one_that_serves(delay: Project, endpoint: EndpointProcess) -> None:
    """Its address, version, predictions and percentiles; and the version after the alias has moved."""
    before = endpoint_states(project=delay)[0]
    assert (before.state, before.version, before.predictions, before.latency) == ("serving", 1, 0, None)
    assert (before.model, before.ref, before.url, before.pid) == ("delay", "delay@champion", endpoint.url, endpoint.pid)
    for _ in range(3):
        predict(endpoint, ROW)
    after = endpoint_states(project=delay)[0]
    assert after.predictions == 3
    assert after.latency is not None
    assert 0 < after.latency.p50 <= after.latency.p95 <= after.latency.p99
    register_model("delay", fitted(1), example=flights(), project=delay)
    set_alias("delay", 2, "champion", project=delay)
    moved = wait_for(delay, lambda one: one.version == 2)
    assert moved.since >= before.since


def test_one_that_cannot_load_the_newer_version_says_so(delay: Project, endpoint: EndpointProcess) -> None:
    """It goes on serving the old one, and the reason stands beside it."""
    register_model("delay", fitted(1), project=delay)
    set_alias("delay", 2, "champion", project=delay)
    state = wait_for(delay, lambda one: one.problem != "")
    assert (state.state, state.version) == ("serving", 1)
    assert "delay:2 cannot be loaded" in state.problem


def test_one_that_hangs_is_silent(delay: Project, endpoint: EndpointProcess) -> None:
    """A stopped process holds its stream and does not answer; nobody waits for it for long."""
    os.kill(endpoint.pid, signal.SIGSTOP)
    try:
        state = endpoint_states(project=delay)[0]
        assert (state.state, state.version, state.url) == ("silent", 1, endpoint.url)
    finally:
        os.kill(endpoint.pid, signal.SIGCONT)
    assert wait_for(delay, lambda one: one.state == "serving").version == 1


def test_one_that_ended_and_one_that_was_killed(delay: Project, endpoint: EndpointProcess) -> None:
    """Both are listed with what they served last; neither has an address any more."""
    stop_endpoint(endpoint, project=delay)
    (ended,) = endpoint_states(project=delay)
    assert (ended.state, ended.version, ended.url, ended.pid) == ("ended", 1, "", 0)
    second = start_endpoint("delay:1", project=delay)
    os.kill(second.pid, signal.SIGKILL)
    killed = wait_for(delay, lambda one: one.state == "failed")
    assert (killed.ref, killed.version, killed.url) == ("delay:1", 1, "")
    assert [one.run for one in endpoint_states(project=delay)] == [second.run, endpoint.run]
    with pytest.raises(NotFound):
        endpoint_access(second.run, project=delay)


def test_what_a_caller_needs(delay: Project, endpoint: EndpointProcess) -> None:
    """Address, token and a line for a shell that names both."""
    access = endpoint_access(endpoint.run, project=delay)
    assert (access.url, access.token) == (endpoint.url, endpoint.token)
    assert access.curl.startswith(f"curl {endpoint.url}/predict ")
    assert endpoint.token in access.curl
    assert '"carrier"' in access.curl


def test_without_any_the_list_is_empty(delay: Project) -> None:
    """A project that never served."""
    assert endpoint_states(project=delay) == []
