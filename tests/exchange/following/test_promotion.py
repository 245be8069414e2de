"""The files through which `cfx promote` and a standby speak."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from exchange.following import promotion
from exchange.following.promotion import PromotionError, StandbyLock, StandbyState


def state(**fields: object) -> StandbyState:
    known = {"phase": "following", "pid": 1, "seq": 7, "lag_commands": 0, "lag_seconds": 0.0}
    return StandbyState(**{**known, **fields})  # type: ignore[arg-type]


def test_a_directory_has_one_standby(tmp_path: Path) -> None:
    assert not promotion.is_standing_by(tmp_path)
    lock = StandbyLock(tmp_path)
    assert promotion.is_standing_by(tmp_path)
    with pytest.raises(PromotionError, match="a standby already"):
        StandbyLock(tmp_path)
    lock.release()
    lock.release()
    assert not promotion.is_standing_by(tmp_path)


def answered(directory: Path, **fields: object) -> threading.Thread:
    """A standby that answers the next request."""

    def answer() -> None:
        ends_s = time.monotonic() + 20
        while time.monotonic() < ends_s:
            request = promotion.take_request(directory)
            if request is not None:
                assert request.wait_s == 3.0
                promotion.tell(directory, state(request=request.name, **fields))
                return
            time.sleep(0.005)

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def test_a_promotion_is_answered_with_where_the_standby_serves(tmp_path: Path) -> None:
    lock = StandbyLock(tmp_path)
    # What an earlier standby left behind is no answer.
    promotion.tell(tmp_path, state(phase="serving", request="an older one"))
    thread = answered(tmp_path, phase="serving", url="http://here")
    found = promotion.promote(tmp_path, wait_s=3.0, bound_s=20)
    thread.join()
    assert (found.phase, found.url) == ("serving", "http://here")
    assert promotion.take_request(tmp_path) is None
    lock.release()


def test_a_refusal_tells_why(tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="no standby follows"):
        promotion.promote(tmp_path, wait_s=0, bound_s=1)
    lock = StandbyLock(tmp_path)
    thread = answered(tmp_path, phase="following", reason="the exchange runs")
    with pytest.raises(PromotionError, match="the exchange runs"):
        promotion.promote(tmp_path, wait_s=3.0, bound_s=20)
    thread.join()
    with pytest.raises(PromotionError, match="does not serve within"):
        promotion.promote(tmp_path, wait_s=0, bound_s=0.1)
    lock.release()


def test_damaged_files_are_no_state(tmp_path: Path) -> None:
    (tmp_path / promotion.STATE_NAME).write_bytes(b"{")
    (tmp_path / promotion.REQUEST_NAME).write_bytes(b"no")
    assert promotion.state_of(tmp_path) is None
    assert promotion.take_request(tmp_path) is None
    assert not (tmp_path / promotion.REQUEST_NAME).exists()
