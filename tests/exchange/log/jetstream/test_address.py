"""Addresses of logs as people write them, and what they are told about wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.log.jetstream.address import LogAddress, LogAddressError, parse


def test_the_usual_form() -> None:
    assert parse("nats://127.0.0.1:4222/venue") == LogAddress(("nats://127.0.0.1:4222",), "venue")
    assert parse("nats://one/venue").servers == ("nats://one:4222",)
    assert parse("tls://[::1]:9/a_b-C").servers == ("tls://[::1]:9",)


def test_several_servers_and_options(tmp_path: Path) -> None:
    creds = tmp_path / "node.creds"
    creds.write_text("secret")
    found = parse(f"nats://a:1,b:2,c/venue?replicas=3&creds={creds}")
    assert found.servers == ("nats://a:1", "nats://b:2", "nats://c:4222")
    assert (found.replicas, found.creds) == (3, creds)
    assert (found.stream, found.subject) == ("CFX_venue", "cfx.venue.log")


def test_secrets_are_never_shown() -> None:
    found = parse("nats://user:hush@a:1,b:2/venue")
    assert found.servers == ("nats://user:hush@a:1", "nats://user:hush@b:2")
    assert str(found) == "nats://a:1,b:2/venue"
    assert "hush" not in repr(found)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("venue", "begins with nats://"),
        ("http://a/venue", "begins with nats://"),
        ("nats://a", "ends with its name"),
        ("nats://a/b/c", "ends with its name"),
        ("nats://a/x.y", "ends with its name"),
        ("nats:///venue", "at least one host"),
        ("nats://a:99999/venue", "a port up to 65535"),
        ("nats://a:b/venue", "a port up to 65535"),
        ("nats://u:hush@a:b/venue", "a port up to 65535"),
        ("nats://a/venue?replicas=6", "from 1 to 5"),
        ("nats://a/venue?replicas=", "from 1 to 5"),
        ("nats://a/venue?creds=/nowhere/at/all", "no file /nowhere"),
        ("nats://a/venue?speed=3", "no option 'speed'"),
        ("nats://a/venue?cert=pyproject.toml", "go together"),
    ],
)
def test_what_is_wrong_is_said(text: str, reason: str, checkout: Path) -> None:
    wrong = text.replace("pyproject.toml", str(checkout / "pyproject.toml"))
    with pytest.raises(LogAddressError, match=reason) as raised:
        parse(wrong)
    assert "hush" not in str(raised.value)
