"""One exchange as its users start it: `cfx serve` in a process of its own."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
from typer.testing import CliRunner

from exchange.cli import app

START_S = 240.0
"""A machine that has never run it compiles first."""
STOP_S = 60.0
POLL_S = 0.02

_READY = re.compile(r"ready: gateway http://(\S+):(\d+) .*market data ws://\S+:(\d+)")


def cfx() -> str:
    """The installed command, beside the interpreter that runs the tests."""
    found = shutil.which("cfx", path=str(Path(sys.executable).parent))
    assert found is not None, "cfx is not installed beside this Python: `make setup` installs it"
    return found


def run_cfx(*arguments: str, bound_s: float = START_S) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a process of its own."""
    environment = {**os.environ, "COLUMNS": "300"}
    return subprocess.run(
        [cfx(), *arguments],
        capture_output=True,
        text=True,
        timeout=bound_s,
        check=False,
        env=environment,
    )


class Told(NamedTuple):
    """What a command said, and its exit status."""

    returncode: int
    stdout: str
    stderr: str


def type_cfx(*arguments: str) -> Told:
    """Run a command of the exchange to its end in this process, which spares the start of another."""
    done = CliRunner().invoke(app, arguments, env={"COLUMNS": "300"})
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Told(done.exit_code, done.stdout, done.stderr)


class RunningExchange:
    """`cfx serve` on free ports; what it writes goes to ``output_path``."""

    def __init__(
        self, data_dir: Path, *options: str, environment: Mapping[str, str] | None = None
    ) -> None:
        self.data_dir = data_dir
        self.output_path = data_dir.parent / f"{data_dir.name}.{time.monotonic_ns()}.out"
        self.port = 0
        self.marketdata_port = 0
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [cfx(), "serve", *self._defaults(options), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **(environment or {})},
                # A signal to the group of the tests is not for it.
                start_new_session=True,
            )

    def _defaults(self, options: Sequence[str]) -> list[str]:
        wanted = {"--port": "0", "--marketdata-port": "0", "--data-dir": str(self.data_dir)}
        # Two families are enough for most tests, and seven instruments start sooner than all of them.
        few = [] if "--family" in options else ["--family", "GPU1", "--family", "H100"]
        if "--ephemeral" in options:
            del wanted["--data-dir"]
        given = {name: value for name, value in wanted.items() if name not in options}
        return [*few, *(word for pair in given.items() for word in pair)]

    @property
    def pid(self) -> int:
        """Of the exchange itself; the market-data service is its child."""
        return self.process.pid

    @property
    def http_url(self) -> str:
        """Without a path."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        """Of the gateway's WebSocket."""
        return f"ws://127.0.0.1:{self.port}/ws/api/v2"

    @property
    def marketdata_url(self) -> str:
        """Of the market-data service."""
        return f"ws://127.0.0.1:{self.marketdata_port}/ws/api/v2"

    @property
    def output(self) -> str:
        """All that it has written so far, to either stream."""
        return self.output_path.read_text(encoding="utf-8", errors="replace")

    def wait_ready(self, bound_s: float = START_S) -> RunningExchange:
        """Wait until /readyz answers 200."""
        end = time.monotonic() + bound_s
        while time.monotonic() < end:
            assert self.process.poll() is None, f"it ended:\n{self.output}"
            if not self.port:
                found = _READY.search(self.output)
                if found is not None:
                    self.port, self.marketdata_port = int(found[2]), int(found[3])
                    continue
            elif self.status()[0] == 200:
                return self
            time.sleep(POLL_S)
        raise AssertionError(f"not ready within {bound_s} s:\n{self.output}")

    def status(self) -> tuple[int, dict[str, Any]]:
        """The answer of /readyz: its HTTP status and content."""
        answer = httpx.get(f"{self.http_url}/readyz", timeout=STOP_S)
        return answer.status_code, answer.json()

    @property
    def keys(self) -> dict[str, dict[str, str]]:
        """keys.json: account to client_id and client_secret."""
        return msgspec.json.decode(
            (self.data_dir / "keys.json").read_bytes(), type=dict[str, dict[str, str]]
        )

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop, and return its exit status; fails when that takes longer than STOP_S."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.wait_ended()

    def wait_ended(self, bound_s: float = STOP_S) -> int:
        """Return its exit status once it has ended by itself."""
        try:
            return self.process.wait(bound_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"still there after {bound_s} s:\n{self.output}") from None

    def kill(self) -> None:
        """kill -9, as a power cut would."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_S)
