"""Credentials that are stale, replayed, forged, revoked or too narrow, at a running exchange."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed

from tests.live.peer import WAIT_S, Http, Peer, body_of, signature_header
from tests.live.running import RunningExchange, type_cfx
from tests.live.untouched import Observer

NAME = "H100-PERPETUAL"
TARGET = f"/api/v2/private/buy?instrument_name={NAME}&amount=1&type=market"
MINUTE_MS = 60_000


class Door:
    """One account's ways in, and what it was given that must stay secret."""

    def __init__(self, exchange: RunningExchange, stack: ExitStack) -> None:
        self.exchange = exchange
        self.key = exchange.keys["alice"]
        self.http = stack.enter_context(Http(exchange))
        self.bystander = stack.enter_context(Peer(exchange, "bob"))
        self.observer = Observer(exchange.data_dir)
        self.secrets: list[str] = [self.key["client_secret"]]

    def get(self, headers: dict[str, str], target: str = TARGET) -> dict[str, Any]:
        response = self.http.send("GET", target, **headers)
        answer: dict[str, Any] = response.json()
        assert response.status_code == (400 if "error" in answer else 200)
        self.secrets += [value.rpartition(" ")[2] for value in headers.values() if value]
        return answer

    def refused(self, headers: dict[str, str], code: int, param: str | None) -> None:
        error = self.get(headers)["error"]
        assert (error["code"], error["data"].get("param")) == (code, param), error
        assert error["data"]["reason"]


def signed(door: Door, **changes: Any) -> dict[str, str]:
    return signature_header(door.key, "GET", TARGET, **changes)


@pytest.fixture(scope="module")
def door(exchange: RunningExchange) -> Iterator[Door]:
    with ExitStack() as stack:
        door = Door(exchange, stack)
        yield door
        output = exchange.output
        for secret in door.secrets:
            assert secret not in output


@pytest.fixture(autouse=True)
def undisturbed(door: Door) -> Iterator[None]:
    yield
    assert door.observer.changes() == []
    assert door.bystander.call("private/get_open_orders") == []


def test_no_credentials(door: Door) -> None:
    door.refused({"Authorization": ""}, 13004, "Authorization")
    error = door.http.send("GET", TARGET).json()["error"]
    assert error["code"] == 10000
    assert error["data"]["reason"]


@pytest.mark.parametrize("off_ms", [-2 * MINUTE_MS, -MINUTE_MS - 1_000, 2 * MINUTE_MS])
def test_a_stale_signature(door: Door, off_ms: int) -> None:
    ts_ms = time.time_ns() // 1_000_000 + off_ms
    door.refused(signed(door, ts_ms=ts_ms), 13004, "timestamp")


def test_a_replayed_request(door: Door) -> None:
    target = "/api/v2/private/get_positions?currency=any"
    headers = signature_header(door.key, "GET", target)
    assert door.get(headers, target)["result"] == []
    before, sig, after = re.split(r"(?<=sig=)(\w+)", headers["Authorization"])
    for signature in (sig, sig.upper()):
        error = door.get({"Authorization": before + signature + after}, target)["error"]
        assert (error["code"], error["data"]["param"]) == (13004, "nonce")
    later = signature_header(
        door.key, "GET", target, ts_ms=now_ms(headers) + 1_000, nonce=nonce_of(headers)
    )
    error = door.get(later, target)["error"]
    assert (error["code"], error["data"]["param"]) == (13004, "nonce")


def now_ms(headers: dict[str, str]) -> int:
    return int(headers["Authorization"].partition("ts=")[2].partition(",")[0])


def nonce_of(headers: dict[str, str]) -> str:
    return headers["Authorization"].rpartition("nonce=")[2]


def test_a_signature_of_something_else(door: Door) -> None:
    other = signature_header(door.key, "GET", TARGET.replace("amount=1", "amount=2"))
    door.refused(other, 13004, "sig")
    door.refused(signature_header(door.key, "POST", TARGET), 13004, "sig")
    forged = {**door.key, "client_secret": "guess"}
    door.refused(signature_header(forged, "GET", TARGET), 13004, "sig")
    foreign = {**door.key, "client_id": door.exchange.keys["bob"]["client_id"]}
    door.refused(signature_header(foreign, "GET", TARGET), 13004, "sig")


