"""The desk of the methods with an operator at it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange.core import layout as at
from exchange.core import snapshot
from exchange.gateway.errors import RpcError
from exchange.gateway.keys import Key
from exchange.gateway.rpc import METHODS, Context, Sequenced
from matching.layout import POOL_NOW_NS
from tests.exchange.gateway.methods.desk import Desk

OLIVIA = Key("key-of-olivia", "s" * 43, "olivia", ("operator:read_write",), "", 1)
WHY = "a rumour about the index"


class ControlRoom(Desk):
    """Calls an operator's methods as olivia."""

    @property
    def status(self) -> dict[str, bool]:
        return {"ready": True}

    def ask(self, account: int, method: str, params: dict[str, Any]) -> object:
        registered = METHODS[method]
        decoded = registered.decode(msgspec.Raw(msgspec.json.encode(params)))
        key = OLIVIA if method.startswith("operator/") else None
        context = Context(None, self, account, key, self.ts_ns)  # type: ignore[arg-type]
        return registered.handler(context, decoded)

    def do(self, method: str, **params: Any) -> Any:
        """Return the result of an operator's change, with a reason."""
        return self._called(method, {"reason": WHY, **params})

    def look(self, method: str, **params: Any) -> Any:
        """Return the result of an operator's query."""
        return self._called(method, params)

    def _called(self, method: str, params: dict[str, Any]) -> Any:
        result = self.ask(-1, f"operator/{method}", params)
        if isinstance(result, Sequenced):
            result = result.respond(self.apply(result.commands))
        return msgspec.json.decode(msgspec.json.encode(result))

    @property
    def digest(self) -> str:
        """Digest of everything but the sequence number and time of the last command."""
        core = snapshot.restore(snapshot.take(self.core))
        core.venue[: at.VENUE_TS_NS + 1] = 0
        core.books.pool[POOL_NOW_NS] = 0
        return snapshot.digest(core)

    def refused(self, method: str, **params: Any) -> dict[str, Any]:
        """Return code, param and reason with which a change is refused; nothing may change by it."""
        before, holds, digest = self.core.seq, self.views.holds.snapshot(), self.digest
        with pytest.raises((RpcError, msgspec.ValidationError)) as raised:
            self.do(method, **params)
        assert self.digest == digest
        assert self.views.holds.snapshot() == holds
        if isinstance(raised.value, msgspec.ValidationError):
            return {"code": -32602, "reason": str(raised.value), "logged": False}
        return {
            "code": raised.value.code,
            "logged": self.core.seq > before,
            **raised.value.data,
        }

    def mark(self, number: int) -> int:
        """The mark of an instrument in ticks."""
        return int(self.core.instruments[number, at.INSTRUMENT_MARK_TICKS])
