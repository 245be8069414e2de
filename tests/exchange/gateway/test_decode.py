"""Bad bytes of every kind become errors that say what is wrong; good ones decode as the standard has it."""

from __future__ import annotations

import json
import string
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, quote_plus, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta

from exchange.gateway.decode import (
    Refused,
    decode_params,
    decode_query,
    decode_request,
    parse_query,
)
from exchange.gateway.errors import RpcError
from exchange.gateway.rpc import Context, Method


class Leg(msgspec.Struct, forbid_unknown_fields=True):
    """One of a list of structs."""

    side: Literal["buy", "sell"] = "buy"
    price: Decimal | None = None


class Params(msgspec.Struct, forbid_unknown_fields=True):
    """One parameter of each kind."""

    name: Annotated[str, Meta(max_length=8)]
    amount: float = 1.0
    count: Annotated[int, Meta(ge=1, le=1_000)] = 1
    post_only: bool = False
    side: Literal["buy", "sell"] = "buy"
    channels: list[str] = []
    price: Decimal | None = None
    legs: list[Leg] = []


def handler(context: Context, params: Params) -> None:
    """Do nothing."""


METHOD = Method(
    "public/x", Params, None, handler, "", "", 1.0, False, msgspec.json.Decoder(Params).decode
)


def refused(message: str | bytes) -> tuple[int, Any, dict[str, Any]]:
    with pytest.raises(Refused) as raised:
        decode_request(message)
    return raised.value.error.code, raised.value.id, raised.value.error.data


def wrong(raw: bytes) -> tuple[int, Any, Any]:
    with pytest.raises(RpcError) as raised:
        decode_params(METHOD, msgspec.Raw(raw))
    data = raised.value.data
    assert data["reason"]
    return raised.value.code, data.get("param"), data["reason"]


def wrong_query(query: bytes) -> tuple[int, Any]:
    with pytest.raises(RpcError) as raised:
        decode_query(METHOD, query)
    assert raised.value.data["reason"]
    return raised.value.code, raised.value.data.get("param")


