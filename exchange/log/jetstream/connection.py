"""Connecting to the servers of a log, with words for what can be wrong there."""

from __future__ import annotations

import asyncio
import logging
import ssl

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.errors import ServiceUnavailableError

from exchange.log.jetstream.address import LogAddress, LogServerError
from exchange.log.jetstream.patience import PATIENCE_S, STALE_S, Patience
from exchange.log.jetstream.refusals import ANSWER_S, ASKING, explain

logger = logging.getLogger(__name__)

CONNECT_S = 10.0
"""Within which one of the servers must have let us in."""
RECONNECT_S = 0.2
PING_S = 5
"""Between pings; a server that leaves two without an answer is given up for another."""
OLDEST_SERVER = (2, 9)
NOT_THERE = {None, 10039, 10076}
"""Error codes of servers, and accounts, without JetStream; None is of nobody who answers."""


async def connect(address: LogAddress, name: str) -> Client:
    """Return a connection that comes back by itself; name: of this client, for the server's own lists.

    Raises LogServerError where no server answers, lets us in, has JetStream, or is new enough.
    """
    client = Client()
    faults: list[Exception] = []

    async def faulted(error: Exception) -> None:
        # What follows on a refusal, such as the end of the connection, explains nothing.
        if not faults or not _is_refusal(faults[0]):
            faults[:] = [error]
        logger.debug("connection to %s: %s", address, type(error).__name__)

    try:
        async with asyncio.timeout(CONNECT_S):
            await client.connect(
                list(address.servers),
                name=name,
                error_cb=faulted,
                connect_timeout=2,
                reconnect_time_wait=RECONNECT_S,  # type: ignore[arg-type] # a float is as good
                max_reconnect_attempts=-1,
                ping_interval=PING_S,
                tls=_tls(address),
                user_credentials=None if address.creds is None else str(address.creds),
            )
    except (NatsError, OSError, TimeoutError, ValueError) as error:
        await _abandon(client)
        raise LogServerError(_no_server(address, faults[0] if faults else error)) from None
    try:
        await _check(client, address)
    except BaseException:
        await _abandon(client)
        raise
    return client


def _tls(address: LogAddress) -> ssl.SSLContext | None:
    if address.ca is None and address.cert is None:
        return None
    context = ssl.create_default_context(cafile=address.ca)
    if address.cert is not None:
        context.load_cert_chain(address.cert, address.key)
    return context


async def _check(client: Client, address: LogAddress) -> None:
    version = client.connected_server_version
    if (version.major, version.minor) < OLDEST_SERVER:
        raise LogServerError(
            f"{address}: the server is nats-server {version.major}.{version.minor}.{version.patch}, "
            f"a log needs {OLDEST_SERVER[0]}.{OLDEST_SERVER[1]} or later"
        )
    silent, missing = Patience(PATIENCE_S), Patience(STALE_S)
    while True:
        try:
            await client.jetstream(timeout=ANSWER_S).account_info()
        except ASKING as error:
            # Servers that are electing a leader say that JetStream is unavailable, and at first nothing at all.
            if isinstance(error, ServiceUnavailableError) and error.err_code in NOT_THERE:
                await missing.wait(
                    LogServerError(
                        f"{address}: the server runs without JetStream: start it with -js -sd DIRECTORY, or "
                        "with a jetstream block in its configuration"
                    )
                )
            else:
                await silent.wait(
                    LogServerError(f"{address}: JetStream cannot be used: {explain(error)}")
                )
        else:
            return


def _is_refusal(error: BaseException) -> bool:
    return "uthorization" in str(error) or "uthentication" in str(error)


def _no_server(address: LogAddress, error: BaseException) -> str:
    words = str(error).removeprefix("nats: ") or type(error).__name__
    if _is_refusal(error):
        return (
            f"{address}: the server refuses this client: give nats://USER:PASSWORD@… or ?creds=FILE"
        )
    return (
        f"{address}: no NATS server lets us in ({words}): start one with "
        "`nats-server -js -sd DIRECTORY`, or correct --log"
    )


async def _abandon(client: Client) -> None:
    try:
        async with asyncio.timeout(1):
            await client.close()
    except Exception:  # noqa: BLE001 - it was never open; what matters has been raised
        logger.debug("a connection that never was did not close")
