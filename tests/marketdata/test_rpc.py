"""Every malformed call is a typed error."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketdata import rpc


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        (b"", -32700, None),
        (b"{", -32700, None),
        (b'{"method":"public/test"', -32700, None),
        (b"\xff\xfe", -32700, None),
        (b'{"method":"\xff"}', -32700, None),
        (b'{"method":"public/test","id":NaN}', -32700, None),
        (b'{"method":"public/test","params":{"x":Infinity}}', -32700, None),
        (b"[" * 100_000, -32700, None),
        (b"[]", -32600, None),
        (b"3", -32600, None),
        (b"null", -32600, None),
        (b"{}", -32600, "method"),
        (b'{"method":5}', -32600, "method"),
        (b'{"method":"public/test","id":[1]}', -32600, "id"),
        (b'{"method":"public/test","params":[1]}', -32600, "params"),
    ],
)
def test_malformed_calls(message: bytes, code: int, param: str | None) -> None:
    with pytest.raises(rpc.RpcError) as caught:
        rpc.decode(message)
    assert (caught.value.code, caught.value.param) == (code, param)
    fields = caught.value.fields()
    assert fields["message"]
    assert fields["data"]["reason"]


@given(st.binary(max_size=60).filter(lambda message: b"method" not in message))
def test_no_bytes_break_the_decoder(message: bytes) -> None:
    rpc.request_id(message)
    with pytest.raises(rpc.RpcError) as caught:
        rpc.decode(message)
    assert caught.value.code in (rpc.PARSE_ERROR, rpc.INVALID_REQUEST)


def test_a_call_is_decoded_and_its_id_echoed() -> None:
    request = rpc.decode(b'{"jsonrpc":"2.0","id":7,"method":"public/test","params":null}')
    assert (request.method, request.id, request.params) == ("public/test", 7, {})
    assert rpc.request_id(b'{"id":"x","method":5}') == "x"
    assert rpc.request_id(b'{"id":[1]}') is None
    answer = json.loads(rpc.reply(7, 5_000, result={"a": 1}))
    assert (answer["id"], answer["result"], answer["testnet"]) == (7, {"a": 1}, True)
    assert answer["usDiff"] == answer["usOut"] - answer["usIn"]
    assert answer["usIn"] == 5
    refused = json.loads(rpc.reply(None, 0, error=rpc.RpcError(-32601, "no", "method").fields()))
    assert refused["error"]["data"] == {"param": "method", "reason": "no"}
    assert "result" not in refused


class _Depth(msgspec.Struct):
    depth: int


@pytest.mark.parametrize("params", ["{}", '{"depth":"5"}', '{"depth":1.5}', '{"depth":null}'])
def test_wrong_parameters_are_named(params: str) -> None:
    request = rpc.decode(f'{{"method":"m","params":{params}}}'.encode())
    with pytest.raises(rpc.RpcError) as caught:
        rpc.params(request, _Depth)
    assert (caught.value.code, caught.value.param) == (-32602, "depth")