def test_a_request_decodes_from_text_and_bytes() -> None:
    text = '{"jsonrpc":"2.0","id":"a","method":"public/test","params":{"x":1}}'
    for message in (text, text.encode()):
        request = decode_request(message)
        assert (request.id, request.method, bytes(request.params)) == (
            "a",
            "public/test",
            b'{"x":1}',
        )
    assert bytes(decode_request('{"jsonrpc":"2.0","method":"a"}').params) == b"{}"


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "nonsense",
        '{"jsonrpc":"2.0","id":1,"method":"public/test"',
        '{"jsonrpc":"2.0","id":NaN,"method":"public/test"}',
        '{"jsonrpc":"2.0","id":1,"method":"public/test","params":{"a":Infinity}}',
        b'{"jsonrpc":"2.0","id":1,"method":"\xff"}',
        b"\x80\x81",
    ],
)
def test_what_is_not_json_is_a_parse_error_without_id(message: str | bytes) -> None:
    code, request_id, data = refused(message)
    assert (code, request_id) == (-32700, None)
    assert data["reason"]


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"method": 5}, "method"),
        ({"method": None}, "method"),
        ({"jsonrpc": "1.0"}, "jsonrpc"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_no_request_keeps_its_id(fields: dict[str, Any], param: str) -> None:
    body = {"jsonrpc": "2.0", "id": 7, "method": "public/test", **fields}
    code, request_id, data = refused(json.dumps(body))
    assert (code, request_id, data["param"]) == (-32600, 7, param)


@pytest.mark.parametrize("request_id", [1.5, True, 2**63, 2**64, [1], {"a": 1}, "x" * 65])
def test_an_id_that_cannot_be_echoed_is_refused(request_id: Any) -> None:
    body = {"jsonrpc": "2.0", "id": request_id, "method": "public/test"}
    code, answered, data = refused(json.dumps(body))
    assert (code, answered, data["param"]) == (-32600, None, "id")


def test_batches_are_refused_by_name() -> None:
    code, _, data = refused('[{"jsonrpc":"2.0","id":1,"method":"public/test"}]')
    assert code == -32600
    assert "batch" in data["reason"]


@pytest.mark.parametrize(
    ("raw", "param"),
    [
        (b"{}", "name"),
        (b'{"name":1}', "name"),
        (b'{"name":"x","colour":1}', "colour"),
        (b'{"name":"x","amount":"1"}', "amount"),
        (b'{"name":"x","amount":1e999}', "amount"),
        (b'{"name":"x","count":0}', "count"),
        (b'{"name":"x","count":-1}', "count"),
        (b'{"name":"x","count":9223372036854775808}', "count"),
        (b'{"name":"x","count":18446744073709551616}', "count"),
        (b'{"name":"x","count":true}', "count"),
        (b'{"name":"x","side":"up"}', "side"),
        (b'{"name":"x","channels":"a"}', "channels"),
        (b'{"name":"x","channels":[1]}', "channels[0]"),
        (b'{"name":"123456789"}', "name"),
        (b"[]", None),
        (b"null", None),
        (b"3", None),
    ],
)
def test_wrong_parameters_are_named(raw: bytes, param: str | None) -> None:
    code, named, _ = wrong(raw)
    assert (code, named) == (-32602, param)


def test_parameters_that_are_not_utf8_are_a_parse_error() -> None:
    assert wrong(b'{"name":"\xff"}')[0] == -32700


def test_an_access_token_may_stand_among_any_parameters() -> None:
    raw = msgspec.Raw(b'{"name":"x","access_token":"T","count":3}')
    params, token = decode_params(METHOD, raw)
    assert (params.name, params.count, token) == ("x", 3, "T")
    assert decode_params(METHOD, msgspec.Raw(b'{"name":"x"}'))[1] is None
    assert wrong(b'{"name":"x","access_token":5}')[1] == "access_token"
    assert wrong(b'{"name":"access_token","amount":"1"}')[1] == "name"
    assert decode_query(METHOD, b"name=x&access_token=T")[1] == "T"


def test_a_query_carries_every_kind_as_text() -> None:
    query = urlencode(
        {
            "name": "a b+é",
            "amount": "2.5",
            "count": "10",
            "post_only": "true",
            "side": "sell",
            "channels": '["a","b"]',
        }
    )
    params, _ = decode_query(METHOD, query.encode())
    assert params == Params("a b+é", 2.5, 10, True, "sell", ["a", "b"])


@pytest.mark.parametrize(
    ("query", "param"),
    [
        (b"", "name"),
        (b"name=x&name=y", "name"),
        (b"name=x&count=%zz", "count"),
        (b"name=x&count=%4", "count"),
        (b"name=%ff", "name"),
        (b"%ff=1", None),
        (b"name", "name"),
        (b"=x", None),
        (b"name=x&&count=1", None),
        (b"name=x&amount=nan", "amount"),
        (b"name=x&amount=-Infinity", "amount"),
        (b"name=x&amount=+inf", "amount"),
        (b"name=x&amount=1e999", "amount"),
        (b"name=x&amount=", "amount"),
        (b"name=x&count=9223372036854775808", "count"),
        (b"name=x&count=18446744073709551616", "count"),
        (b"name=x&count=1.5", "count"),
        (b"name=x&post_only=perhaps", "post_only"),
        (b"name=x&side=up", "side"),
        (b"name=x&channels=a", "channels"),
        (b"name=x&colour=red", "colour"),
        (b"&".join(b"a%d=1" % n for n in range(65)), None),
    ],
)
def test_wrong_queries_are_refused(query: bytes, param: str | None) -> None:
    assert wrong_query(query) == (-32602, param)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)


@given(st.dictionaries(TEXTS.filter(bool), TEXTS, max_size=8))
def test_well_formed_queries_parse_as_the_standard_library_parses_them(
    fields: dict[str, str],
) -> None:
    query = urlencode(fields, quote_via=quote_plus)
    parsed = parse_query(query.encode())
    assert parsed == fields == dict(parse_qsl(query, keep_blank_values=True))


@given(st.binary(max_size=60))
def test_no_bytes_do_anything_but_decode_or_be_refused(message: bytes) -> None:
    code = 0
    try:
        decode_request(message)
    except Refused as refusal:
        code = refusal.error.code
    assert code in (0, -32700, -32600)


@given(st.text(string.printable, max_size=40).map(str.encode) | st.binary(max_size=40))
def test_no_query_does_anything_but_decode_or_be_refused(query: bytes) -> None:
    code = 0
    try:
        decode_query(METHOD, query)
    except RpcError as error:
        code = error.code
    assert code in (0, -32602)


