"""Connecting to the servers of a log, with words for what can be wrong there."""

from __future__ import annotations

import asyncio
import logging
import ssl

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.errors import SecureConnWantedError
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
CREDENTIALS_MARKS = (b"BEGIN NATS USER JWT", b"BEGIN USER NKEY SEED")
NOT_THERE = {None, 10039, 10076}
"""Error codes of servers, and accounts, without JetStream; None is of nobody who answers."""


async def connect(address: LogAddress, name: str) -> Client:
    """Return a connection that comes back by itself; name: of this client, for the server's own lists.

    Raises LogServerError where no server answers, lets us in, has JetStream, or is new enough.
    """
    client = EncryptedClient() if address.is_encrypted else Client()
    tls = _tls(address)
    _check_credentials(address)
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
                tls=tls,
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


class EncryptedClient(Client):
    """A client that says nothing of itself, its password least of all, on a connection that is not encrypted.

    nats-py encrypts where the server asks for it, whatever the scheme of the address.
    """

    def _connect_command(self) -> bytes:
        if not self._server_info.get("tls_required"):
            raise SecureConnWantedError
        return super()._connect_command()


def _tls(address: LogAddress) -> ssl.SSLContext | None:
    if address.ca is None and address.cert is None:
        return None
    try:
        context = ssl.create_default_context(cafile=address.ca)
    except (ssl.SSLError, OSError) as error:
        raise LogServerError(f"{address}: ca: {address.ca} holds no certificate: {error}") from None
    if address.cert is not None:
        try:
            context.load_cert_chain(address.cert, address.key)
        except (ssl.SSLError, OSError) as error:
            raise LogServerError(
                f"{address}: cert and key: {address.cert} and {address.key} are no certificate and its "
                f"private key: {error}"
            ) from None
    return context


def _check_credentials(address: LogAddress) -> None:
    """Look for what the client would read for ever where it is missing."""
    if address.creds is None:
        return
    content = address.creds.read_bytes()
    if any(mark not in content for mark in CREDENTIALS_MARKS):
        raise LogServerError(
            f"{address}: creds: {address.creds} is no NATS credentials file: it holds a user's JWT and seed, "
            "as `nsc generate creds` writes them"
        )


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
    if isinstance(error, SecureConnWantedError):
        return (
            f"{address}: the server does not encrypt: start it with --tls, or give nats:// without ca= and "
            "cert="
        )
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"{address}: the server's certificate is not trusted ({error.verify_message}): name the one that "
            "signed it with ?ca=FILE, and the server as its certificate does"
        )
    if isinstance(error, ssl.SSLError) or "tls" in words:
        return (
            f"{address}: no encrypted connection ({words}): where the server wants a client's certificate, "
            "give ?cert=FILE&key=FILE"
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
