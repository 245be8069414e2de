"""The servers that are measured, each in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple

import msgspec

START_S = 240.0
STOP_S = 20.0
POLL_S = 0.005
CFX = Path(sys.executable).with_name("cfx")
FEW = ("--family", "GPU1", "--family", "H100")
"""Two families and their seven instruments, so that figures of different days compare."""


class Addresses(msgspec.Struct):
    """What ``cfx serve --ready-file`` tells, as far as it is needed here."""

    url: str
    marketdata: str
    keys: str
    pid: int

    @property
    def port(self) -> int:
        """Of the gateway."""
        return int(self.url.rpartition(":")[2])


class Exchange(NamedTuple):
    """A running ``cfx serve``: where, since when ready, and what it has said."""

    addresses: Addresses
    ready_s: float
    output: Path

    def keys(self) -> dict[str, dict[str, str]]:
        """Return client_id and client_secret of each account."""
        return msgspec.json.decode(
            Path(self.addresses.keys).read_bytes(), type=dict[str, dict[str, str]]
        )


@contextmanager
def exchange(
    folder: Path, options: Sequence[str] = (), environment: dict[str, str] | None = None
) -> Iterator[Exchange]:
    """Run ``cfx serve`` on free ports with its log in ``folder``, ready when /readyz answers 200."""
    ready_file, output = folder / "ready.json", folder / "output.txt"
    ready_file.unlink(missing_ok=True)
    arguments = ["--port", "0", "--marketdata-port", "0", "--data-dir", str(folder / "log")]
    began = time.perf_counter()
    with output.open("wb") as written:
        process = subprocess.Popen(
            [CFX, "serve", *arguments, "--ready-file", str(ready_file), *FEW, *options],
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "300", **(environment or {})},
        )
    try:
        while not ready_file.exists() or not answers(_addresses(ready_file).port):
            if process.poll() is not None or time.perf_counter() - began > START_S:
                raise RuntimeError(f"cfx serve did not start:\n{output.read_text()}")
            time.sleep(POLL_S)
        yield Exchange(_addresses(ready_file), time.perf_counter() - began, output)
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextmanager
def module(name: str, *arguments: str) -> Iterator[int]:
    """Run a module that prints its port as JSON and ends with its input; yields the port."""
    process = subprocess.Popen(
        [sys.executable, "-m", name, *arguments],
        cwd=Path(__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{name} did not start")
        yield msgspec.json.decode(line)["port"]
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _addresses(ready_file: Path) -> Addresses:
    return msgspec.json.decode(ready_file.read_bytes(), type=Addresses)


def answers(port: int) -> bool:
    """Say whether /readyz of a gateway answers 200."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