@pytest.mark.parametrize(
    ("message", "param"),
    [
        (b'{"id":1,"method":"a","method":"b"}', "method"),
        (b'{"id":1,"method":"a","params":{},"params":{"name":"x"}}', "params"),
        (b'{"id":1,"method":"a","jsonrpc":"2.0","jsonrpc" : "2.0"}', "jsonrpc"),
        (b'{"id":null,"method":"a","id":1}', "id"),
        ('{"method":"a:b","id":1,"id":2}', "id"),
    ],
)
def test_a_name_that_is_given_twice_is_refused(message: str | bytes, param: str) -> None:
    code, _, data = refused(message)
    assert (code, data) == (-32600, {"reason": "is given twice", "param": param})


def test_a_parameter_that_is_given_twice_is_refused() -> None:
    twice = (-32602, "count", "is given twice")
    assert wrong(b'{"name":"a","count":1,"count":2}') == twice
    assert wrong(b'{"name":"a","count" : 1,"\\u0063ount":1}') == twice
    assert wrong(b'{"name":"a","channels":[{"x":1,"x":2}]}')[:2] == (-32602, "x")


@pytest.mark.parametrize(
    "message",
    [
        '{"id":null,"method":"a"}',
        '{"method":"a"}',
        '{"method":"a:::b","id":"1:2"}',
        '{ "jsonrpc" : "2.0" , "id" : 1 , "method" : "a" , "params" : { "name" : "x:y" } }',
    ],
)
def test_colons_in_texts_are_no_names(message: str) -> None:
    request = decode_request(message)
    assert request.method == json.loads(message)["method"]
    assert decode_request(message.encode()) == request
    name, _ = decode_params(METHOD, msgspec.Raw(b'{"name":":::","channels":["a:b"]}'))
    assert name.name == ":::"


def test_a_number_of_thousands_of_digits_is_refused_by_name() -> None:
    reason = "Integer value out of range"
    assert wrong(b'{"name":"a","price":' + b"9" * 5_000 + b"}") == (-32602, "price", reason)


def test_what_is_nested_too_deeply_is_refused() -> None:
    deep = b"[" * 20_000 + b"]" * 20_000
    reason = {"reason": "is nested too deeply"}
    assert refused(b'{"id":1,"method":"a","params":' + deep + b"}") == (-32700, None, reason)
    assert wrong(b'{"name":"a","channels":' + deep + b"}") == (-32602, None, reason["reason"])


@pytest.mark.parametrize(
    "text", ["1_000", " 1", "1 ", "１", "0x1", "NaN", "Infinity", "", "1e", "--1"]
)
def test_a_text_that_is_no_decimal_of_json_is_no_decimal(text: str) -> None:
    expected = (-32602, "price", "is not a decimal number")
    assert wrong(json.dumps({"name": "a", "price": text}).encode()) == expected
    with pytest.raises(RpcError, match="is not a decimal number"):
        decode_query(METHOD, urlencode({"name": "a", "price": text}).encode())


@pytest.mark.parametrize("text", ["1", "-1", "2.50", "1e-3", "+2"])
def test_a_text_may_be_a_decimal(text: str) -> None:
    by_text, _ = decode_params(
        METHOD, msgspec.Raw(json.dumps({"name": "a", "price": text}).encode())
    )
    by_query, _ = decode_query(METHOD, urlencode({"name": "a", "price": text}).encode())
    assert by_text.price == by_query.price == Decimal(text)


@pytest.mark.parametrize("text", ["1_0", " 1", "nan", "", "²"])
def test_decimals_in_a_list_of_structs_are_looked_at_too(text: str) -> None:
    legs = [{"price": 1}, {"side": "sell", "price": text}]
    raw = msgspec.json.encode({"name": "x", "legs": legs})
    assert wrong(raw)[:2] == (-32602, "legs[1].price")
    query = urlencode({"name": "x", "legs": json.dumps(legs)}).encode()
    with pytest.raises(RpcError) as raised:
        decode_query(METHOD, query)
    assert raised.value.data["param"] == "legs[1].price"


def test_a_list_of_structs_comes_by_query_as_json() -> None:
    legs = [{"side": "sell", "price": 2.91}, {"price": "2.7"}]
    query = urlencode({"name": "x", "legs": json.dumps(legs)}).encode()
    params, _ = decode_query(METHOD, query)
    assert params.legs == [Leg("sell", Decimal("2.91")), Leg("buy", Decimal("2.7"))]
    twice = urlencode({"name": "x", "legs": '[{"price":1,"price":2}]'}).encode()
    with pytest.raises(RpcError) as raised:
        decode_query(METHOD, twice)
    assert raised.value.data["param"] == "price"
