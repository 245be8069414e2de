"""The market-data service as a child of the exchange: started, kept alive, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from collections import deque
from collections.abc import Callable

import msgspec

from exchange import processors
from exchange.config import Settings
from exchange.explained import ExplainedError
from exchange.market_clock import MarketClock

START_S = 60.0
STOP_S = 5.0
RESTARTS = 3
RESTARTS_WITHIN_S = 60.0


class ServingError(ExplainedError, RuntimeError):
    """The exchange cannot start or go on; the text says why and what to do."""


class _Port(msgspec.Struct):
    port: int


class MarketDataProcess:
    """The market-data service as a child process that follows the log: ``launch``, ``begin``, ``listening``."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._process: asyncio.subprocess.Process | None = None
        self._clock = MarketClock()
        self.port = 0

    @property
    def pid(self) -> int | None:
        """Of the process, None where there was none yet."""
        return self._process.pid if self._process is not None else None

    async def launch(self) -> None:
        """Start the process, which loads its modules and then waits for ``begin``; one that waits is left."""
        if self._process is not None and self._process.returncode is None:
            return
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "exchange.following.marketdata",
            str(self._settings.data_dir),
            "--host",
            self._settings.host,
            "--port",
            # A service that is started again keeps the port that its clients know.
            str(self.port or self._settings.marketdata_port),
            "--told-clock",
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            # Ctrl-C reaches the whole terminal group; this child stops when its input closes.
            start_new_session=True,
        )
        processors.send_elsewhere(self._process.pid)

    def begin(self, clock: MarketClock | None = None) -> None:
        """Let it open the log, which must be there, and follow.

        clock: the market's, as before or real time where it is not given.
        """
        self._clock = clock or self._clock
        self.tell_clock()

    def tell_clock(self) -> None:
        """Tell it how the market's clock goes now."""
        stdin = self._process.stdin if self._process is not None else None
        # Of one that has just died ``keep`` and ``listening`` hear by themselves.
        if stdin is not None and not stdin.is_closing():
            stdin.write(msgspec.json.encode(self._clock.terms) + b"\n")

    async def listening(self) -> None:
        """Wait until it serves (ServingError when it does not)."""
        if self._process is None or self._process.stdout is None:
            raise ServingError("the market-data service has no output to read its port from")
        line = b""
        with contextlib.suppress(TimeoutError):
            line = await asyncio.wait_for(self._process.stdout.readline(), START_S)
        if not line:
            raise ServingError(
                f"the market-data service did not start on port {self._settings.marketdata_port}: "
                "its reason is above; another --marketdata-port may help"
            )
        self.port = msgspec.json.decode(line, type=_Port).port

    async def start(self) -> None:
        """Start it beside a log that is there, and wait until it serves."""
        await self.launch()
        self.begin()
        await self.listening()

    async def ended(self) -> int:
        """Return its exit status once it has ended."""
        return await self._process.wait() if self._process is not None else 0

    async def keep(self, say: Callable[[str], None]) -> None:
        """Start it again whenever it ends; it takes up the log where the exchange is.

        Raises ServingError at more than RESTARTS ends within RESTARTS_WITHIN_S,
        and where it does not start.
        """
        ends_s: deque[float] = deque(maxlen=RESTARTS)
        while True:
            status = await self.ended()
            now_s = time.monotonic()
            if len(ends_s) == RESTARTS and now_s - ends_s[0] < RESTARTS_WITHIN_S:
                raise ServingError(
                    f"the market-data service ended {RESTARTS + 1} times within "
                    f"{RESTARTS_WITHIN_S:.0f} s, at last with status {status}"
                )
            ends_s.append(now_s)
            say(f"the market-data service ended with status {status}; starting it again")
            await self.start()
            say(f"market data is back on port {self.port}")

    async def stop(self) -> None:
        """Let it end by closing its input, or end it."""
        if self._process is None or self._process.returncode is not None:
            return
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), STOP_S)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
