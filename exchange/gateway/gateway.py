"""What all connections share: keys, allowances, the sessions, and the timers that serve them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from exchange.core.commands import Command
from exchange.gateway import methods
from exchange.gateway.auth import Authenticator, Identity
from exchange.gateway.keys import KeyStore
from exchange.gateway.limits import Allowances, Limits
from exchange.gateway.plain_orders import PlainOrders
from exchange.gateway.private_feed import PrivateFeed
from exchange.gateway.rpc import Method
from exchange.gateway.session import GOING_AWAY, POLICY_VIOLATION, Session
from exchange.sequencer import SequencerBlocked, SequencerFull, SequencerStopped

if TYPE_CHECKING:
    from exchange.sequencer import Outcome
    from exchange.venue import Venue

logger = logging.getLogger(__name__)

FLUSH_INTERVAL_S = 0.002
"""Public messages of this time go out in one write."""
HOUSEKEEPING_INTERVAL_S = 0.25
RETRY_INTERVAL_S = 0.05
CLOSE_TIMEOUT_S = 2.0
CLOSE_POLL_S = 0.01


class GatewayCounts(msgspec.Struct):
    """What a gateway did since it began."""

    sessions: int = 0
    """WebSocket connections ever accepted."""
    turned_away: int = 0
    """Connections refused because there were too many."""
    requests: int = 0
    """Messages over WebSocket and requests over HTTP."""
    refused: int = 0
    """Requests answered with an error."""
    dropped: int = 0
    """Sessions cut because they did not read."""


class Gateway:
    """The dialect's door to one venue; start it on the event loop, close it before the venue."""

    def __init__(self, venue: Venue, keys: KeyStore, limits: Limits | None = None) -> None:
        methods.load()
        self.venue = venue
        self.limits = Limits() if limits is None else limits
        self.keys = keys
        self.authenticator = Authenticator(keys, venue.accounts, self.limits)
        self.allowances = Allowances(self.limits)
        self.private_feed = PrivateFeed(venue)
        self.plain_orders = PlainOrders(venue)
        self.cancel_on_disconnect_accounts: set[int] = set()
        """Accounts whose new connections begin with cancel-on-disconnect."""
        self.counts = GatewayCounts()
        self.closing = False
        """New connections are turned away."""
        self._sessions: dict[Session, None] = {}
        self._flush_timer: asyncio.TimerHandle | None = None
        self._housekeeping: asyncio.Task[None] | None = None
        self._cancelling: set[asyncio.Task[None]] = set()
        self._stop_flush = venue.publisher.on_flush(self.schedule_flush)

    @property
    def sessions(self) -> list[Session]:
        """The open WebSocket connections, oldest first."""
        return list(self._sessions)

    def start(self) -> None:
        """Start the timers."""
        self._housekeeping = asyncio.create_task(self._keep_house())

    async def close_sessions(self) -> None:
        """Close every session and wait until all are gone, or cut those that linger."""
        self.closing = True
        for session in self.sessions:
            session.close(GOING_AWAY)
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                while self._sessions:
                    await asyncio.sleep(CLOSE_POLL_S)
        for session in self.sessions:
            session.drop("did not close")

    async def close(self) -> None:
        """Stop the timers, and wait for the cancels that the ends of sessions asked for."""
        self._stop_flush()
        if self._housekeeping is not None:
            self._housekeeping.cancel()
        if self._flush_timer is not None:
            self._flush_timer.cancel()
        if self._cancelling:
            await asyncio.wait(self._cancelling, timeout=CLOSE_TIMEOUT_S)

    def open_session(self, session: Session) -> None:
        """Count a session in."""
        self._sessions[session] = None
        self.counts.sessions += 1

    def close_session(self, session: Session) -> None:
        """Count a session out and end it."""
        self._sessions.pop(session, None)
        session.end()

    def spend(self, identity: Identity, method: Method, now_ns: int) -> None:
        """Take a method's cost from the account's allowance; raises RpcError 10028."""
        allowance = self.allowances.of_account(identity.account, now_ns)
        allowance.spend(method.matching, method.cost, now_ns)

    def cancel_orders(self, commands: list[Command]) -> None:
        """Sequence the cancels of a connection that is gone, waiting for room where there is none."""
        if not commands:
            return
        task = asyncio.get_running_loop().create_task(self._cancel_orders(commands))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _cancel_orders(self, commands: list[Command]) -> None:
        for position, command in enumerate(commands):
            while True:
                try:
                    self.venue.submit(command, partial(self._cancelled, command))
                    break
                except (SequencerBlocked, SequencerFull):
                    await asyncio.sleep(RETRY_INTERVAL_S)
                except SequencerStopped:
                    left = len(commands) - position
                    logger.warning("the exchange stops: %d orders of a lost session stay", left)
                    return

    def _cancelled(self, command: Command, outcome: Outcome | SequencerStopped) -> None:
        """Cancel again what the log did not take; otherwise the connection that would be told is gone."""
        if isinstance(outcome, SequencerBlocked):
            self.cancel_orders([command])

    def end_key(self, client_id: str) -> None:
        """End what a revoked key still has: tokens and connections."""
        self.authenticator.end_key(client_id)
        for session in self.sessions:
            identity = session.identity
            if identity is not None and identity.key.client_id == client_id:
                session.authenticate(None)
                session.close(POLICY_VIOLATION)

    def refresh_keys(self) -> None:
        """Take over keys that another process added or revoked."""
        for client_id in self.keys.refresh():
            logger.info("key %s was revoked", client_id)
            self.end_key(client_id)

    async def _keep_house(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(HOUSEKEEPING_INTERVAL_S)
            try:
                self.refresh_keys()
            except Exception:
                logger.exception("the keys could not be read; those known stay in force")
            for session in self.sessions:
                session.check(loop.time(), self.venue.wall_ns())
            if self.venue.sequencer.fenced and not self.closing:
                # Whoever stayed would be told a past: another exchange has the log.
                logger.warning("sending %d sessions away", len(self._sessions))
                await self.close_sessions()
            # A session that was behind and has caught up gets what it missed.
            self.schedule_flush()

    def schedule_flush(self) -> None:
        """Write what waits in the public channels soon, together with what comes until then."""
        if self._flush_timer is None and self._sessions:
            loop = asyncio.get_running_loop()
            self._flush_timer = loop.call_later(FLUSH_INTERVAL_S, self._flush)

    def _flush(self) -> None:
        self._flush_timer = None
        for session in list(self._sessions):
            session.flush_public()
