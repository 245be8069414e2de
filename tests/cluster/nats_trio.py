"""Three nats-servers on loopback that are one JetStream cluster."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from tests.cluster.nats_server import NatsServer

SERVERS = 3


class NatsTrio:
    """The servers by name, ``n0`` to ``n2``."""

    def __init__(self, directory: Path) -> None:
        with ExitStack() as held:
            sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
            ports = [one.getsockname()[1] for one in sockets]
        routes = ",".join(f"nats://127.0.0.1:{port}" for port in ports)
        self.servers = {
            f"n{number}": NatsServer(
                directory / f"n{number}",
                *("--server_name", f"n{number}", "--cluster_name", "trio"),
                *("--cluster", f"nats://127.0.0.1:{port}", "--routes", routes),
            )
            for number, port in enumerate(ports)
        }

    def address(self, name: str = "venue") -> str:
        """Address of a log that all three keep."""
        hosts = ",".join(server.hostport for server in self.servers.values())
        return f"nats://{hosts}/{name}?replicas={SERVERS}"


def running(directory: Path) -> Iterator[NatsTrio]:
    """Give three started servers, and kill them afterwards."""
    trio = NatsTrio(directory)
    try:
        for server in trio.servers.values():
            server.start()
        yield trio
    finally:
        for server in trio.servers.values():
            server.kill()
