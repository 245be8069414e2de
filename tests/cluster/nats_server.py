"""A real nats-server on loopback: a free port, file storage, killed and started again at will."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

START_S = 60.0


class NatsServer:
    """One server with its storage in a directory; it keeps its port when it is started again."""

    def __init__(self, directory: Path, *options: str, jetstream: bool = True) -> None:
        self.directory = directory
        self.port = 0
        self._options = options
        self._jetstream = jetstream
        self._process: subprocess.Popen[bytes] | None = None
        directory.mkdir(parents=True, exist_ok=True)

    @property
    def hostport(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def address(self, name: str = "venue") -> str:
        """Address of a log on it."""
        return f"nats://{self.hostport}/{name}"

    def start(self) -> NatsServer:
        """Start it, and wait until it listens."""
        ports = self.directory / "ports"
        shutil.rmtree(ports, ignore_errors=True)
        ports.mkdir()
        storage = ["-js", "-sd", str(self.directory / "storage")] if self._jetstream else []
        with (self.directory / "server.log").open("ab") as output:
            self._process = subprocess.Popen(
                [
                    *(found(), "-a", "127.0.0.1", "-p", str(self.port or -1)),
                    *("--ports_file_dir", str(ports), *storage, *self._options),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        end_s = time.monotonic() + START_S
        while time.monotonic() < end_s:
            assert self._process.poll() is None, self.output
            for path in ports.glob("*.ports"):
                try:
                    told = msgspec.json.decode(path.read_bytes())
                except msgspec.DecodeError:
                    continue
                self.port = int(told["nats"][0].rpartition(":")[2])
                return self
            time.sleep(0.01)
        raise AssertionError(f"nats-server did not start:\n{self.output}")

    @property
    def output(self) -> str:
        """All that it has written."""
        return (self.directory / "server.log").read_text(errors="replace")

    def pause(self) -> None:
        """Stop it in its tracks, as a network that swallows everything would seem to its clients."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        assert self._process is not None
        os.kill(self._process.pid, signal.SIGCONT)

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait(START_S)


def found() -> str:
    """The server's program; the test skips, saying so, where there is none."""
    path = shutil.which("nats-server") or shutil.which(
        "nats-server", path="/usr/sbin:/usr/local/sbin"
    )
    if path is None:
        pytest.skip("nats-server is not installed (Debian: apt install nats-server)")
    return path


def running(directory: Path, *options: str, jetstream: bool = True) -> Iterator[NatsServer]:
    """Give a started server, and kill it afterwards."""
    server = NatsServer(directory, *options, jetstream=jetstream)
    try:
        yield server.start()
    finally:
        server.kill()
