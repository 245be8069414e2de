"""Any JSON in the parameters of any method: an answer in time, and never a defect of the server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from exchange.gateway import methods
from exchange.gateway.rpc import METHODS
from tests.live.peer import Answer, Http, Peer
from tests.live.running import RunningExchange

methods.load()

DEFECTS = {-32603, 11094}
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "12"))
"""Of each method; FUZZ_EXAMPLES=500 takes some minutes."""
CLOSING = {"private/logout"}

NEAR: dict[str, list[object]] = {
    "instrument_name": ["H100-PERPETUAL", "GPU1-PERPETUAL"],
    "currency": ["USD", "any", "GPU1", "BTC"],
    "amount": [1, 1.0, "1", 1_000_000],
    "price": [2.5, "2.5", 0.001, 40],
    "type": ["limit", "market", "all"],
    "order_id": ["H100-1", "H100-16777216"],
    "channels": [["book.H100-PERPETUAL.raw"], ["user.orders.any.any.raw"], [""]],
    "grant_type": ["client_credentials", "client_signature", "refresh_token"],
    "resolution": ["1", "1D"],
    "index_name": ["h100_usd"],
    "start_timestamp": [0, 1_700_000_000_000],
    "end_timestamp": [0, 32_503_708_800_000],
}
"""Values that pass some checks, so that the fuzz gets behind them."""

NUMBERS = (
    st.integers(-(2**65), 2**65)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from([0, -1, 2**31, 2**53, 2**63 - 1, 2**63, 2**64, 10**30, -0.0, 5e-324, 1e308])
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=80)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def params_of(name: str) -> st.SearchStrategy[Any]:
    """Mostly objects with the method's own fields, some of them missing, some with odd values."""
    fields = METHODS[name].params.__struct_fields__
    near = {
        field: st.sampled_from(NEAR[field]) | VALUES if field in NEAR else VALUES
        for field in fields
    }
    own = st.fixed_dictionaries({}, optional=near)
    strange = st.dictionaries(TEXT, VALUES, max_size=3)
    return own | own | st.builds(lambda a, b: {**a, **b}, own, strange) | VALUES


class Target:
    """The connection that is fuzzed: carol's, made again when she logged out, and her HTTP one."""

    def __init__(self, exchange: RunningExchange) -> None:
        self.exchange = exchange
        self.stack = ExitStack()
        self.peer = Peer(exchange, "carol")
        self.http = Http(exchange, "carol")

    def ask(self, name: str, params: object) -> Answer | None:
        try:
            answer = self.peer.request(name, params)
        except ConnectionClosed:
            assert name in CLOSING, f"{name} closed the connection on {params!r}"
            answer = None
        if name in CLOSING and (answer is None or "result" in answer):
            self.peer.socket.close()
            self.peer = Peer(self.exchange, "carol")
        return answer


@pytest.fixture(scope="module")
def target(exchange: RunningExchange) -> Iterator[Target]:
    target = Target(exchange)
    with Peer(exchange, "bob") as bystander:
        yield target
        assert bystander.call("private/get_positions") == []
    target.peer.socket.close()
    target.http.client.close()
    code, status = exchange.status()
    assert (code, status["ready"], status["failure"]) == (200, True, None)
    assert "a request failed" not in exchange.output


def sound(answer: Answer) -> None:
    assert ("result" in answer) != ("error" in answer), answer
    if "error" in answer:
        error = answer["error"]
        assert error["code"] not in DEFECTS, answer
        assert error["message"]
        assert error["data"]["reason"]


@pytest.mark.parametrize("name", sorted(METHODS))
def test_any_json_gets_an_answer(target: Target, name: str) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )
    @given(params=params_of(name))
    def fuzz(params: object) -> None:
        answer = target.ask(name, params)
        if answer is not None:
            sound(answer)
        if isinstance(params, dict):
            query = {key: texts(value) for key, value in params.items() if key}
            response: httpx.Response = target.http.get(name, query)
            assert response.status_code in (200, 400), response.text
            sound(response.json())

    fuzz()


def texts(value: object) -> str:
    """A value as a query may carry it."""
    return value if isinstance(value, str) else str(value)
