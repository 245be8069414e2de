"""What a log's stream holds, message by message: parts of batches, and the beginnings of epochs.

A batch whose bytes exceed what a message may hold is cut into parts. It is in the log once its last part
is. Parts that their writer did not live to complete are followed by something else than their next
part, and every reader passes over them.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import msgspec

from exchange.core.commands import Batch
from exchange.core.core import RULES_VERSION
from exchange.core.layout import COMMAND_SEQ, COMMAND_TS_NS
from exchange.log import codec
from exchange.log.codec import CorruptLogError

PART_BYTES = 512 * 1024
"""Of a batch in one message: beside its own fields well within the 1 MiB that a server takes by default."""


class BatchPart(msgspec.Struct, frozen=True, array_like=True, tag="batch", kw_only=True):
    """One message of a batch.

    count, ts_ns: of the whole batch. checksum: the chained one after the batch. part: from 0 up to
    parts - 1.
    """

    epoch: int
    node: str
    rules_version: int
    first_seq: int
    count: int
    ts_ns: int
    checksum: int
    part: int
    parts: int
    payload: bytes

    @property
    def last_seq(self) -> int:
        """Of the batch."""
        return self.first_seq + self.count - 1

    @property
    def identity(self) -> str:
        """What no other message of the log has; the server drops a second one with the same."""
        return f"{self.epoch}-{self.node}-{self.first_seq}-{self.checksum:08x}-{self.part}"


class EpochStart(msgspec.Struct, frozen=True, array_like=True, tag="epoch", kw_only=True):
    """From here on only ``node`` writes.

    first_seq: of the next command. checksum: the chained one before it. host: for people to read.
    """

    epoch: int
    node: str
    rules_version: int
    first_seq: int
    checksum: int
    ts_ns: int
    host: str

    @property
    def last_seq(self) -> int:
        """Of the log before this epoch."""
        return self.first_seq - 1

    @property
    def identity(self) -> str:
        """What no other message of the log has."""
        return f"{self.epoch}-{self.node}-{self.first_seq}-epoch"


Record: TypeAlias = BatchPart | EpochStart

_decoder = msgspec.msgpack.Decoder(BatchPart | EpochStart)
_encoder = msgspec.msgpack.Encoder()
_payload = msgspec.msgpack.Decoder(tuple[bytes, bytes])


class Received(NamedTuple):
    """A whole batch out of a stream, with the chained checksum that it must give."""

    batch: Batch
    checksum: int


def encode(record: Record) -> bytes:
    """Return a message's bytes."""
    return _encoder.encode(record)


def decode(message: bytes) -> Record:
    """Return the record of a message; CorruptLogError when it holds none."""
    try:
        record: Record = _decoder.decode(message)
    except msgspec.DecodeError as error:
        raise CorruptLogError(f"the stream holds something that is no log's: {error}") from None
    return record


def parts_of(
    batch: Batch, epoch: int, node: str, former: int, part_bytes: int = PART_BYTES
) -> list[BatchPart]:
    """Cut a batch into messages; former: the chained checksum before it."""
    rows, texts = codec.encode(batch)
    payload = _encoder.encode((rows, texts))
    pieces = [payload[at : at + part_bytes] for at in range(0, len(payload), part_bytes)]
    checksum = codec.chained(former, rows, texts)
    first_seq, ts_ns = int(batch.rows[0, COMMAND_SEQ]), int(batch.rows[-1, COMMAND_TS_NS])
    return [
        BatchPart(
            epoch=epoch,
            node=node,
            rules_version=RULES_VERSION,
            first_seq=first_seq,
            count=len(batch.rows),
            ts_ns=ts_ns,
            checksum=checksum,
            part=part,
            parts=len(pieces),
            payload=piece,
        )
        for part, piece in enumerate(pieces)
    ]


class Assembly:
    """Puts batches together out of the messages of a stream, in the stream's order."""

    def __init__(self) -> None:
        self._parts: list[BatchPart] = []

    def take(self, record: Record) -> Received | None:
        """Return the batch that a message completes, if it does; raises CorruptLogError where it is none."""
        if isinstance(record, EpochStart):
            self._parts.clear()
            return None
        if record.part == 0 or not self._continues(record):
            self._parts.clear()
        if record.part != len(self._parts):
            raise CorruptLogError(
                f"part {record.part} of the batch at seq {record.first_seq} of the stream follows none"
            )
        self._parts.append(record)
        if record.part < record.parts - 1:
            return None
        payload = b"".join(part.payload for part in self._parts)
        self._parts.clear()
        try:
            rows, texts = _payload.decode(payload)
        except msgspec.DecodeError as error:
            raise CorruptLogError(
                f"the batch at seq {record.first_seq} of the stream does not decode: {error}"
            ) from None
        batch = codec.decode(rows, texts)
        if len(batch.rows) != record.count or int(batch.rows[0, COMMAND_SEQ]) != record.first_seq:
            raise CorruptLogError(
                f"the batch at seq {record.first_seq} of the stream does not hold its commands"
            )
        return Received(batch, record.checksum)

    def _continues(self, record: BatchPart) -> bool:
        return bool(self._parts) and (
            self._parts[-1].part + 1 == record.part
            and self._parts[-1].epoch == record.epoch
            and self._parts[-1].node == record.node
            and self._parts[-1].checksum == record.checksum
        )
