"""LogBucket: small things that the nodes of a log share beside it, in a JetStream key-value bucket."""

from __future__ import annotations

from typing import NamedTuple

from nats.js.api import StorageType
from nats.js.errors import BucketNotFoundError, KeyNotFoundError, KeyWrongLastSequenceError
from nats.js.kv import KeyValue

from exchange.log.jetstream.address import LogServerError
from exchange.log.jetstream.refusals import ASKING, UnansweredError, explain
from exchange.log.jetstream.stream import LogStream


class Shared(NamedTuple):
    """A value, and which of its versions it is; 0 for one that is not there."""

    value: bytes
    revision: int


NOTHING = Shared(b"", 0)


class LogBucket:
    """The bucket of a log's stream, made by whoever first puts something there."""

    def __init__(self, stream: LogStream) -> None:
        self._stream = stream
        self._bucket: KeyValue | None = None

    async def get(self, key: str) -> Shared:
        """Return a value, NOTHING where there is none; raises UnansweredError."""
        try:
            bucket = await self._found()
            if bucket is None:
                return NOTHING
            entry = await bucket.get(key)
        except KeyNotFoundError:
            return NOTHING
        except ASKING as error:
            raise UnansweredError(f"{self._stream.address}: {explain(error)}") from None
        return Shared(entry.value or b"", entry.revision or 0)

    async def put(self, key: str, value: bytes, former: Shared | None = None) -> Shared | None:
        """Keep a value durably; None where it is no longer the ``former`` one that would be replaced.

        Raises LogServerError where it is too long for a message, and UnansweredError.
        """
        if len(value) > self._stream.part_bytes:
            raise LogServerError(
                f"{self._stream.address}: {key} has {len(value)} bytes, more than a message holds "
                f"({self._stream.part_bytes})"
            )
        try:
            bucket = await self._found() or await self._made()
            if former is None:
                revision = await bucket.put(key, value)
            else:
                revision = await bucket.update(key, value, last=former.revision)
        except KeyWrongLastSequenceError:
            return None
        except ASKING as error:
            raise UnansweredError(f"{self._stream.address}: {explain(error)}") from None
        return Shared(value, revision)

    async def _found(self) -> KeyValue | None:
        if self._bucket is None:
            try:
                self._bucket = await self._stream.jetstream.key_value(self._stream.address.stream)
            except BucketNotFoundError:
                return None
        return self._bucket

    async def _made(self) -> KeyValue:
        self._bucket = await self._stream.jetstream.create_key_value(
            bucket=self._stream.address.stream,
            history=1,
            storage=StorageType.FILE,
            replicas=self._stream.replicas,
        )
        return self._bucket