@pytest.mark.parametrize(
    "value",
    [
        "deri-hmac-sha256",
        "deri-hmac-sha256 id=a",
        "deri-hmac-sha256 id=a,ts=1,sig=x,nonce=n,nonce=n",
        "Basic YWxpY2U6c2VjcmV0",
        "nonsense",
    ],
)
def test_headers_of_another_shape(door: Door, value: str) -> None:
    door.refused({"Authorization": value}, 13004, "Authorization")


@pytest.mark.parametrize("ts", ["", "yesterday", "-1", "1e12", "9" * 40, "\xb2"])
def test_times_that_are_none(door: Door, ts: str) -> None:
    value = f"deri-hmac-sha256 id={door.key['client_id']},ts={ts},sig=0,nonce=n"
    response = door.http.client.get(TARGET, headers={"Authorization": value.encode("latin-1")})
    error = response.json()["error"]
    assert (error["code"], error["data"]["param"]) == (13004, "ts")


def test_tokens_that_are_none(door: Door) -> None:
    door.refused({"Authorization": "Bearer " + "x" * 43}, 13009, None)
    for params in ({"access_token": "x" * 43}, {"access_token": ""}):
        response = door.http.post(body_of("private/get_positions", params))
        assert response.json()["error"]["code"] == 13009
    response = door.http.post(body_of("private/get_positions", {"access_token": 5}))
    assert response.json()["error"]["data"]["param"] == "access_token"
    response = door.http.post(
        body_of("public/auth", {"grant_type": "refresh_token", "refresh_token": "x" * 43})
    )
    assert response.json()["error"]["code"] == 13009


def test_a_token_of_one_connection_is_of_no_use_elsewhere(door: Door) -> None:
    with Peer(door.exchange, "alice") as peer:
        [token, refresh] = peer.tokens
        door.secrets += peer.tokens
        door.refused({"Authorization": f"Bearer {token}"}, 13009, None)
        assert peer.call("private/get_positions", access_token=token) == []
    response = door.http.post(
        body_of("public/auth", {"grant_type": "refresh_token", "refresh_token": refresh})
    )
    assert response.json()["error"]["code"] == 13009


GRANTS: dict[str, tuple[dict[str, Any], int, str]] = {
    "unknown grant": ({"grant_type": "password"}, -32602, "grant_type"),
    "no grant": ({"client_id": "x"}, -32602, "grant_type"),
    "no secret": ({"grant_type": "client_credentials", "client_id": "x"}, -32602, "client_secret"),
    "wrong secret": (
        {"grant_type": "client_credentials", "client_id": "x", "client_secret": "y"},
        13004,
        "client_secret",
    ),
    "unknown scope": (
        {
            "grant_type": "client_credentials",
            "client_id": "x",
            "client_secret": "y",
            "scope": "everything",
        },
        -32602,
        "scope",
    ),
    "no nonce": (
        {"grant_type": "client_signature", "client_id": "x", "signature": "0", "timestamp": 1},
        -32602,
        "nonce",
    ),
    "time beyond 64 bits": (
        {"grant_type": "client_signature", "client_id": "x", "timestamp": 2**64},
        -32602,
        "timestamp",
    ),
}


@pytest.mark.parametrize("case", GRANTS)
def test_bad_grants_leave_the_connection_as_it_was(door: Door, case: str) -> None:
    params, code, param = GRANTS[case]
    with Peer(door.exchange, "alice") as peer:
        door.secrets += peer.tokens
        error = peer.request("public/auth", params)["error"]
        assert (error["code"], error["data"]["param"]) == (code, param)
        assert peer.call("private/get_positions") == []
    with Peer(door.exchange) as stranger:
        assert stranger.request("public/auth", params)["error"]["code"] == code
        assert stranger.ask("private/get_positions")["error"]["code"] == 10000


