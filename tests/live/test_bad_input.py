"""Bad input over every door: a clear error, nothing changed, nobody else disturbed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from tests.live.peer import Http, Peer, body_of
from tests.live.running import RunningExchange
from tests.live.untouched import Observer

NAME = "H100-PERPETUAL"
PARSE, REQUEST, METHOD, PARAMS = -32700, -32600, -32601, -32602


class Floor:
    """Alice's open doors, and bob, who trades quietly beside her."""

    def __init__(self, exchange: RunningExchange, stack: ExitStack) -> None:
        self.exchange = exchange
        self._stack = stack
        self.observer = Observer(exchange.data_dir)
        self.http = stack.enter_context(Http(exchange, "alice"))
        self.anonymous = stack.enter_context(Http(exchange))
        self.alice = self.connect("alice")
        self.bob = self.connect("bob")
        mark = self.bob.call("public/ticker", instrument_name=NAME)["mark_price"]
        self.price = round(mark * 0.97, 3)
        self.bobs = self.bob.call(
            "private/buy", instrument_name=NAME, amount=5, price=self.price, label="bob's own"
        )["order"]
        self.alices = self.alice.call(
            "private/buy", instrument_name=NAME, amount=2, price=self.price, label="taken"
        )["order"]
        self.observer.changes()

    def connect(self, account: str) -> Peer:
        return self._stack.enter_context(Peer(self.exchange, account))

    def order(self, **changes: Any) -> dict[str, Any]:
        """A good order to buy, changed; None takes a field away."""
        fields = {"instrument_name": NAME, "amount": 1, "price": self.price, **changes}
        return {name: value for name, value in fields.items() if value is not ...}


@pytest.fixture(scope="module")
def floor(exchange: RunningExchange) -> Iterator[Floor]:
    with ExitStack() as stack:
        floor = Floor(exchange, stack)
        yield floor
        output = exchange.output
        for token in (*floor.alice.tokens, *floor.bob.tokens):
            assert token not in output


@pytest.fixture(autouse=True)
def undisturbed(floor: Floor) -> Iterator[None]:
    """Nothing changed, the same connections go on, and the other session noticed nothing."""
    floor.observer.changes()
    yield
    assert floor.observer.changes() == []
    assert "version" in floor.alice.call("public/test")
    assert floor.http.get("public/test", {}).status_code == 200
    assert floor.bob.call("private/get_open_orders") == [floor.bobs]
    assert floor.alice.call("private/get_open_orders") == [floor.alices]


def check(answer: dict[str, Any], code: int, param: str | None) -> None:
    assert "result" not in answer, answer
    error = answer["error"]
    assert (error["code"], error["data"].get("param")) == (code, param), answer
    assert error["message"]
    assert error["data"]["reason"]


