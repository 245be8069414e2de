"""A nats-server of one's own for a measurement: a free port on loopback, its files in a folder."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

START_S = 20.0


class NoServerError(RuntimeError):
    """There is no nats-server on this machine."""


@contextmanager
def nats_server(folder: Path) -> Iterator[str]:
    """Run one, and yield where it listens, ``nats://127.0.0.1:PORT``; raises NoServerError."""
    program = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin")
    if program is None:
        raise NoServerError("nats-server is not installed (Debian: apt install nats-server)")
    folder.mkdir(parents=True, exist_ok=True)
    listening = ["-a", "127.0.0.1", "-p", "-1", "--ports_file_dir", str(folder)]
    with (folder / "server.log").open("wb") as output:
        process = subprocess.Popen(
            [program, *listening, "-js", "-sd", str(folder / "storage")],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield _told(process, folder)
    finally:
        process.kill()
        process.wait()


def _told(process: subprocess.Popen[bytes], folder: Path) -> str:
    ends_s = time.monotonic() + START_S
    while time.monotonic() < ends_s and process.poll() is None:
        for path in folder.glob("*.ports"):
            try:
                return str(msgspec.json.decode(path.read_bytes())["nats"][0])
            except msgspec.DecodeError:
                continue
        time.sleep(0.01)
    raise NoServerError(f"nats-server did not start: {(folder / 'server.log').read_text()}")