def signed_grant(key: dict[str, str], ts_ms: int, nonce: str) -> dict[str, Any]:
    text = f"{ts_ms}\n{nonce}\n".encode()
    return {
        "grant_type": "client_signature",
        "client_id": key["client_id"],
        "timestamp": ts_ms,
        "nonce": nonce,
        "data": "",
        "signature": hmac.new(key["client_secret"].encode(), text, hashlib.sha256).hexdigest(),
    }


def test_a_signed_login_serves_once(door: Door) -> None:
    ts_ms = time.time_ns() // 1_000_000
    grant = signed_grant(door.key, ts_ms, "login")
    with Peer(door.exchange) as first, Peer(door.exchange) as second:
        granted = first.call("public/auth", **grant)
        door.secrets += [granted["access_token"], granted["refresh_token"], grant["signature"]]
        error = second.ask("public/auth", **grant)["error"]
        assert (error["code"], error["data"]["param"]) == (13004, "nonce")
        stale = signed_grant(door.key, ts_ms - 2 * MINUTE_MS, "old")
        error = second.ask("public/auth", **stale)["error"]
        assert (error["code"], error["data"]["param"]) == (13004, "timestamp")
        assert second.ask("private/get_positions")["error"]["code"] == 10000
        assert first.call("private/get_positions") == []


def added_key(door: Door, *options: str) -> dict[str, str]:
    made = type_cfx("keys", "add", "alice", "--data-dir", str(door.exchange.data_dir), *options)
    assert made.returncode == 0, made.stderr
    key = msgspec.json.decode(made.stdout, type=dict[str, str])
    door.secrets.append(key["client_secret"])
    return key


def connected(door: Door, key: dict[str, str]) -> Peer:
    """A session of a key that another process made: the exchange learns of it within a second."""
    peer = Peer(door.exchange)
    params = {"grant_type": "client_credentials", **key}
    end = time.monotonic() + WAIT_S
    while "error" in (answer := peer.request("public/auth", params)):
        assert time.monotonic() < end, answer
        time.sleep(0.05)
    door.secrets += [answer["result"]["access_token"], answer["result"]["refresh_token"]]
    return peer


def test_a_key_without_the_scope_may_look_but_not_trade(door: Door) -> None:
    key = added_key(door, "--scope", "trade:read")
    with connected(door, key) as reader:
        assert reader.call("private/get_open_orders") == []
        for method, params in (
            ("private/buy", {"instrument_name": NAME, "amount": 1, "price": 2.5}),
            ("private/sell", {"instrument_name": NAME, "amount": 1, "type": "market"}),
            ("private/edit", {"order_id": "H100-1", "amount": 1}),
            ("private/cancel", {"order_id": "H100-1"}),
            ("private/cancel_all", {}),
            ("private/close_position", {"instrument_name": NAME, "type": "market"}),
            ("private/enable_cancel_on_disconnect", {}),
            ("private/get_account_summary", {"currency": "USD"}),
        ):
            error = reader.request(method, params)["error"]
            assert (error["code"], error["data"]["param"]) == (13021, "scope"), method
        widened = reader.call(
            "public/auth", grant_type="client_credentials", scope="trade:read_write", **key
        )
        assert "read_write" not in widened["scope"]
        door.secrets += [widened["access_token"], widened["refresh_token"]]


def test_a_revoked_key_ends_its_sessions_and_tokens(door: Door) -> None:
    key = added_key(door)
    with connected(door, key) as peer:
        granted = peer.authenticate(**key, scope="session:lasting")
        door.secrets += peer.tokens
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}
        assert door.get(bearer, "/api/v2/private/get_positions")["result"] == []
        data_dir = str(door.exchange.data_dir)
        assert type_cfx("keys", "revoke", key["client_id"], "--data-dir", data_dir).returncode == 0
        with pytest.raises(ConnectionClosed) as closed:
            peer.frame()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    door.refused(bearer, 13009, None)
    door.refused(signature_header(key, "GET", TARGET), 13004, "sig")
    with Peer(door.exchange) as late:
        error = late.request("public/auth", {"grant_type": "client_credentials", **key})["error"]
        assert error["code"] == 13004