def refusal(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 400, response.text
    answer: dict[str, Any] = response.json()
    return answer


TWICE = b'{"id":1,"method":"private/buy","params":{"instrument_name":"H100-PERPETUAL","amount":1,'
ORDER = b'{"id":1,"method":"private/buy","params":{"instrument_name":"H100-PERPETUAL","price":2,'

BODIES: dict[str, tuple[bytes, int, str | None]] = {
    "truncated": (b'{"jsonrpc":"2.0","id":1,"method":"public/test"', PARSE, None),
    "blank": (b"  ", PARSE, None),
    "no JSON": (b"buy 100 please", PARSE, None),
    "two requests": (b'{"id":1,"method":"public/test"} {}', PARSE, None),
    "byte order mark": (b'\xef\xbb\xbf{"id":1,"method":"public/test"}', PARSE, None),
    "not UTF-8 in a name": (b'{"id":1,"method":"public/te\xffst"}', PARSE, None),
    "not UTF-8 in a value": (ORDER + b'"amount":1,"label":"\xc3\x28"}}', PARSE, None),
    "half a surrogate pair": (ORDER + b'"amount":1,"label":"\\ud800"}}', PARSE, None),
    "NaN": (ORDER + b'"amount":NaN}}', PARSE, None),
    "Infinity": (ORDER + b'"amount":-Infinity}}', PARSE, None),
    "batch": (b'[{"id":1,"method":"public/test"}]', REQUEST, None),
    "empty batch": (b"[]", REQUEST, None),
    "number": (b"42", REQUEST, None),
    "null": (b"null", REQUEST, None),
    "text": (b'"private/buy"', REQUEST, None),
    "other version": (b'{"jsonrpc":"1.0","id":1,"method":"public/test"}', REQUEST, "jsonrpc"),
    "no method": (b'{"jsonrpc":"2.0","id":1}', REQUEST, "method"),
    "method is a number": (b'{"id":1,"method":5}', REQUEST, "method"),
    "id is a fraction": (b'{"id":1.5,"method":"public/test"}', REQUEST, "id"),
    "id is an object": (b'{"id":{},"method":"public/test"}', REQUEST, "id"),
    "id beyond 64 bits": (b'{"id":18446744073709551616,"method":"public/test"}', REQUEST, "id"),
    "unknown member": (b'{"id":1,"method":"public/test","extra":1}', REQUEST, "extra"),
    "unknown method": (b'{"id":1,"method":"private/steal"}', METHOD, "method"),
    "endless method": (b'{"id":1,"method":"' + b"x" * 60_000 + b'"}', METHOD, "method"),
    "params are an array": (b'{"id":1,"method":"public/test","params":[1]}', PARAMS, None),
    "params are null": (b'{"id":1,"method":"public/test","params":null}', PARAMS, None),
    "params are missing": (b'{"id":1,"method":"private/buy"}', PARAMS, "instrument_name"),
    "method twice": (b'{"id":1,"method":"public/test","method":"private/buy"}', REQUEST, "method"),
    "amount twice": (TWICE + b'"amount":1000,"price":2}}', PARAMS, "amount"),
    "deep array": (
        b'{"id":1,"method":"public/test","params":' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        PARSE,
        None,
    ),
    "deep object": (
        b'{"id":1,"method":"public/test","params":' + b'{"a":' * 9_000 + b"1" + b"}" * 9_001,
        PARSE,
        None,
    ),
    "thousands of digits": (ORDER + b'"amount":' + b"9" * 20_000 + b"}}", PARAMS, "amount"),
}


@pytest.mark.parametrize("case", BODIES)
def test_bad_bodies(floor: Floor, case: str) -> None:
    body, code, param = BODIES[case]
    check(floor.alice.raw(body), code, param)
    check(refusal(floor.http.post(body)), code, param)


PLACING: dict[str, tuple[dict[str, Any], int, str]] = {
    "amount of no contract": ({"amount": 0}, 10002, "amount"),
    "negative amount": ({"amount": -1}, 10002, "amount"),
    "tiny amount": ({"amount": 1e-9}, 10002, "amount"),
    "fraction of a contract": ({"amount": 1.5}, PARAMS, "amount"),
    "amount 2^63": ({"amount": 2**63}, PARAMS, "amount"),
    "amount 2^64": ({"amount": 2**64}, PARAMS, "amount"),
    "amount 1e308": ({"amount": 1e308}, PARAMS, "amount"),
    "amount beyond an order's": ({"amount": 1_000_001}, 10021, "amount"),
    "amount in words": ({"amount": "many"}, PARAMS, "amount"),
    "amount empty": ({"amount": ""}, PARAMS, "amount"),
    "amount NaN": ({"amount": "NaN"}, PARAMS, "amount"),
    "amount -Infinity": ({"amount": "-Infinity"}, PARAMS, "amount"),
    "amount with underscores": ({"amount": "1_000"}, PARAMS, "amount"),
    "amount in full-width digits": ({"amount": "１"}, PARAMS, "amount"),
    "amount true": ({"amount": True}, PARAMS, "amount"),
    "amount a list": ({"amount": [1]}, PARAMS, "amount"),
    "amount an object": ({"amount": {"contracts": 1}}, PARAMS, "amount"),
    "amount missing": ({"amount": ...}, PARAMS, "amount"),
    "contradicting contracts": ({"contracts": 2}, PARAMS, "contracts"),
    "price of nothing": ({"price": 0}, PARAMS, "price"),
    "negative price": ({"price": -2.5}, PARAMS, "price"),
    "price off the tick": ({"price": 2.80001}, PARAMS, "price"),
    "price a hair off the tick": ({"price": "2.8000000000000000001"}, PARAMS, "price"),
    "price 2^63": ({"price": 2**63}, PARAMS, "price"),
    "price 2^64": ({"price": 2**64}, PARAMS, "price"),
    "price 1e308": ({"price": 1e308}, PARAMS, "price"),
    "price 1e-400": ({"price": "1e-400"}, PARAMS, "price"),
    "price NaN": ({"price": "NaN"}, PARAMS, "price"),
    "price Infinity": ({"price": "Infinity"}, PARAMS, "price"),
    "price above the band": ({"price": 30}, 10007, "price"),
    "price missing": ({"price": ...}, PARAMS, "price"),
    "instrument unknown": ({"instrument_name": "GPU9-31DEC99"}, 13020, "instrument_name"),
    "instrument in small letters": ({"instrument_name": NAME.lower()}, 13020, "instrument_name"),
    "instrument empty": ({"instrument_name": ""}, PARAMS, "instrument_name"),
    "instrument endless": ({"instrument_name": "X" * 4_000}, PARAMS, "instrument_name"),
    "instrument missing": ({"instrument_name": ...}, PARAMS, "instrument_name"),
    "type unknown": ({"type": "iceberg"}, PARAMS, "type"),
    "stop without a trigger": ({"type": "stop_limit"}, PARAMS, "trigger"),
    "stop at a price that is reached": (
        {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 0.5},
        11036,
        "trigger_price",
    ),
    "trigger beyond every price": (
        {"type": "stop_limit", "trigger": "mark_price", "trigger_price": 10**11},
        PARAMS,
        "trigger_price",
    ),
    "iceberg larger than the order": ({"display_amount": 2}, 10036, "display_amount"),
    "end in the past": (
        {"time_in_force": "good_til_date", "expiration_timestamp": 1},
        PARAMS,
        "expiration_timestamp",
    ),
    "end of time": (
        {"time_in_force": "good_til_date", "expiration_timestamp": 32_503_708_800_000},
        PARAMS,
        "expiration_timestamp",
    ),
    "collar of a limit order": ({"collar": 0.1}, PARAMS, "collar"),
    "link without orders": ({"linked_order_type": "one_cancels_other"}, PARAMS, "otoco_config"),
    "linked order off tick": (
        {
            "linked_order_type": "one_triggers_other",
            "otoco_config": [{"direction": "sell", "price": 2.50001}],
        },
        PARAMS,
        "otoco_config[0].price",
    ),
    "nine linked orders": (
        {
            "linked_order_type": "one_triggers_other",
            "otoco_config": [{"direction": "sell", "price": 2.5}] * 9,
        },
        PARAMS,
        "otoco_config",
    ),
    "time in force unknown": ({"time_in_force": "forever"}, PARAMS, "time_in_force"),
    "post_only in words": ({"post_only": "perhaps"}, PARAMS, "post_only"),
    "unknown field": ({"leverage": 100}, PARAMS, "leverage"),
    "label too long": ({"label": "x" * 65}, PARAMS, "label"),
    "label with a control character": ({"label": "a\x1b[2Jb"}, PARAMS, "label"),
    "label with a zero": ({"label": "a\x00b"}, PARAMS, "label"),
    "label with a line break": ({"label": "a\nb"}, PARAMS, "label"),
    "label used before": ({"label": "taken"}, 11030, "label"),
    "reduce-only without position": (
        {"reduce_only": True, "type": "market", "price": ...},
        11030,
        "reduce_only",
    ),
    "nothing to fill or kill": ({"time_in_force": "fill_or_kill"}, 11030, "time_in_force"),
}


@pytest.mark.parametrize("case", PLACING)
def test_bad_orders(floor: Floor, case: str) -> None:
    changes, code, param = PLACING[case]
    order = floor.order(**changes)
    check(floor.alice.request("private/buy", order), code, param)
    check(refusal(floor.http.post(body_of("private/buy", order))), code, param)
    query = {
        name: value if isinstance(value, str) else json.dumps(value)
        for name, value in order.items()
    }
    check(refusal(floor.http.get("private/buy", query)), code, param)


WRONG_TYPES = ("label", "instrument_name", "type", "time_in_force", "post_only", "reduce_only")


@pytest.mark.parametrize("field", WRONG_TYPES)
@pytest.mark.parametrize("value", [5, 1.5, None, [], {}], ids=json.dumps)
def test_wrong_types(floor: Floor, field: str, value: object) -> None:
    """A query carries only text, so these come in bodies."""
    order = floor.order(**{field: value})
    check(floor.alice.request("private/buy", order), PARAMS, field)
    check(refusal(floor.http.post(body_of("private/buy", order))), PARAMS, field)


def test_a_label_of_any_script_comes_back_as_it_was(floor: Floor) -> None:
    label = "算力 🚀 ελ"
    placed = floor.alice.call("private/buy", **floor.order(label=label))["order"]
    assert placed["label"] == label
    [found] = floor.alice.call("private/get_open_orders_by_label", label=label)
    assert found == placed
    assert floor.alice.call("private/cancel", order_id=placed["order_id"])["label"] == label
    assert floor.observer.changes() == [
        f"SUBMIT of account 0 {label}",
        "CANCEL of account 0 ",
    ]


FOREIGN = {
    "edit": ("private/edit", {"amount": 1}),
    "cancel": ("private/cancel", {}),
    "state": ("private/get_order_state", {}),
    "trades": ("private/get_user_trades_by_order", {}),
}
ORDER_IDS = ("", "H100-", "H100-x", "-1", "H100-99999999999999999999", "GPU1-1", "H100-१", "\x00")


@pytest.mark.parametrize("case", FOREIGN)
def test_another_accounts_order_is_one_that_never_was(floor: Floor, case: str) -> None:
    method, more = FOREIGN[case]
    theirs = {"order_id": floor.bobs["order_id"], **more}
    check(floor.alice.request(method, theirs), 10004, "order_id")
    check(refusal(floor.http.post(body_of(method, theirs))), 10004, "order_id")
    check(refusal(floor.http.get(method, theirs)), 10004, "order_id")
    for order_id in ORDER_IDS:
        wanted = {"order_id": order_id, **more}
        expected = 10004 if order_id else PARAMS
        check(floor.alice.request(method, wanted), expected, "order_id")


def test_another_accounts_label_is_not_found(floor: Floor) -> None:
    label = floor.bobs["label"]
    params = {"label": label, "instrument_name": NAME, "amount": 1}
    check(floor.alice.request("private/edit_by_label", params), 10004, "label")
    assert floor.alice.call("private/cancel_by_label", label=label) == 0
    assert floor.alice.call("private/get_order_state_by_label", label=label) == []


def test_an_oversized_frame_ends_its_own_connection_only(floor: Floor) -> None:
    with Peer(floor.exchange, "alice") as peer:
        with pytest.raises(ConnectionClosed) as closed:
            peer.raw(body_of("public/test", {"expected_result": "x" * 70_000}), text=True)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009


def test_a_text_frame_that_is_not_text_ends_its_own_connection_only(floor: Floor) -> None:
    with Peer(floor.exchange, "alice") as peer:
        with pytest.raises(ConnectionClosed) as closed:
            peer.raw(b'{"id":1,"method":"public/te\xffst"}', text=True)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007


def test_an_oversized_body_or_query_is_refused(floor: Floor) -> None:
    check(refusal(floor.http.post(b" " * 70_000)), REQUEST, None)
    check(
        refusal(floor.anonymous.send("GET", "/api/v2/public/test?" + "x" * 60_000)),
        PARAMS,
        "x" * 128,
    )


QUERIES = {
    "no value": ("private/buy?amount", PARAMS, "amount"),
    "given twice": ("private/buy?amount=1&amount=1", PARAMS, "amount"),
    "broken escape": ("private/buy?amount=%zz", PARAMS, "amount"),
    "not UTF-8": ("private/buy?label=%ff", PARAMS, "label"),
    "too many": ("private/buy?" + "&".join(f"a{n}=1" for n in range(65)), PARAMS, None),
    "broken list": ("private/subscribe?channels=[", PARAMS, "channels"),
    "deep list": ("private/subscribe?channels=" + "[" * 5_000, PARAMS, "channels"),
    "unknown method": ("private/steal", METHOD, "method"),
    "no method": ("", REQUEST, "method"),
}


@pytest.mark.parametrize("case", QUERIES)
def test_bad_queries(floor: Floor, case: str) -> None:
    target, code, param = QUERIES[case]
    check(refusal(floor.http.send("GET", f"/api/v2/{target}")), code, param)


@pytest.mark.parametrize("verb", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_wrong_verbs(floor: Floor, verb: str) -> None:
    check(refusal(floor.http.send(verb, "/api/v2/private/cancel_all")), REQUEST, None)
