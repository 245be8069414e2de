"""What operators see: the venue, what is held, and who did what."""

from __future__ import annotations

from exchange.core.commands import Command
from exchange.core.layout import CommandKind
from tests.exchange.gateway.methods.desk import FAR, NEAR, PERPETUAL
from tests.exchange.gateway.methods.operator.control_room import OLIVIA, WHY, ControlRoom


def test_the_status_tells_states_marks_bands_and_holds(room: ControlRoom) -> None:
    room.apply([Command(CommandKind.PRINT_INDEX, amount_micros=2_800_000, text="h100_broad")])
    room.do("set_state", state="halted", instrument_name=FAR)
    room.do("set_mark", instrument_name=NEAR, price=2.5, hold_s=100)
    room.do("print_index", index_name="h100_broad", price=2.5, hold_s=0)
    held_ms = room.ts_ns // 10**6
    seen = room.look("status")
    assert seen["venue"] == {"ready": True}
    near, far, perpetual = seen["instruments"]
    assert 0 < near.pop("held_until") - held_ms <= 100_000
    assert near == {
        "instrument_name": NEAR,
        "state": "open",
        "mark_price": 2.5,
        "min_price": 2.25,
        "max_price": 2.75,
        "open_interest": 0,
        "position_limit": 15_000,
        "limit_held_until": None,
    }
    assert (far["state"], far["held_until"]) == ("halted", None)
    assert perpetual["instrument_name"] == PERPETUAL
    assert seen["indices"] == [{"index_name": "h100_broad", "index_price": 2.5, "held_until": None}]
    assert [
        one["instrument_name"] for one in room.look("status", currency="H100")["instruments"]
    ] == [PERPETUAL]


def test_the_trail_is_newest_first_in_pages(room: ControlRoom) -> None:
    for amount in (1, 2, 3):
        room.do("transfer", account="alice", amount=amount)
    first = room.look("list_actions", count=2)
    assert first["has_more"]
    assert [one["params"]["amount"] for one in first["actions"]] == ["3", "2"]
    rest = room.look("list_actions", before_seq=first["actions"][-1]["seq"])
    assert not rest["has_more"]
    (oldest,) = rest["actions"]
    assert (oldest["operator"], oldest["client_id"]) == (OLIVIA.account, OLIVIA.client_id)
    assert (oldest["method"], oldest["reason"]) == ("operator/transfer", WHY)
    assert (oldest["commands"], oldest["refused"]) == (1, [])
    room.apply([Command(CommandKind.TRANSFER, 0, amount_micros=5)])
    assert len(room.look("list_actions")["actions"]) == 3, "the venue's own commands are nobody's"
