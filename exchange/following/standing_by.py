"""The standby as a process: follows, says how it is, takes over when asked to, and serves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from exchange import serving
from exchange.config import Settings
from exchange.following import promotion
from exchange.following.health import HealthServer
from exchange.following.promotion import Phase, Request, StandbyLock, StandbyState
from exchange.following.source import CopiedStream
from exchange.following.standby import Standby, Takeover
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.ending import ended
from exchange.log.opening import explained_import
from exchange.log.port import LogLockedError
from exchange.serving import Addresses, Exchange

if TYPE_CHECKING:
    from exchange.sharing import Sharing

LOOK_S = 0.05
"""How often it looks for a request, and whether its state is to be told."""
TELL_S = 1.0
OWN_REQUEST = "automatic"

Say = Callable[[str], None]


class StandingBy:
    """One standby of a data directory, from its start until it is stopped or has taken over.

    settings: what it will serve with. automatic: take over whenever nobody writes the log any more,
    unasked. port: of /metrics and its like, None for none.
    """

    def __init__(
        self, settings: Settings, say: Say, *, automatic: bool = False, port: int | None = None
    ) -> None:
        self._settings = settings
        self._directory: Path = settings.data_dir
        self._say = say
        self._automatic = automatic
        self._port = port
        self._exchange = Exchange(settings)
        self._request = ""
        self._source: CopiedStream | None = None
        self._sharing: Sharing | None = None
        self._joining: asyncio.Task[None] | None = None
        self._standby: Standby

    async def run(self, ready_file: Path | None = None, duration_s: float | None = None) -> None:
        """Stand by until stopped by a signal, or serve as the exchange until stopped.

        ready_file: gets the addresses once it serves. Raises PromotionError where there is a standby
        already, and what recovery and serving raise.
        """
        lock = StandbyLock(self._directory)
        try:
            promotion.take_request(self._directory)
            await self._open_source()
            self._say("recovering the log and loading the kernels")
            self._standby = Standby(self._directory, self._source)
            self._exchange.prepare(self._say)
            # Loaded now, it does not have to be when every second counts.
            await self._exchange.marketdata.launch()
            taken = await self._stand_by()
            await self._stop_sharing()
            if taken is None:
                self._standby.close()
                return
            await serving.serve(
                self._exchange,
                duration_s,
                self._say,
                ready_file,
                taken=taken,
                on_ready=lambda addresses: self._serving(lock, addresses),
            )
        except BaseException as error:
            if hasattr(self, "_standby"):
                self._tell("failed", f"{type(error).__name__}: {error}")
            raise
        finally:
            await self._exchange.marketdata.stop()
            await self._stop_sharing()
            if self._source is not None:
                await self._source.close()
            lock.release()

    async def _open_source(self) -> None:
        """Bring the copy of a log on other machines into step; raises as CopiedStream.open does."""
        where = self._settings.log
        if where is None:
            return
        self._say("taking over what the log's servers hold")
        self._source = await CopiedStream.open(self._directory, where, self._settings.durability)
        self._say(f"this directory's copy is at command {self._source.node.seq}")
        with explained_import():
            from exchange.sharing import Sharing

        self._sharing = await Sharing.open(self._directory, where)
        self._joining = asyncio.create_task(self._sharing.run())

    async def _stop_sharing(self) -> None:
        if self._joining is not None:
            await ended(self._joining)
        sharing, self._sharing = self._sharing, None
        if sharing is not None:
            await sharing.close()

    def _serving(self, lock: StandbyLock, addresses: Addresses) -> None:
        self._tell("serving", addresses=addresses)
        # Another standby may follow this exchange from now on.
        lock.release()

    async def _stand_by(self) -> Takeover | None:
        """Follow until asked to take over, and do; None when stopped by a signal."""
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, stopped.set)
        health = None
        if self._port is not None:
            health = HealthServer(self._standby.health, self._settings.host, self._port)
            await health.start()
            self._say(f"how it is: http://{self._settings.host}:{health.port}/readyz and /metrics")
        self._say(f"standing by at command {self._standby.follower.seq}")
        self._tell("following")
        following = asyncio.create_task(self._standby.run())
        try:
            return await self._until_asked(following, stopped)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            if health is not None:
                await health.close()

    async def _until_asked(
        self, following: asyncio.Task[None], stopped: asyncio.Event
    ) -> Takeover | None:
        loop = asyncio.get_running_loop()
        told_s = said_s = loop.time()
        while not stopped.is_set():
            if following.done():
                following.result()
            request = promotion.take_request(self._directory)
            if request is None and self._automatic:
                request = Request(OWN_REQUEST, 0.0)
            if request is not None:
                taken = await self._take_over(request, following)
                if taken is not None:
                    return taken
            if loop.time() - told_s >= TELL_S:
                told_s = loop.time()
                self._tell("following")
            if loop.time() - said_s >= 10 * TELL_S:
                said_s = loop.time()
                lag = self._standby.lag()
                self._say(
                    f"at command {self._standby.follower.seq}, {lag.commands} commands and "
                    f"{lag.seconds:.3f} s behind"
                )
            await asyncio.sleep(LOOK_S)
        return None

    async def _take_over(self, request: Request, following: asyncio.Task[None]) -> Takeover | None:
        asked = request.name != OWN_REQUEST
        if asked:
            self._request = request.name
            self._tell("taking over")
        try:
            # It goes on following while it waits: only the last commands are left to apply.
            taken = await self._standby.take_over(
                self._settings.durability, request.wait_s, before=lambda: following.cancel()
            )
        except (LogLockedError, LogServerError) as locked:
            if asked:
                self._tell("following", str(locked))
                self._say(f"not taken over: {locked}")
            return None
        self._say(f"the log is this standby's from command {taken.replica.core.seq} on")
        return taken

    def _tell(self, phase: Phase, reason: str = "", addresses: Addresses | None = None) -> None:
        standby = self._standby
        behind = standby.lag() if phase == "following" else None
        state = StandbyState(
            phase=phase,
            pid=os.getpid(),
            seq=standby.replica.core.seq,
            lag_commands=behind.commands if behind else 0,
            lag_seconds=round(behind.seconds, 3) if behind else 0.0,
            request=self._request,
            reason=reason,
        )
        if addresses is not None:
            state = msgspec.structs.replace(
                state,
                url=addresses.url,
                gateway=addresses.gateway,
                marketdata=addresses.marketdata,
            )
        promotion.tell(self._directory, state)
