"""How often something is asked, and what ends the asking."""

from __future__ import annotations

import pytest

from clients.caller import TRIES
from clients.errors import ConnectionLost, MethodNotFound
from tests.clients.conftest import run, trading


def test_a_question_is_sent_a_bounded_number_of_times() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_request["public/get_order_book"] = 100
            with pytest.raises(ConnectionLost):
                await exchange.ask("public/get_order_book")
            asked = [method for method, _ in server.calls if method == "public/get_order_book"]
            assert len(asked) == TRIES

    run(work)


def test_a_call_is_sent_once() -> None:
    async def work() -> None:
        async with trading() as (server, exchange):
            server.lose_request["public/get_time"] = 1
            before = len(server.calls)
            with pytest.raises(ConnectionLost):
                await exchange.call("public/get_time")
            assert [method for method, _ in server.calls[before:]][:1] == ["public/get_time"]
            with pytest.raises(MethodNotFound):
                await exchange.call("public/no_such_method")

    run(work)
