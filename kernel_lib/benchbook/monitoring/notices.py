"""Where alerts go besides the ledger and JupyterLab: a file of the project, and an https address of another machine.

An address is resolved first and refused when it leads to this machine or a private network (unless the file says that
it is this machine's), and redirects are not followed. A sink that fails is a warning: the alert is recorded already,
and nothing may be lost or held up by a notice.
"""

from __future__ import annotations

import http.client
import ipaddress
import os
import socket
import ssl
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

import msgspec

from benchbook.errors import BenchbookError, InvalidInput, NotAllowed
from benchbook.monitoring.state import Alert
from benchbook.store.lock import unwritable

if TYPE_CHECKING:
    from benchbook.project import Project
    from benchbook.project.monitor_config import MonitorConfig

SECONDS = 5.0
"""How long another machine may take to answer."""


class Sinks(Protocol):
    """Where notices go, as `benchbook.yaml` says: a file, an address, and whether that is this machine's."""

    @property
    def notify_file(self) -> str: ...  # noqa: D102  as in `MonitorConfig`
    @property
    def notify_url(self) -> str: ...  # noqa: D102
    @property
    def notify_local(self) -> bool: ...  # noqa: D102


def notify(project: Project, name: str, monitor: MonitorConfig, alerts: list[Alert]) -> None:
    """Send ``alerts`` wherever the monitor says; what cannot be sent is warned of and stays in the ledger."""
    for alert in alerts:
        body = {"monitor": name, "model": monitor.model, "project": project.name, **msgspec.to_builtins(alert)}
        send_notice(project, f"monitor {name!r}", monitor, body)


def send_notice(project: Project, whose: str, sinks: Sinks, body: dict[str, Any]) -> None:
    """Send one notice to each of ``sinks``; what cannot be sent is warned of."""
    for sink, send in ((sinks.notify_file, _to_file), (sinks.notify_url, _to_url)):
        if sink:
            try:
                send(project, sinks, body)
            except BenchbookError as error:
                warnings.warn(f"A notice of {whose} could not be sent: {error}", RuntimeWarning, stacklevel=3)


def _to_file(project: Project, sinks: Sinks, body: dict[str, Any]) -> None:
    sink = sinks.notify_file
    path = (project.root / sink).resolve()
    if not path.is_relative_to(project.root.resolve()) or path.is_relative_to(project.folder.resolve()):
        raise NotAllowed(f"{sink!r} is no file that alerts may be written to.", hint="Name one inside the project.")
    line = msgspec.json.encode(body) + b"\n"
    try:
        fd = os.open(Path(path), os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            os.write(fd, line)
        finally:
            os.close(fd)
    except OSError as error:
        raise unwritable(path, error) from error


def _to_url(_: Project, sinks: Sinks, body: dict[str, Any]) -> None:
    parts = urlsplit(sinks.notify_url)
    host = parts.hostname or ""
    connection: http.client.HTTPConnection
    if sinks.notify_local:
        connection = http.client.HTTPConnection(_own_address(host), parts.port or 80, timeout=SECONDS)
    else:
        port = parts.port or 443
        connection = _Pinned(host, port, public_address(host, port))
    try:
        connection.request("POST", parts.path or "/", msgspec.json.encode(body), {"Content-Type": "application/json"})
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise InvalidInput(f"{host} did not take it: {error}.", hint="Check the address in benchbook.yaml.") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise InvalidInput(f"{host} answered {status}.", hint="Redirects are not followed; give the final address.")


def public_address(host: str, port: int) -> str:
    """An address of ``host`` that belongs to another machine on a public network.

    Raises:
        NotAllowed: any of its addresses is this machine's, private, or otherwise not public.
        InvalidInput: it cannot be resolved.
    """
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise InvalidInput(f"The host {host[:80]!r} cannot be found ({error}).") from error
    hidden = [address for address in sorted(found) if not ipaddress.ip_address(address.partition("%")[0]).is_global]
    if hidden:
        raise NotAllowed(
            f"{host!r} leads to {hidden[0]}, which is not public: alerts are not sent into this machine or network.",
            hint="Use `notify_file:`, or an address of a public service.",
        )
    return min(found)


def _own_address(host: str) -> str:
    own = {"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "::1": "::1"}
    if host not in own:
        raise NotAllowed(f"{host!r} is not this machine, though `notify_local` says so.", hint="Write 127.0.0.1.")
    return own[host]


class _Pinned(http.client.HTTPSConnection):
    """Connects to the address that was checked, so that a second look-up cannot lead elsewhere."""

    def __init__(self, host: str, port: int, address: str) -> None:
        super().__init__(host, port, timeout=SECONDS, context=ssl.create_default_context())
        self._address = address

    def connect(self) -> None:
        """Connect, with the certificate checked against the name."""
        plain = socket.create_connection((self._address, self.port), SECONDS)
        self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.host)
