"""Signatures against ccxt's, against RFC 4231, and the memory of nonces."""

from __future__ import annotations

import ccxt
import pytest

from exchange.gateway.errors import RpcError
from exchange.gateway.signature import (
    MAX_AGE_MS,
    NS_PER_MS,
    Nonces,
    matches,
    parse_header,
    sign,
    signed_message,
    signed_request,
)

NOW_MS = 1_790_000_000_000
NOW_NS = NOW_MS * NS_PER_MS


def test_hmac_sha256_of_rfc_4231_case_2() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert sign("Jefe", b"what do ya want for nothing?") == expected
    assert matches("Jefe", b"what do ya want for nothing?", expected.upper())
    assert not matches("Jefe", b"what do ya want for nothing!", expected)
    assert not matches("Jefe", b"what do ya want for nothing?", "é")


def test_what_ccxt_signs_is_what_we_verify() -> None:
    client = ccxt.deribit({"apiKey": "K", "secret": "S"})
    request = client.sign("buy", ["private"], "GET", {"instrument_name": "A B", "amount": 1})
    header = request["headers"]["Authorization"]
    scheme, _, value = header.partition(" ")
    assert scheme == "deri-hmac-sha256"
    signed = parse_header(value)
    target = request["url"].partition("deribit.com")[2].encode()
    assert target.startswith(b"/api/v2/private/buy?")
    text = signed_request(signed.ts, signed.nonce, "GET", target, b"")
    assert signed.client_id == "K"
    assert matches("S", text, signed.signature)
    assert not matches("S", text.replace(b"amount=1", b"amount=2"), signed.signature)


def test_a_message_is_signed_over_time_nonce_and_content() -> None:
    assert signed_message("1", "n", "") == b"1\nn\n"
    assert signed_message("1", "n", "d") == b"1\nn\nd"


@pytest.mark.parametrize(
    "value",
    ["", "id=K", "id=K,ts=1,sig=a", "id=K,ts=1,sig=a,nonce=n,x=1", "id=K,id=K,ts=1,sig=a,nonce=n"],
)
def test_a_malformed_header_is_refused(value: str) -> None:
    with pytest.raises(RpcError) as raised:
        parse_header(value)
    assert raised.value.code == 13004


def refused(nonces: Nonces, nonce: str, ts_ms: int, now_ns: int) -> tuple[int, object]:
    with pytest.raises(RpcError) as raised:
        nonces.use("K", nonce, ts_ms, now_ns)
    return raised.value.code, raised.value.data.get("param")


def test_a_nonce_serves_once_a_key() -> None:
    nonces = Nonces(10)
    nonces.use("K", "n", NOW_MS, NOW_NS)
    assert refused(nonces, "n", NOW_MS, NOW_NS) == (13004, "nonce")
    assert refused(nonces, "n", NOW_MS + 1, NOW_NS) == (13004, "nonce")
    nonces.use("L", "n", NOW_MS, NOW_NS)
    nonces.forget("K")
    nonces.use("K", "n", NOW_MS, NOW_NS)


def test_different_requests_of_one_millisecond_may_share_a_nonce() -> None:
    nonces = Nonces(3)
    nonces.use("K", "n", NOW_MS, NOW_NS, "aa")
    nonces.use("K", "n", NOW_MS, NOW_NS, "bb")
    for signature, ts_ms in (("aa", NOW_MS), ("BB", NOW_MS), ("cc", NOW_MS + 101)):
        with pytest.raises(RpcError, match="was used before"):
            nonces.use("K", "n", ts_ms, NOW_NS, signature)
    # The client's clock ticked between its two looks at it.
    nonces.use("K", "n", NOW_MS + 1, NOW_NS, "cc")
    with pytest.raises(RpcError) as full:
        nonces.use("K", "n", NOW_MS, NOW_NS, "dd")
    assert full.value.code == 10028


def test_a_timestamp_is_good_for_a_minute_either_way() -> None:
    nonces = Nonces(10)
    assert refused(nonces, "a", NOW_MS - MAX_AGE_MS - 1, NOW_NS) == (13004, "timestamp")
    assert refused(nonces, "a", NOW_MS + MAX_AGE_MS + 1, NOW_NS) == (13004, "timestamp")
    nonces.use("K", "a", NOW_MS - MAX_AGE_MS, NOW_NS)
    nonces.use("K", "b", NOW_MS + MAX_AGE_MS, NOW_NS)


def test_a_nonce_is_remembered_as_long_as_its_timestamp_is_good() -> None:
    nonces = Nonces(10)
    ahead_ms = NOW_MS + MAX_AGE_MS
    nonces.use("K", "n", ahead_ms, NOW_NS)
    last_ms = ahead_ms + MAX_AGE_MS
    assert refused(nonces, "n", ahead_ms, last_ms * NS_PER_MS) == (13004, "nonce")
    assert refused(nonces, "n", ahead_ms, (last_ms + 1) * NS_PER_MS) == (13004, "timestamp")


def test_the_memory_is_bounded_and_empties() -> None:
    nonces = Nonces(3)
    for n in range(3):
        nonces.use("K", str(n), NOW_MS, NOW_NS)
    assert refused(nonces, "3", NOW_MS, NOW_NS)[0] == 10028
    later_ms = NOW_MS + 2 * MAX_AGE_MS + 1
    nonces.use("K", "3", later_ms, later_ms * NS_PER_MS)
    assert refused(nonces, "", later_ms, later_ms * NS_PER_MS) == (13004, "nonce")
    assert refused(nonces, "x" * 65, later_ms, later_ms * NS_PER_MS) == (13004, "nonce")
