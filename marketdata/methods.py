"""The public methods that the market-data service answers.

Source: Deribit API v2, the methods of the same names.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from marketdata.kinds import ANY, KINDS, in_kind
from marketdata.messages import Instrument, State, milliseconds
from marketdata.publisher import Publisher, TooManyChannels, UnknownChannel
from marketdata.rpc import INVALID_PARAMS, METHOD_NOT_FOUND, Request, RpcError, params
from marketdata.session import Session

Name = Annotated[str, Meta(max_length=128)]
Names = Annotated[list[Annotated[str, Meta(max_length=256)]], Meta(max_length=1000)]
MAX_BOOK_DEPTH = 10_000


class _Channels(msgspec.Struct):
    channels: Names


class _Interval(msgspec.Struct):
    interval: Annotated[float, Meta(ge=0, le=3600)]


class _Ticker(msgspec.Struct):
    instrument_name: Name


class _Book(msgspec.Struct):
    instrument_name: Name
    depth: Annotated[int, Meta(ge=1, le=MAX_BOOK_DEPTH)] = 5
    combined: bool = False


class _Instruments(msgspec.Struct):
    currency: Name = ANY
    kind: Name = ANY
    expired: bool = False


class PublicMethods:
    """Answers calls from the market and changes the caller's session."""

    def __init__(
        self, publisher: Publisher, clock_ns: Callable[[], int], min_heartbeat_s: float
    ) -> None:
        self._publisher = publisher
        self._market = publisher.market
        self._clock_ns = clock_ns
        self._min_heartbeat_s = min_heartbeat_s
        self._version = version("compute-futures-exchange")
        self._methods: dict[str, Callable[[Session, Request], Any]] = {
            "public/hello": self._hello,
            "public/test": self._hello,
            "public/get_time": self._get_time,
            "public/status": self._status,
            "public/set_heartbeat": self._set_heartbeat,
            "public/disable_heartbeat": self._disable_heartbeat,
            "public/subscribe": self._subscribe,
            "public/unsubscribe": self._unsubscribe,
            "public/unsubscribe_all": self._unsubscribe_all,
            "public/get_order_book": self._get_order_book,
            "public/ticker": self._ticker,
            "public/get_instruments": self._get_instruments,
        }

    def call(self, session: Session, request: Request) -> Any:
        """Return the result of a call; raises RpcError, and then nothing has changed."""
        method = self._methods.get(request.method)
        if method is None:
            raise RpcError(METHOD_NOT_FOUND, f"no method {request.method[:64]}", "method")
        return method(session, request)

    def _hello(self, session: Session, request: Request) -> dict[str, str]:
        return {"version": self._version}

    def _get_time(self, session: Session, request: Request) -> int:
        return milliseconds(self._clock_ns())

    def _status(self, session: Session, request: Request) -> dict[str, Any]:
        return {"locked": "false", "locked_indices": []}

    def _set_heartbeat(self, session: Session, request: Request) -> str:
        interval_s = params(request, _Interval).interval
        if interval_s < self._min_heartbeat_s:
            raise RpcError(INVALID_PARAMS, f"less than {self._min_heartbeat_s:g} s", "interval")
        session.set_heartbeat(interval_s)
        return "ok"

    def _disable_heartbeat(self, session: Session, request: Request) -> str:
        session.set_heartbeat(None)
        return "ok"

    def _subscribe(self, session: Session, request: Request) -> list[str]:
        try:
            return session.subscriber.subscribe(params(request, _Channels).channels)
        except (UnknownChannel, TooManyChannels) as error:
            raise RpcError(INVALID_PARAMS, str(error), "channels") from None

    def _unsubscribe(self, session: Session, request: Request) -> list[str]:
        return session.subscriber.unsubscribe(params(request, _Channels).channels)

    def _unsubscribe_all(self, session: Session, request: Request) -> str:
        session.subscriber.unsubscribe_all()
        return "ok"

    def _instrument(self, name: str) -> Instrument:
        instrument = self._market.find(name)
        if instrument is None:
            raise RpcError(INVALID_PARAMS, "instrument is not listed", "instrument_name")
        return instrument

    def _get_order_book(self, session: Session, request: Request) -> dict[str, Any]:
        book = params(request, _Book)
        instrument = self._instrument(book.instrument_name)
        number = instrument.instrument_id
        return self._market.order_book(number, book.depth, combined=book.combined)

    def _ticker(self, session: Session, request: Request) -> dict[str, Any]:
        instrument = self._instrument(params(request, _Ticker).instrument_name)
        return self._market.ticker(instrument.instrument_id)

    def _get_instruments(self, session: Session, request: Request) -> list[dict[str, Any]]:
        asked = params(request, _Instruments)
        if asked.kind not in KINDS:
            raise RpcError(INVALID_PARAMS, f"not one of {', '.join(KINDS)}", "kind")
        family = None if asked.currency == ANY else asked.currency
        if family is not None and family not in self._market.families():
            raise RpcError(INVALID_PARAMS, "family is not listed", "currency")
        return [
            self._market.instrument_fields(instrument.instrument_id)
            for instrument in self._market.instruments(family)
            if in_kind(asked.kind, instrument)
            and (self._market.state(instrument.instrument_id) == State.EXPIRED) == asked.expired
        ]
