"""How a follower is, for those who look after it: /healthz, /readyz and /metrics over HTTP.

Ready (200, else 503) is a follower that is less than READY_LAG_S behind the log, and not cut off from it.
"""

from __future__ import annotations

import http
from collections.abc import Callable
from typing import Any

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from exchange.following.follower import Lag

READY_LAG_S = 5.0
"""A default, not a figure of any venue's rules."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """State of one follower.

    seq: the last command applied. commands: applied since this process began.
    """

    role: str
    seq: int
    commands: int
    lag_commands: int
    lag_seconds: float
    state: str = "following"
    fault: str = ""
    """Why the log that it follows may be longer than it knows; empty where it is not cut off."""

    @classmethod
    def of(cls, role: str, seq: int, commands: int, lag: Lag) -> Health:
        """Return the health of a follower that is ``lag`` behind."""
        return cls(
            role=role,
            seq=seq,
            commands=commands,
            lag_commands=lag.commands,
            lag_seconds=round(lag.seconds, 6),
        )

    @property
    def ready(self) -> bool:
        """Whether it is near enough to the log's end to be relied on."""
        return self.lag_seconds < READY_LAG_S and not self.fault

    def metrics(self) -> str:
        """Return it in Prometheus' text format."""
        label = f'{{role="{self.role}"}}'
        figures = (
            ("seq", "gauge", "Last command of the log that is applied.", self.seq),
            ("commands_total", "counter", "Commands applied by this process.", self.commands),
            ("lag_commands", "gauge", "Durable commands not yet applied.", self.lag_commands),
            (
                "lag_seconds",
                "gauge",
                "Wall seconds since it was level with the log.",
                self.lag_seconds,
            ),
            (
                "cut_off",
                "gauge",
                "1 while the servers of the log do not answer.",
                int(bool(self.fault)),
            ),
        )
        return "".join(
            f"# HELP cfx_follower_{name} {text}\n# TYPE cfx_follower_{name} {kind}\n"
            f"cfx_follower_{name}{label} {value}\n"
            for name, kind, text, value in figures
        )


Look = Callable[[], Health]


def answer(path: str, look: Look) -> Response | None:
    """Return the answer to a GET of one of the three paths, None for any other."""
    match path.partition("?")[0]:
        case "/healthz":
            return _response(http.HTTPStatus.OK, "text/plain", b"ok\n")
        case "/readyz":
            health = look()
            status = http.HTTPStatus.OK if health.ready else http.HTTPStatus.SERVICE_UNAVAILABLE
            body: dict[str, Any] = {"ready": health.ready, **msgspec.structs.asdict(health)}
            return _response(status, "application/json", msgspec.json.encode(body))
        case "/metrics":
            text = look().metrics().encode()
            return _response(http.HTTPStatus.OK, "text/plain; version=0.0.4", text)
        case _:
            return None


def _response(status: http.HTTPStatus, kind: str, body: bytes) -> Response:
    headers = Headers({"Content-Type": kind, "Content-Length": str(len(body))})
    headers["Connection"] = "close"
    return Response(status.value, status.phrase, headers, body)


class HealthServer:
    """Answers the three paths for a follower that serves nothing else."""

    def __init__(self, look: Look, host: str, port: int) -> None:
        self._look = look
        self._host = host
        self._asked_port = port
        self._server: Server | None = None

    @property
    def port(self) -> int:
        """Port that it listens on; raises RuntimeError before start()."""
        if self._server is None:
            raise RuntimeError("it is not started")
        port: int = next(iter(self._server.sockets)).getsockname()[1]
        return port

    async def start(self) -> None:
        """Listen; raises OSError when the address is taken."""
        self._server = await serve(
            _no_socket, self._host, self._asked_port, process_request=self._answer
        )

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    def _answer(self, connection: ServerConnection, request: Request) -> Response:
        found = answer(request.path, self._look)
        return found or connection.respond(
            http.HTTPStatus.NOT_FOUND, "use /healthz, /readyz, /metrics\n"
        )


async def _no_socket(connection: ServerConnection) -> None:
    await connection.close()
