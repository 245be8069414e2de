"""Followers as their users start them: `cfx follow` in a process of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from pathlib import Path

import httpx

from tests.live.running import POLL_S, START_S, STOP_S, cfx


class RunningFollower:
    """One follower of a data directory; what it writes goes to ``output_path``."""

    def __init__(self, data_dir: Path, role: str, *options: str) -> None:
        self.output_path = data_dir.parent / f"{role}.{time.monotonic_ns()}.out"
        self.url = ""
        with self.output_path.open("wb") as output:
            self.process = subprocess.Popen(
                [cfx(), "follow", "--role", role, "--data-dir", str(data_dir), *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "COLUMNS": "300"},
                start_new_session=True,
            )

    @property
    def output(self) -> str:
        """All that it has written so far."""
        return self.output_path.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern: str, bound_s: float = START_S) -> re.Match[str]:
        """Wait until it has written something, and return that."""
        end = time.monotonic() + bound_s
        while time.monotonic() < end:
            found = re.search(pattern, self.output)
            if found is not None:
                return found
            assert self.process.poll() is None, f"it ended:\n{self.output}"
            time.sleep(POLL_S)
        raise AssertionError(f"no {pattern!r} within {bound_s} s:\n{self.output}")

    def wait_ready(self) -> RunningFollower:
        """Wait until it tells where its /readyz is and answers there with 200."""
        self.url = self.wait_for(r"how it is: (http://\S+)/readyz")[1]
        end = time.monotonic() + START_S
        while httpx.get(f"{self.url}/readyz", timeout=STOP_S).status_code != 200:
            assert time.monotonic() < end, self.output
            time.sleep(POLL_S)
        return self

    def stop(self) -> int:
        """Ask it to stop, and return its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(STOP_S)

    def kill(self) -> None:
        """kill -9."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(STOP_S)
