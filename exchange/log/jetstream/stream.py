"""LogStream: one log's stream on its servers: made or checked, read at a place, written at its end."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import NamedTuple

from nats.aio.client import Client
from nats.js.api import (
    DiscardPolicy,
    Header,
    RetentionPolicy,
    StorageType,
    StreamConfig,
    StreamState,
)
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from exchange.log.codec import CorruptLogError
from exchange.log.jetstream import records, refusals
from exchange.log.jetstream.address import LogAddress, LogServerError
from exchange.log.jetstream.patience import PATIENCE_S, STALE_S, Patience
from exchange.log.jetstream.records import PART_BYTES, BatchPart, EpochStart, Record
from exchange.log.jetstream.refusals import (
    ANSWER_S,
    ASKING,
    EndMovedError,
    NotTakenError,
    StaleError,
    UnansweredError,
    explain,
)

DUPLICATES_S = 120.0
"""How long the server remembers messages' identities; its own default."""
NAME_IN_USE = 10058
"""Error code of a stream that is there already, set up otherwise."""


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
        found = await self._config(name) if not create else await self._made(wanted)
        self._check(found, wanted)
        self.replicas = found.num_replicas or 1

    async def exists(self) -> bool:
        """Say whether the servers know of the stream; raises UnansweredError."""
        missing = Patience(STALE_S)
        while True:
            try:
                await self.jetstream.stream_info(self.address.stream)
            except NotFoundError:
                if not await missing.lasts():
                    return False
            except ASKING as error:
                raise UnansweredError(f"{self.address}: {explain(error)}") from None
            else:
                return True

    async def _config(self, name: str) -> StreamConfig:
        """Return how a stream is set up, asking again while the servers may not know of it yet."""
        silent, missing = Patience(PATIENCE_S), Patience(STALE_S)
        while True:
            try:
                return (await self.jetstream.stream_info(name)).config
            except NotFoundError:
                await missing.wait(
                    LogServerError(
                        f"{self.address}: there is no stream {name}: `cfx serve --log {self.address}` "
                        "makes it"
                    )
                )
            except ASKING as error:
                await silent.wait(LogServerError(f"{self.address}: {explain(error)}"))

    async def _made(self, wanted: StreamConfig) -> StreamConfig:
        """Return how a stream is set up, making it where there is none, which the servers decide together."""
        silent = Patience(PATIENCE_S)
        while True:
            try:
                return (await self.jetstream.stream_info(str(wanted.name))).config
            except NotFoundError:
                made = await self._create(wanted)
                if made is not None:
                    return made
                failure = "the servers do not agree on whether there is a stream"
            except ASKING as error:
                failure = explain(error)
            await silent.wait(LogServerError(f"{self.address}: {failure}"))

    async def _create(self, wanted: StreamConfig) -> StreamConfig | None:
        """Make a stream; None where another answer may be had by asking again."""
        try:
            return (await self.jetstream.add_stream(wanted)).config
        except ASKING as error:
            electing = isinstance(error, ServiceUnavailableError | TimeoutError)
            if electing or (isinstance(error, APIError) and error.err_code == NAME_IN_USE):
                return None
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
        """Return where the stream ends, or has ended; raises UnansweredError and CorruptLogError."""
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
        """Return the number of the last message that a server shows, 0 for none; there may be more.

        Raises UnansweredError, and CorruptLogError where the beginning was removed.
        """
        state = await self._state()
        if state.messages and state.first_seq != 1:
            raise CorruptLogError(
                f"{self.address}: the stream begins at message {state.first_seq}: its beginning was removed"
            )
        return int(state.last_seq)

    async def _state(self) -> StreamState:
        try:
            return (await self.jetstream.stream_info(self.address.stream)).state
        except ASKING as error:
            raise UnansweredError(f"{self.address}: {explain(error)}") from None

    async def record(self, stream_seq: int) -> Record:
        """Return a message of the stream.

        Raises UnansweredError, of which StaleError where a server does not have the message yet, and
        CorruptLogError where it has lost it.
        """
        try:
            message = await self.jetstream.get_msg(self.address.stream, stream_seq)
        except NotFoundError:
            state = await self._state()
            if stream_seq <= state.last_seq and state.messages < state.last_seq:
                raise CorruptLogError(
                    f"{self.address}: message {stream_seq} of the stream is missing: it has "
                    f"{state.messages} of {state.last_seq}"
                ) from None
            raise StaleError(
                f"{self.address}: the servers do not show message {stream_seq} of the stream"
            ) from None
        except ASKING as error:
            raise UnansweredError(f"{self.address}: {explain(error)}") from None
        return records.decode(message.data or b"")

    async def place(self, seq: int) -> tuple[int, int]:
        """Return the number of the message with which command ``seq`` is whole, and the checksum there.

        Raises CorruptLogError where no batch of the stream ends at ``seq``, StaleError where the stream is not
        seen to reach it, and UnansweredError.
        """
        if not seq:
            return 0, 0
        low, end = 0, await self.end()
        high = end
        # Numbers of first commands never fall along the stream: look for the last that is not beyond seq.
        while low < high:
            middle = (low + high + 1) // 2
            if (await self.record(middle)).first_seq <= seq:
                low = middle
            else:
                high = middle - 1
        found = await self.record(low) if low else None
        if isinstance(found, BatchPart) and found.part == found.parts - 1:
            if found.last_seq == seq:
                return low, found.checksum
            beyond = found.last_seq > seq
        else:
            beyond = False
        if low == end and not beyond:
            raise StaleError(f"{self.address}: the stream is not seen to reach seq {seq}")
        raise CorruptLogError(f"{self.address}: no batch of the stream ends at seq {seq}")

    async def publish(self, messages: Sequence[Record], after: int) -> int:
        """Write messages behind message ``after``, if the stream ends there; return the last one's number.

        Raises EndMovedError where it ends elsewhere, NotTakenError where the servers refuse, and
        UnansweredError; the messages before the one that failed may be there.
        """
        sent = [
            asyncio.ensure_future(
                self._publish(
                    message, place, messages[place - after - 1] if place > after else None
                )
            )
            for place, message in enumerate(messages, after)
        ]
        outcomes = await asyncio.gather(*sent, return_exceptions=True)
        failures = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        if failures:
            # The first tells why; those behind it found the stream shorter than they expected.
            first = failures[0]
            if isinstance(first, NotTakenError):
                for other in failures:
                    if isinstance(other, UnansweredError):
                        raise other
                first.behind = outcomes.index(first)
            raise first
        return after + len(messages)

    async def _publish(self, message: Record, after: int, former: Record | None) -> None:
        """Write a message behind message ``after``, which is ``former`` where that was sent with it."""
        headers: dict[str, str] = {
            # With its place: parts that are written again elsewhere are other messages.
            Header.MSG_ID.value: f"{message.identity}@{after}",
            Header.EXPECTED_LAST_SEQUENCE.value: str(after),
        }
        if former is not None:
            # A copy that comes late must not find another writer's message in its predecessor's place.
            headers[Header.EXPECTED_LAST_MSG_ID.value] = f"{former.identity}@{after - 1}"
        try:
            taken = await self.jetstream.publish(
                self.address.subject,
                records.encode(message),
                stream=self.address.stream,
                headers=headers,
                timeout=ANSWER_S,
            )
        except ASKING as error:
            raise refusals.of_publish(error, self.address) from None
        if taken.seq != after + 1:
            raise EndMovedError(f"{self.address}: message {taken.seq} is this one already")

    async def close(self) -> None:
        """Let go of the connection."""
        await self.client.close()
