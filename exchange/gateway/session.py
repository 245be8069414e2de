"""One WebSocket connection: its requests in order of arrival, its answers through one writer."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Sequence
from functools import partial
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from exchange.core.layout import EVENT_KIND, EventKind
from exchange.gateway import envelope, plain_orders, sequencing
from exchange.gateway.auth import Identity
from exchange.gateway.decode import Refused, Request, decode_params, decode_request
from exchange.gateway.dispatch import authorise
from exchange.gateway.errors import (
    RpcError,
    internal_server_error,
    method_not_found,
    system_maintenance,
)
from exchange.gateway.heartbeat import Heartbeat
from exchange.gateway.limits import Allowance
from exchange.gateway.methods.private_channels import PrivateChannel
from exchange.gateway.plain_orders import PlainRequest
from exchange.gateway.rpc import MATCHING_SCOPE, METHODS, Context, Respond, Sequenced
from exchange.gateway.working_orders import WorkingOrders
from exchange.sequencer import SequencerStopped
from marketdata.framing import text_frame
from marketdata.publisher import Subscriber

if TYPE_CHECKING:
    from exchange.gateway.gateway import Gateway
    from exchange.venue import Outcome

logger = logging.getLogger(__name__)

_ACCEPTED = int(EventKind.ACCEPTED)

EARLY_FRAMES = 16
"""Answers of one batch that are written before the next are made, so that the client works meanwhile."""

NORMAL_CLOSURE = 1000
GOING_AWAY = 1001
POLICY_VIOLATION = 1008


class Session:
    """One connection; identity is None until public/auth, and after the key ended.

    Requests are taken in order of arrival. One that waits for the sequencer does not hold up the next:
    its answer is written when its commands are durable and applied, so answers may overtake.
    """

    def __init__(
        self, gateway: Gateway, transport: asyncio.Transport, close_frame: asyncio.Future[int]
    ) -> None:
        self.gateway = gateway
        self.venue = gateway.venue
        self.limits = gateway.limits
        self.identity: Identity | None = None
        self.allowance: Allowance = gateway.allowances.anonymous(self.venue.wall_ns())
        self.subscriber = Subscriber(self.venue.publisher, self.limits.max_channels)
        self.private_channels: dict[str, PrivateChannel] = {}
        self.heartbeat = Heartbeat(self.send, self._heartbeat_expired)
        self.working_orders = WorkingOrders(self.venue)
        self.cancel_on_disconnect = False
        self.in_flight = 0
        self.dropped = False
        self._transport = transport
        self._close_frame = close_frame
        self._closed = False
        self._out: list[bytes] = []
        self._loop = asyncio.get_running_loop()
        self._room: asyncio.Future[None] | None = None
        self._stalled_since_s: float | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def receive(self, message: str | bytes) -> None:
        """Take one message; whatever is wrong with it is answered, never raised."""
        self.heartbeat.touch()
        self._receive(message, self.venue.wall_ns())

    def receive_many(self, messages: Sequence[bytes]) -> int:
        """Take messages that came together, in order, and return how many.

        It stops at the bound of requests in flight and when the connection is to be closed.
        """
        max_in_flight = self.limits.max_in_flight
        now_ns = self.venue.wall_ns()
        self.heartbeat.touch()
        taken = 0
        for message in messages:
            if self.in_flight >= max_in_flight or self._close_frame.done():
                break
            taken += 1
            self._receive(message, now_ns)
        return taken

    def _receive(self, message: str | bytes, now_ns: int) -> None:
        request_id: int | str | None = None
        try:
            plain = plain_orders.read(message)
            if plain is not None:
                request_id = plain.id
                if self._place(plain, now_ns):
                    return
            request = decode_request(message)
            request_id = request.id
            result = self._call(request, now_ns)
            if type(result) is Sequenced:
                self._sequence(request_id, result, now_ns)
            elif isawaitable(result):
                self._await(request_id, result, now_ns)
            else:
                self.send(envelope.answer(request_id, result, now_ns, self.venue.wall_ns()))
        except Refused as refused:
            self._refuse(refused.id, self._charged(refused.error, now_ns), now_ns)
        except RpcError as error:
            self._refuse(request_id, error, now_ns)
        except Exception:
            logger.exception("a request failed")
            self._refuse(request_id, internal_server_error(), now_ns)

    def send(self, payload: bytes) -> None:
        """Write one message, together with what else is sent within this turn of the event loop."""
        if self._closed:
            return
        if not self._out:
            self._loop.call_soon(self.flush)
        self._out.append(text_frame(payload))
        if len(self._out) >= EARLY_FRAMES:
            self.flush()

    def flush(self) -> None:
        """Write what waits; a client that leaves too much unread is dropped."""
        if not self._out:
            return
        wire = b"".join(self._out)
        self._out.clear()
        self._write(wire)

    def flush_public(self) -> None:
        """Write what waits in the public channels, unless the client is behind with reading.

        What it misses meanwhile is conflated by its Subscriber.
        """
        if self._closed or not self.subscriber.pending:
            return
        self.flush()
        if self._transport.get_write_buffer_size() > self.limits.conflate_bytes:
            return
        wire, _ = self.subscriber.take_wire()
        if wire:
            self._write(wire)

    def check(self, now_s: float, now_ns: int) -> None:
        """Drop a client that has been behind with reading for too long; end what has expired."""
        identity = self.identity
        if identity is not None and identity.expires_ns <= now_ns and self.private_channels:
            self.leave_private_channels(identity.account)
        if self._transport.get_write_buffer_size() <= self.limits.conflate_bytes:
            self._stalled_since_s = None
        elif self._stalled_since_s is None:
            self._stalled_since_s = now_s
        elif now_s - self._stalled_since_s > self.limits.stalled_s:
            self.drop("does not read")

    async def room(self) -> None:
        """Wait until fewer requests than the bound are in flight."""
        while self.in_flight >= self.limits.max_in_flight and not self._closed:
            self._room = self._loop.create_future()
            await self._room

    def authenticate(self, identity: Identity | None) -> None:
        """Become an identity, or nobody; channels of another account are left."""
        now_ns = self.venue.wall_ns()
        before, self.identity = self.identity, identity
        if before is not None and (identity is None or identity.account != before.account):
            self.leave_private_channels(before.account)
        if identity is None:
            self.allowance = self.gateway.allowances.anonymous(now_ns)
            return
        self.allowance = self.gateway.allowances.of_account(identity.account, now_ns)
        if identity.account in self.gateway.cancel_on_disconnect_accounts:
            self.cancel_on_disconnect = True

    def subscribe_private(self, account: int, channels: Sequence[PrivateChannel]) -> None:
        """Listen to channels of the account that the connection is authenticated for.

        The state of each is sent in the next turn of the event loop, after the answer.
        """
        self.private_channels.update((channel.name, channel) for channel in channels)
        self.gateway.private_feed.subscribe(self, account, channels)
        self._loop.call_soon(self.gateway.private_feed.push_state, self, account, channels)

    def unsubscribe_private(self, names: Sequence[str]) -> list[str]:
        """Leave private channels and return those that were there."""
        if self.identity is None:
            return []
        found = [name for name in dict.fromkeys(names) if name in self.private_channels]
        left = [self.private_channels.pop(name) for name in found]
        self.gateway.private_feed.unsubscribe(self, self.identity.account, left)
        return found

    def leave_private_channels(self, account: int) -> None:
        """Unsubscribe from every private channel."""
        self.gateway.private_feed.unsubscribe(self, account, self.private_channels.values())
        self.private_channels.clear()

    def close(self, code: int) -> None:
        """Write what waits, then close the connection with a status code."""
        self.flush()
        if not self._close_frame.done():
            self._close_frame.set_result(code)

    def drop(self, reason: str) -> None:
        """Cut the connection without a farewell."""
        if not self.dropped:
            self.dropped = True
            self.gateway.counts.dropped += 1
            logger.warning("a session is dropped: it %s", reason)
            self._transport.abort()

    def end(self) -> None:
        """Leave everything behind; called once, when the connection is gone."""
        self._closed = True
        self._out.clear()
        self.heartbeat.stop()
        self.subscriber.close()
        if self.identity is not None:
            self.leave_private_channels(self.identity.account)
            self.gateway.authenticator.tokens.end_session(self)
        self._cancel_on_disconnect()
        self._make_room()

    def _place(self, request: PlainRequest, now_ns: int) -> bool:
        """Sequence a plain request unless there is anything to say against it."""
        identity = self.identity
        if (
            identity is None
            or identity.expires_ns <= now_ns
            or MATCHING_SCOPE not in identity.allowed
        ):
            return False
        asked = self.gateway.plain_orders.ask(request, identity.account)
        if asked is None:
            return False
        self.allowance.spend(True, 1.0, now_ns)
        self._sequence(request.id, asked, now_ns)
        return True

    def _call(self, request: Request, now_ns: int) -> object:
        method = METHODS.get(request.method)
        if method is None:
            self.allowance.spend(False, 1.0, now_ns)
            raise method_not_found(request.method)
        self.allowance.spend(method.matching, method.cost, now_ns)
        params, token = decode_params(method, request.params)
        identity = self.identity
        if token is not None:
            identity = self.gateway.authenticator.by_token(token, self, now_ns)
            if self.identity is None:
                self.gateway.spend(identity, method, now_ns)
        if method.scope is not None:
            identity = authorise(identity, method.scope, now_ns)
        account, key = (-1, None) if identity is None else (identity.account, identity.key)
        authenticator = self.gateway.authenticator
        context = Context(
            self, self.venue, account, key, self.venue.now_ns(), authenticator, now_ns
        )
        return method.handler(context, params)

    def _sequence(self, request_id: int | str | None, asked: Sequenced, in_ns: int) -> None:
        commands, respond = asked.commands, asked.respond
        self.in_flight += 1
        try:
            if len(commands) == 1:
                done = partial(self._done, request_id, respond, in_ns)
                sequencing.submit_one(self.venue, commands[0], done)
            else:
                applied = partial(self._applied, request_id, respond, in_ns)
                sequencing.submit(self.venue, commands, applied)
        except RpcError:
            self.in_flight -= 1
            raise

    def _done(
        self,
        request_id: int | str | None,
        respond: Respond,
        in_ns: int,
        outcome: Outcome | SequencerStopped,
    ) -> None:
        """Answer a request of one command."""
        if isinstance(outcome, SequencerStopped):
            self._applied(request_id, respond, in_ns, system_maintenance(str(outcome)))
        else:
            self._applied(request_id, respond, in_ns, [outcome])

    def _applied(
        self,
        request_id: int | str | None,
        respond: Respond,
        in_ns: int,
        outcomes: list[Outcome] | RpcError,
    ) -> None:
        """Answer a request whose commands are durable and applied."""
        self.in_flight -= 1
        if self._room is not None:
            self._make_room()
        if type(outcomes) is not list:
            assert isinstance(outcomes, RpcError)
            self._refuse(request_id, outcomes, in_ns)
            return
        for outcome in outcomes:
            for row in outcome.events:
                if row[EVENT_KIND] == _ACCEPTED:
                    self.working_orders.add(row)
        if self._closed:
            # What was on its way when the connection went has missed the cancelling.
            self._cancel_on_disconnect()
            return
        try:
            result = respond(outcomes)
        except RpcError as error:
            self._refuse(request_id, error, in_ns)
        except Exception:
            logger.exception("an answer failed")
            self._refuse(request_id, internal_server_error(), in_ns)
        else:
            payload = envelope.answer(request_id, result, in_ns, self.venue.wall_ns())
            if self.in_flight or self._out:
                self.send(payload)
            else:
                # Nothing is left to say together with it.
                self._write(text_frame(payload))

    def _cancel_on_disconnect(self) -> None:
        if self.cancel_on_disconnect:
            self.gateway.cancel_orders(self.working_orders.cancels())

    def _await(self, request_id: int | str | None, result: Awaitable[Any], in_ns: int) -> None:
        async def finish() -> None:
            try:
                payload = envelope.answer(request_id, await result, in_ns, self.venue.wall_ns())
            except RpcError as error:
                self._refuse(request_id, error, in_ns)
            except Exception:
                logger.exception("a request failed")
                self._refuse(request_id, internal_server_error(), in_ns)
            else:
                self.send(payload)
            finally:
                self.in_flight -= 1
                self._make_room()

        self.in_flight += 1
        task = self._loop.create_task(finish())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _charged(self, error: RpcError, now_ns: int) -> RpcError:
        # What is no request costs as much as one, or it could be sent without end.
        try:
            self.allowance.spend(False, 1.0, now_ns)
        except RpcError as exhausted:
            return exhausted
        return error

    def _refuse(self, request_id: int | str | None, error: RpcError, in_ns: int) -> None:
        self.gateway.counts.refused += 1
        self.send(envelope.refusal(request_id, error, in_ns, self.venue.wall_ns()))

    def _write(self, wire: bytes) -> None:
        transport = self._transport
        if self._closed or transport.is_closing():
            return
        # Whole frames, unmasked and without extensions, so that nothing of the protocol's own (a pong,
        # a close) can fall into the middle of one.
        transport.write(wire)
        if transport.get_write_buffer_size() > self.limits.max_unsent_bytes:
            self.drop("left too much unread")

    def _make_room(self) -> None:
        if self._room is not None and not self._room.done():
            self._room.set_result(None)

    def _heartbeat_expired(self) -> None:
        logger.info("a session did not answer its test_request")
        self.close(POLICY_VIOLATION)
