"""A feed over several lines: as long as one of them is up nothing is missed and nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any

import msgspec

from clients.arbitration import Arbiter
from clients.connection import (
    TRANSIENT,
    Connection,
    OnFailure,
    OnState,
    Timing,
    backoff_s,
)
from clients.errors import ExchangeError, NotConnected, RpcError
from clients.rpc import OnAnswer, OnNotification, RpcSession

UNSUBSCRIBE = "public/unsubscribe"
ATTEMPTS = 3
AGAIN_S = 0.2


class ArbitratedFeed:
    """Market data of several nodes that publish the same, with the words of one Connection.

    A request goes to every line that is up; the first answer counts. on_state is told when the first
    line comes up and when the last one goes down.
    """

    def __init__(
        self,
        urls: Sequence[str],
        *,
        on_notification: OnNotification,
        on_session: Callable[[RpcSession], Awaitable[None]],
        on_state: OnState,
        on_failure: OnFailure,
        timing: Timing,
    ) -> None:
        if len(urls) < 2:
            raise ValueError("arbitration needs two addresses or more")
        self.urls = list(urls)
        self.arbiter = Arbiter()
        self._timing = timing
        self._on_notification = on_notification
        self._on_state = on_state
        self._up: set[int] = set()
        self._jitter = random.Random()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._on_session = on_session
        self._on_failure = on_failure
        self._lines = [self._line(number) for number in range(len(urls))]

    def _line(self, number: int) -> Connection:
        return Connection(
            self.urls[number],
            on_notification=partial(self._take, number),
            on_session=partial(self._set_up, number),
            on_state=partial(self._line_state, number),
            on_failure=self._on_failure,
            timing=self._timing,
        )

    @property
    def url(self) -> str:
        """All addresses, for what is said about it."""
        return ", ".join(self.urls)

    @property
    def reconnects(self) -> int:
        """Times that a line was set up again."""
        return sum(line.reconnects for line in self._lines)

    @property
    def up(self) -> list[str]:
        """Addresses of the lines that are up."""
        return [self.urls[number] for number in sorted(self._up)]

    async def open(self) -> None:
        """Open every line; those that do not answer are tried again. Raises when none answers."""
        opened = await asyncio.gather(
            *(line.open() for line in self._lines), return_exceptions=True
        )
        failures = [failure for failure in opened if isinstance(failure, BaseException)]
        if len(failures) == len(self._lines):
            raise failures[0]
        for number, failure in enumerate(opened):
            if failure is None:
                continue
            if not isinstance(failure, TRANSIENT):
                await self.close()
                raise failure
            self._spawn(self._keep_opening(number))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep_opening(self, number: int) -> None:
        attempt = 0
        while True:
            attempt += 1
            await asyncio.sleep(backoff_s(attempt, self._timing, self._jitter))
            line = self._lines[number] = self._line(number)
            with contextlib.suppress(*TRANSIENT):
                await line.open()
                return

    async def close(self) -> None:
        """Close every line."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.gather(*(line.close() for line in self._lines))

    async def request(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float | None = None,
        on_answer: OnAnswer | None = None,
    ) -> msgspec.Raw:
        """Send a request over every line that is up and return the first answer; see Connection.request."""
        if method == UNSUBSCRIBE and params is not None:
            self.arbiter.forget(params["channels"])
        chosen = [self._lines[number] for number in sorted(self._up)] or self._lines
        asked = [
            asyncio.create_task(self._ask(line, method, params, timeout_s, on_answer))
            for line in chosen
        ]
        self._tasks.update(asked)
        for task in asked:
            task.add_done_callback(self._forget)
        failure: BaseException = NotConnected(f"{method}: no line is up")
        for answer in asyncio.as_completed(asked):
            try:
                return await answer
            except ExchangeError as error:
                failure = error
        raise failure

    async def _ask(
        self,
        line: Connection,
        method: str,
        params: Mapping[str, Any] | None,
        timeout_s: float | None,
        on_answer: OnAnswer | None,
    ) -> msgspec.Raw:
        """Ask one line; a node that lags may not know yet what it is asked for, and is asked again."""
        for attempt in range(ATTEMPTS):
            try:
                return await line.request(method, params, timeout_s=timeout_s, on_answer=on_answer)
            except RpcError:
                if attempt == ATTEMPTS - 1:
                    raise
                await asyncio.sleep(AGAIN_S)
        raise NotConnected(f"{method}: {line.url} was not asked")

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            # What a line does not answer, it subscribes to anew when it is up again.
            task.exception()

    def _take(self, line: int, channel: str, raw: msgspec.Raw) -> None:
        for fresh in self.arbiter.take(line, channel, raw):
            self._on_notification(channel, fresh)

    async def _set_up(self, line: int, session: RpcSession) -> None:
        # Before it subscribes: the states that come then are already this line's.
        self.arbiter.line_up(line)
        try:
            await self._on_session(session)
        except BaseException:
            self._lose(line)
            raise

    def _line_state(self, line: int, up: bool, detail: str) -> None:
        if up:
            self._up.add(line)
            if len(self._up) == 1:
                self._on_state(True, detail)
            return
        was_up = line in self._up
        self._up.discard(line)
        self._lose(line)
        if was_up and not self._up:
            self._on_state(False, detail)

    def _lose(self, line: int) -> None:
        for channel, raw in self.arbiter.line_down(line):
            self._on_notification(channel, raw)


def connected(
    urls: Sequence[str],
    *,
    on_notification: OnNotification,
    on_session: Callable[[RpcSession], Awaitable[None]],
    on_state: OnState,
    on_failure: OnFailure,
    timing: Timing,
) -> Connection | ArbitratedFeed:
    """Return the connection to one address, or the feed over several; ValueError for none."""
    if not urls:
        raise ValueError("no address of market data is given")
    made = Connection if len(urls) == 1 else ArbitratedFeed
    return made(
        urls[0] if len(urls) == 1 else urls,
        on_notification=on_notification,
        on_session=on_session,
        on_state=on_state,
        on_failure=on_failure,
        timing=timing,
    )
