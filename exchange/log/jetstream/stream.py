"""LogStream: one log's stream on its servers: made or checked, read at a place, written at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import DiscardPolicy, Header, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from exchange.log.codec import CorruptLogError
from exchange.log.jetstream import records
from exchange.log.jetstream.address import LogAddress, LogServerError
from exchange.log.jetstream.records import PART_BYTES, BatchPart, EpochStart, Record

ANSWER_S = 2.0
"""After which a server that was asked counts as silent."""
DUPLICATES_S = 120.0
"""How long the server remembers messages' identities; its own default."""

UNAVAILABLE = 503
NO_ROOM = {10023, 10047, 10077}
"""Error codes of a server without resources or storage, and of a store that failed, such as a full one."""
WRONG_LAST_SEQUENCE = 10071
"""Error code of a publish that does not find the stream's end where it expects it."""


class UnansweredError(LogServerError):
    """A server did not answer: what it was asked to do may be done or not, or be done later."""


class EndMovedError(RuntimeError):
    """The stream does not end where the writer expected."""


class NotTakenError(LogServerError):
    """The server says that it did not take a message."""


class Tip(NamedTuple):
    """Where a stream ends.

    stream_seq: of its last message, 0 where there is none. epoch, node: who wrote it. last_seq, checksum: of
    the last command of its last whole batch.
    """

    stream_seq: int
    epoch: int = 0
    node: str = ""
    rules_version: int = 0
    last_seq: int = 0
    checksum: int = 0


