"""What errors of a publish mean; the codes are those of nats-server's server/errors.json."""

from __future__ import annotations

import pytest
from nats.errors import ConnectionClosedError
from nats.js.errors import APIError, NoStreamResponseError

from exchange.log.jetstream import refusals
from exchange.log.jetstream.refusals import EndMovedError, NotTakenError, UnansweredError


@pytest.mark.parametrize(
    ("code", "err_code", "text", "meaning"),
    [
        (400, 10071, "wrong last sequence: 7", EndMovedError),
        (400, 10164, "wrong last sequence", EndMovedError),
        (400, 10070, "wrong last msg ID: x", EndMovedError),
        (503, 10023, "insufficient resources", NotTakenError),
        (500, 10047, "insufficient storage resources available", NotTakenError),
        (503, 10077, "maximum bytes exceeded", NotTakenError),
        (400, 10054, "message size exceeds maximum allowed", NotTakenError),
        # Here another server, or the same one later, may have it all the same.
        (503, 10077, "write blk: no space left on device", UnansweredError),
        (503, 10008, "JetStream system temporarily unavailable", UnansweredError),
        (500, 10000, "server error", UnansweredError),
        (409, 10158, "duplicate message id is in process", UnansweredError),
    ],
)
def test_codes_of_servers(code: int, err_code: int, text: str, meaning: type[Exception]) -> None:
    found = refusals.of_publish(APIError(code, text, err_code), "nats://a/venue")
    assert type(found) is meaning
    assert str(found) == f"nats://a/venue: {text}"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (TimeoutError(), "no answer within 2 s"),
        (ConnectionClosedError(), "connection closed"),
        (NoStreamResponseError(), "no response from stream"),
    ],
)
def test_what_does_not_come_from_a_server_leaves_it_open(error: Exception, text: str) -> None:
    found = refusals.of_publish(error, "nats://a/venue")
    assert isinstance(found, UnansweredError)
    assert text in str(found)
