"""What one client may use: request rates, connections, frame sizes, waiting bytes."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

import msgspec

from exchange.gateway.errors import RpcError, too_many_requests

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000


class Limits(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Bounds of a gateway; rates are tokens a second, bursts are tokens.

    A method costs one token unless it says otherwise. Everything that a client can make grow is
    bounded by one of these.
    """

    matching_rate: float = 10_000.0
    """Of one account's methods that reach the matching engine, over all its connections."""
    matching_burst: float = 20_000.0
    general_rate: float = 1_000.0
    """Of one account's other methods, over all its connections."""
    general_burst: float = 5_000.0
    anonymous_rate: float = 500.0
    """Of one WebSocket connection before it is authenticated, or of one address over HTTP."""
    anonymous_burst: float = 1_000.0
    max_sessions: int = 1_024
    """WebSocket connections; more are answered 503 at the handshake."""
    max_http_connections: int = 1_024
    max_request_bytes: int = 65_536
    """One WebSocket message (a longer one closes the connection, 1009), one HTTP body or query."""
    max_in_flight: int = 1_024
    """Requests of one session that wait for the sequencer; at the bound the socket is not read."""
    max_channels: int = 500
    """Subscriptions of one session, public and private together."""
    conflate_bytes: int = 262_144
    """Unsent bytes from which a session gets no public messages until it catches up."""
    socket_buffer_bytes: int = 262_144
    """The operating system's send buffer of a session: what it holds can no longer be conflated."""
    max_unsent_bytes: int = 4_194_304
    """Unsent bytes at which a session is dropped."""
    stalled_s: float = 15.0
    """Seconds that a session may stay above ``conflate_bytes`` before it is dropped."""
    min_heartbeat_s: int = 10
    max_tokens_per_key: int = 64
    """Access tokens of one key; one more ends the oldest."""
    max_nonces_per_key: int = 65_536
    """Nonces that are remembered of one key; more within a minute are refused."""


class TokenBucket:
    """Allowance that fills at ``rate`` tokens a second up to ``burst``."""

    __slots__ = ("_burst", "_per_ns", "_tokens", "_ts_ns")

    def __init__(self, rate: float, burst: float, now_ns: int) -> None:
        if rate <= 0 or burst <= 0:
            raise ValueError(f"rate {rate} and burst {burst} must be above 0")
        self._per_ns = rate / NS_PER_S
        self._burst = burst
        self._tokens = burst
        self._ts_ns = now_ns

    def take(self, cost: float, now_ns: int) -> bool:
        """Take tokens if they are there; a refused take costs nothing.

        What costs more than the whole burst takes the whole burst.
        """
        if now_ns > self._ts_ns:
            self._fill(now_ns)
        if cost > self._burst:
            cost = self._burst
        if self._tokens < cost:
            return False
        self._tokens -= cost
        return True

    def wait_ns(self, cost: float, now_ns: int) -> int:
        """Return the nanoseconds until the bucket holds that many tokens."""
        self._fill(now_ns)
        return max(0, int((min(cost, self._burst) - self._tokens) / self._per_ns) + 1)

    def _fill(self, now_ns: int) -> None:
        # A clock that steps back must neither fill nor drain.
        elapsed_ns = now_ns - self._ts_ns
        if elapsed_ns > 0:
            self._ts_ns = now_ns
            self._tokens = min(self._burst, self._tokens + elapsed_ns * self._per_ns)


class Allowance(NamedTuple):
    """The two buckets that the methods of one client draw on."""

    matching: TokenBucket
    general: TokenBucket

    def spend(self, matching: bool, cost: float, now_ns: int) -> None:
        """Take the cost of one method; raises RpcError 10028."""
        bucket = self.matching if matching else self.general
        if not bucket.take(cost, now_ns):
            raise refusal(bucket, cost, now_ns, "matching engine" if matching else "general")


def refusal(bucket: TokenBucket, cost: float, now_ns: int, name: str) -> RpcError:
    """Return the error of a bucket that lacks the tokens."""
    wait_ms = -(-bucket.wait_ns(cost, now_ns) // NS_PER_MS)
    return too_many_requests(f"the {name} allowance is used up", wait_ms)


class Allowances:
    """The allowances of all accounts, and of addresses that are not authenticated."""

    MAX_ADDRESSES = 4_096

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._accounts: dict[int, Allowance] = {}
        self._addresses: OrderedDict[str, Allowance] = OrderedDict()

    def of_account(self, account: int, now_ns: int) -> Allowance:
        """Return the one allowance of an account."""
        allowance = self._accounts.get(account)
        if allowance is None:
            limits = self.limits
            allowance = self._accounts[account] = Allowance(
                TokenBucket(limits.matching_rate, limits.matching_burst, now_ns),
                TokenBucket(limits.general_rate, limits.general_burst, now_ns),
            )
        return allowance

    def of_address(self, host: str, now_ns: int) -> Allowance:
        """Return the allowance of an address; only the newest MAX_ADDRESSES are remembered."""
        allowance = self._addresses.get(host)
        if allowance is None:
            allowance = self._addresses[host] = self.anonymous(now_ns)
            if len(self._addresses) > self.MAX_ADDRESSES:
                self._addresses.popitem(last=False)
        else:
            self._addresses.move_to_end(host)
        return allowance

    def anonymous(self, now_ns: int) -> Allowance:
        """Return a new allowance for somebody who is not authenticated."""
        bucket = TokenBucket(self.limits.anonymous_rate, self.limits.anonymous_burst, now_ns)
        return Allowance(bucket, bucket)
