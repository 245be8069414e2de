"""What the nodes of a log on JetStream share beside it: API keys, and what the exchange is served with."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from exchange import served
from exchange.config import Settings
from exchange.gateway.key_sharing import KeySharing, SecretError
from exchange.gateway.keys import KEYS_NAME, KeyStore
from exchange.log.jetstream import address
from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.bucket import LogBucket
from exchange.log.jetstream.connection import connect
from exchange.log.jetstream.patience import PATIENCE_S, STALE_S, Patience
from exchange.log.jetstream.refusals import UnansweredError
from exchange.log.jetstream.stream import LogStream

logger = logging.getLogger(__name__)

JOIN_S = 0.5
"""How long a key that was made on one node takes to another, at most, while both reach the servers."""
SERVED = "served"


class Sharing:
    """One directory's part in what is shared; `run` it, or `join` now and then."""

    def __init__(self, stream: LogStream, directory: Path) -> None:
        self._stream = stream
        self._store = KeyStore(directory / KEYS_NAME)
        self._bucket = LogBucket(stream)
        self._keys = KeySharing(self._store, self._bucket, directory)
        self._fault = ""

    @classmethod
    async def open(cls, directory: Path, where: str) -> Sharing:
        """Connect; raises LogServerError."""
        found = address.parse(where)
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        stream = LogStream(await connect(found, "cfx sharing"), found)
        try:
            await stream.prepare(create=False)
        except BaseException:
            await stream.close()
            raise
        return cls(stream, directory)

    async def join(self) -> None:
        """Exchange keys with the other nodes; a fault is logged, once as long as it lasts."""
        fault = ""
        try:
            await self._keys.join()
        except SecretError as error:
            fault = str(error)
        except LogServerError as error:
            fault = f"keys are not shared for now: {error}"
        if fault and fault != self._fault:
            logger.warning("%s", fault)
        self._fault = fault

    async def run(self) -> None:
        """Join now and then, until cancelled."""
        while True:
            await self.join()
            await asyncio.sleep(JOIN_S)

    async def give(self, settings: Settings) -> None:
        """Tell the other nodes what the exchange is served with; raises LogServerError."""
        silent = Patience(PATIENCE_S)
        while True:
            try:
                await self._bucket.put(SERVED, served.encoded(settings))
            except UnansweredError as error:
                await silent.wait(error)
            else:
                return

    async def given(self) -> Settings | None:
        """Return what it is served with, None where nobody has told; raises LogServerError, ServedError."""
        silent, missing = Patience(PATIENCE_S), Patience(STALE_S)
        while True:
            try:
                found = await self._bucket.get(SERVED)
            except UnansweredError as error:
                await silent.wait(error)
                continue
            if found.value:
                return served.decoded(found.value)
            if not await missing.lasts():
                return None

    async def close(self) -> None:
        """Let go of the connection and of the keys."""
        await self._stream.close()
        self._store.close()