class LogStream:
    """The stream of an address; everything that is asked is answered within ANSWER_S or is an error."""

    def __init__(self, client: Client, address: LogAddress) -> None:
        self.address = address
        self.client = client
        self.jetstream: JetStreamContext = client.jetstream(timeout=ANSWER_S)
        self.replicas = 1
        # Beside the payload a message carries the record's own fields, and headers.
        self.part_bytes = min(PART_BYTES, client.max_payload - 4096)

    async def prepare(self, *, create: bool) -> None:
        """Make the stream where there is none, or check that the one that is there keeps a log.

        Raises LogServerError for a stream of another kind, or where there is none and none may be made.
        """
        name = self.address.stream
        wanted = StreamConfig(
            name=name,
            description="A compute-futures exchange's command log; never edit it.",
            subjects=[self.address.subject],
            storage=StorageType.FILE,
            retention=RetentionPolicy.LIMITS,
            discard=DiscardPolicy.NEW,
            max_msgs=-1,
            max_bytes=-1,
            max_age=0,
            num_replicas=self.address.replicas or 1,
            duplicate_window=DUPLICATES_S,
            deny_delete=True,
            deny_purge=True,
        )
        try:
            found = (await self.jetstream.stream_info(name)).config
        except NotFoundError:
            if not create:
                raise LogServerError(
                    f"{self.address}: there is no stream {name}: `cfx serve --log {self.address}` "
                    "makes it"
                ) from None
            found = await self._create(wanted)
        except (NatsError, TimeoutError) as error:
            raise LogServerError(f"{self.address}: {explain(error)}") from None
        self._check(found, wanted)
        self.replicas = found.num_replicas or 1

    async def _create(self, wanted: StreamConfig) -> StreamConfig:
        try:
            return (await self.jetstream.add_stream(wanted)).config
        except (NatsError, TimeoutError) as error:
            raise LogServerError(
                f"{self.address}: stream {wanted.name} cannot be made: {explain(error)}"
            ) from None

    def _check(self, found: StreamConfig, wanted: StreamConfig) -> None:
        differing = [
            f"{field} is {getattr(found, field)}, not {getattr(wanted, field)}"
            for field in ("subjects", "storage", "retention", "discard", "max_msgs", "max_age")
            if getattr(found, field) != getattr(wanted, field)
        ]
        if not found.deny_delete or not found.deny_purge:
            differing.append("messages may be deleted or purged")
        if self.address.replicas not in (None, found.num_replicas):
            differing.append(f"replicas is {found.num_replicas}, not {self.address.replicas}")
        if differing:
            raise LogServerError(
                f"{self.address}: the stream {wanted.name} that is there is not set up as a log: "
                f"{'; '.join(differing)}; change it with the nats tool, or choose another name"
            )

    async def tip(self) -> Tip:
        """Return where the stream ends; raises UnansweredError and CorruptLogError."""
        end = await self.end()
        if not end:
            return Tip(0)
        last = await self.record(end)
        at, whole = end, last
        # Parts that their writer did not live to complete are not of the log.
        while not isinstance(whole, EpochStart) and whole.part < whole.parts - 1:
            at -= whole.part + 1
            if at < 1:
                return Tip(end, last.epoch, last.node, last.rules_version)
            whole = await self.record(at)
        return Tip(end, last.epoch, last.node, last.rules_version, whole.last_seq, whole.checksum)

    async def end(self) -> int:
        """Return the number of the stream's last message, 0 where there is none."""
        try:
            state = (await self.jetstream.stream_info(self.address.stream)).state
        except (NatsError, TimeoutError) as error:
            raise UnansweredError(f"{self.address}: {explain(error)}") from None
        if state.messages and state.first_seq != 1:
            raise CorruptLogError(
                f"{self.address}: the stream begins at message {state.first_seq}: its beginning was removed"
            )
        return int(state.last_seq)

    async def record(self, stream_seq: int) -> Record:
        """Return a message of the stream; raises UnansweredError and CorruptLogError."""
        try:
            message = await self.jetstream.get_msg(self.address.stream, stream_seq)
        except NotFoundError:
            raise CorruptLogError(
                f"{self.address}: message {stream_seq} of the stream is missing"
            ) from None
        except (NatsError, TimeoutError) as error:
            raise UnansweredError(f"{self.address}: {explain(error)}") from None
        return records.decode(message.data or b"")

    async def place(self, seq: int) -> tuple[int, int]:
        """Return the number of the message with which command ``seq`` is whole, and the checksum there.

        Raises CorruptLogError where no batch of the stream ends at ``seq``.
        """
        if not seq:
            return 0, 0
        low, high = 0, await self.end()
        # Numbers of first commands never fall along the stream: look for the last that is not beyond seq.
        while low < high:
            middle = (low + high + 1) // 2
            if (await self.record(middle)).first_seq <= seq:
                low = middle
            else:
                high = middle - 1
        found = await self.record(low) if low else None
        whole = isinstance(found, BatchPart) and found.part == found.parts - 1
        if found is None or not whole or found.last_seq != seq:
            raise CorruptLogError(f"{self.address}: no batch of the stream ends at seq {seq}")
        return low, found.checksum

    async def publish(self, messages: Sequence[Record], after: int) -> int:
        """Write messages behind message ``after``, if the stream ends there; return the last one's number.

        Raises EndMovedError where it ends elsewhere, NotTakenError where the server refuses, and
        UnansweredError; the messages before the one that failed may be there.
        """
        sent = [
            asyncio.ensure_future(self._publish(message, place))
            for place, message in enumerate(messages, after)
        ]
        failures = [
            outcome
            for outcome in await asyncio.gather(*sent, return_exceptions=True)
            if isinstance(outcome, BaseException)
        ]
        if failures:
            # The first tells why; those behind it found the stream shorter than they expected.
            raise failures[0]
        return after + len(messages)

    async def _publish(self, message: Record, after: int) -> None:
        headers: dict[str, str] = {
            # With its place: parts that are written again elsewhere are other messages.
            Header.MSG_ID.value: f"{message.identity}@{after}",
            Header.EXPECTED_LAST_SEQUENCE.value: str(after),
        }
        try:
            taken = await self.jetstream.publish(
                self.address.subject,
                records.encode(message),
                stream=self.address.stream,
                headers=headers,
                timeout=ANSWER_S,
            )
        except APIError as error:
            if error.err_code == WRONG_LAST_SEQUENCE:
                raise EndMovedError(f"{self.address}: {error.description}") from None
            if error.code == UNAVAILABLE and error.err_code not in NO_ROOM:
                # Servers that are electing a leader: the next one knows.
                raise UnansweredError(f"{self.address}: {explain(error)}") from None
            raise NotTakenError(f"{self.address}: {explain(error)}") from None
        except (NatsError, TimeoutError) as error:
            raise UnansweredError(f"{self.address}: {explain(error)}") from None
        if taken.seq != after + 1:
            raise EndMovedError(f"{self.address}: message {taken.seq} is this one already")

    async def close(self) -> None:
        """Let go of the connection."""
        await self.client.close()


def explain(error: BaseException) -> str:
    """Say in words what the NATS client raised."""
    if isinstance(error, ServiceUnavailableError):
        return error.description or "JetStream is not there at the moment"
    if isinstance(error, APIError):
        return error.description or str(error)
    if isinstance(error, TimeoutError):
        return f"no answer within {ANSWER_S:.0f} s"
    return str(error).removeprefix("nats: ") or type(error).__name__
