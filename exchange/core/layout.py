"""Columns and codes of the core's command, event, account, position and instrument rows; every value is int64.

Codes and columns are stored in logs and snapshots, so a number is never given a second meaning: new
ones are added at the end.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag

from matching.layout import AMEND_WHOLE as AMEND_WHOLE
from matching.layout import CONDITION_COLUMNS as CONDITION_COLUMNS
from matching.layout import Instruction as Instruction
from matching.layout import State as State


class CommandKind(IntEnum):
    """Verb of a sequenced command; below COLD_COMMANDS it runs in the compiled batch."""

    SUBMIT = 1
    CANCEL = 2
    AMEND = 3
    CANCEL_ALL = 4
    LINKED = 5
    ADVANCE = 6
    MASS_QUOTE = 7
    OPEN_ACCOUNT = 32
    TRANSFER = 33
    LIST_INSTRUMENT = 34
    SET_STATE = 35
    PRINT_INDEX = 36
    MARK = 37
    SETTLE = 38
    FUND = 39
    SET_DAY_END = 40
    SET_GROUP = 41
    SET_PROTECTION = 42
    SET_DEADLINE = 43
    KEEP_DEADLINES = 44
    RESET_PROTECTION = 45
    SET_PREVENTION = 46
    SET_SCENARIOS = 50
    SET_MARGIN_TERMS = 51
    CLOSE_OUT = 52
    FUND_LAYER = 53
    BLOCK_TRADE = 54
    GIVE_UP = 55
    BUST = 56
    ADJUST = 57
    MOVE = 58
    DAY_ROLL = 59
    ACTION = 60
    SET_ACCOUNT_LIMITS = 61
    SET_POSITION_LIMIT = 62
    STOP_TRADING = 63
    RESTRICT = 64
    PUBLISH_FIXING = 65


COLD_COMMANDS = 32


class Permission(IntFlag):
    """What is said of an account's trading, in its OPEN column; 0: there is no such account."""

    OPEN = 1
    STOPPED = 2
    """It may cancel, but neither enter nor amend orders."""
    RESTRICTED = 4
    """In some instruments, those of RESTRICTED positions, it may only close."""


class AccountStatus(IntEnum):
    """Whether an account has the margin it needs."""

    SOUND = 0
    CALLED = 1
    """Equity is below maintenance margin; what it may still do is to reduce risk."""
    CLOSING_OUT = 2
    """The call was not met in time: the venue closes its positions."""


class Layer(IntEnum):
    """What pays for a default beyond the defaulter's margin, in this order."""

    INSURANCE = 0
    CONTRIBUTION = 1
    """The defaulter's own share of the default fund."""
    HOUSE = 2
    DEFAULT_FUND = 3
    """The others' shares of it, pro rata."""


class EventKind(IntEnum):
    """What an event row reports."""

    ACCEPTED = 1
    EXECUTED = 2
    CANCELLED = 3
    AMENDED = 4
    REJECTED = 5
    REDUCED = 6
    REFILLED = 7
    ACTIVATED = 8
    PARKED = 9
    UNCROSSED = 10
    INDICATED = 11
    LIMIT_LOCKED = 13
    PROTECTION_TRIPPED = 14
    CONDITIONED = 15
    ACCOUNT_OPENED = 32
    TRANSFERRED = 33
    INSTRUMENT_LISTED = 34
    STATE_CHANGED = 35
    INDEX_PRINTED = 36
    MARKED = 37
    SETTLED = 38
    FUNDED = 39
    ACTION_TAKEN = 40
    SCENARIOS_SET = 41
    MARGIN_CALLED = 42
    CALL_MET = 43
    CLOSING_OUT = 44
    LAYER_PAID = 45
    DELEVERAGED = 46
    BLOCK_TRADED = 47
    TRADE_GIVEN_UP = 48
    TRADE_BUSTED = 49
    TRADE_ADJUSTED = 50
    CASH_MOVED = 51
    DAY_ROLLED = 52
    LAYER_FUNDED = 53
    SLICE_OFFERED = 54
    TRADING_STOPPED = 60
    TRADING_RESUMED = 61
    RESTRICTION_SET = 62
    POSITION_LIMIT_SET = 63
    FIXING_PUBLISHED = 64
    LEG_BOOKED = 65
    IMPLIED = 66
    IMPLIED_LEG = 67


class Reason(IntEnum):
    """Why a command was rejected or an order cancelled; where several apply, the lowest number is given."""

    NONE = 0
    UNKNOWN_COMMAND = 1
    UNKNOWN_ACCOUNT = 2
    UNKNOWN_INSTRUMENT = 3
    INVALID_SIDE = 4
    INVALID_TIME_IN_FORCE = 5
    INVALID_INSTRUCTION = 6
    INVALID_QTY = 7
    INVALID_PRICE = 8
    TRADING_STOPPED = 9
    RESTRICTED = 10
    INSTRUMENT_NOT_OPEN = 11
    DUPLICATE_LABEL = 12
    UNKNOWN_ORDER = 13
    PRICE_BELOW_BAND = 14
    PRICE_ABOVE_BAND = 15
    QTY_ABOVE_MAXIMUM = 16
    VALUE_ABOVE_MAXIMUM = 17
    TOO_MANY_ORDERS = 18
    POSITION_LIMIT = 19
    REDUCE_ONLY_WOULD_INCREASE = 20
    INSUFFICIENT_MARGIN = 21
    POST_ONLY_WOULD_TRADE = 22
    FOK_NOT_FILLABLE = 23
    BOOK_FULL = 24
    INVALID_AMOUNT = 25
    DUPLICATE_ACCOUNT = 26
    DUPLICATE_INSTRUMENT = 27
    INVALID_SPEC = 28
    INSUFFICIENT_FUNDS = 29
    VENUE_FULL = 30
    INVALID_DISPLAY = 31
    INVALID_MINIMUM = 32
    INVALID_EXPIRY = 33
    INVALID_TRIGGER = 34
    INVALID_LINK = 35
    UNPROTECTED = 36
    FROZEN = 37
    NO_OPPOSITE = 38
    MINIMUM_NOT_FILLABLE = 39
    TRIGGER_REACHED = 40
    UNKNOWN_TRADE = 41
    TRADE_TOO_OLD = 42
    TRADE_BUSTED = 43
    ACCOUNT_NOT_SOUND = 44
    SAME_ACCOUNT = 45
    OTHER_FIRM = 46
    INVALID_DAY = 47
    NOT_DUE = 48
    INVALID_LEGS = 49
    INVALID_VERSION = 50
    LEG_OF_COMBO = 51
    REQUESTED = 64
    UNFILLED_REMAINDER = 65
    EXPIRED = 66
    ORDER_EXPIRED = 67
    SELF_TRADE = 68
    POSITION_REDUCED = 69
    LINKED_ORDER = 70
    PROTECTION = 71
    OUTSIDE_BAND = 72
    DEADLINE_PASSED = 73


AMEND_TRIGGER = 2
"""INSTRUCTIONS of an AMEND that also gives a waiting order the trigger and the trail of its conditions."""

# Command row. SEQ and TS_NS are stamped by the sequencer. Cold commands carry what does not fit
# (names, specs) as the row's text, hot ones that say more than most have a row in the batch's table of
# conditions.
# SUBMIT: INSTRUCTIONS is what matching.layout packs above the time in force: instructions, self-trade
# prevention and trigger. PRICE_TICKS of a MARKET order is its collar (0: up to the price band). As many
# LINKED rows as its conditions say follow at once, each with its TERMS, PRICE_TICKS and QTY_LOTS among
# its own conditions.
# AMEND: QTY_LOTS is the new open size; with INSTRUCTIONS AMEND_WHOLE it counts the lots filled until
# then too, so that a fill on the way does not make the order larger than asked; with AMEND_TRIGGER the
# conditions' TRIGGER_TICKS and TRAIL_TICKS are the order's from then on.
# ADVANCE: what is due by TS_NS happens.
# MASS_QUOTE: replaces the account's quotes in INSTRUMENT by the QTY_LOTS LINKED rows that follow at once,
# each with its side in TERMS, PRICE_TICKS and QTY_LOTS; INSTRUCTIONS holds for all of them.
# CANCEL_ALL: INSTRUMENT -1 means every instrument.
# TRANSFER: AMOUNT_MICROS positive is a deposit, negative a withdrawal.
# PRINT_INDEX: the text names the index, AMOUNT_MICROS is its price in micros per GPU-hour.
# SET_STATE: QTY_LOTS is the new State.
# OPEN_ACCOUNT: QTY_LOTS limits the live orders, AMOUNT_MICROS is a first deposit (0: none), INSTRUMENT is
# the account that it belongs to (-1: as its name says, see exchange.core.hierarchy).
# MARK: one instrument (-1: every unexpired one); PRICE_TICKS 0 applies the mark rule.
# SETTLE: AMOUNT_MICROS is the settlement price in micros per GPU-hour.
# FUND: AMOUNT_MICROS is the payment of a long position in micros per GPU-hour.
# SET_DAY_END: AMOUNT_MICROS is the UTC nanosecond. SET_GROUP: QTY_LOTS is the group's account.
# SET_PROTECTION: the text is a ProtectionSpec. RESET_PROTECTION: the text is the family.
# SET_DEADLINE: AMOUNT_MICROS is the UTC nanosecond (0: none). KEEP_DEADLINES: what is due by TS_NS happens.
# SET_PREVENTION: QTY_LOTS is the Prevention that the account's orders are to ask for.
# ACTION: the text is the Action of which the QTY_LOTS commands that follow at once are part.
# SET_ACCOUNT_LIMITS: QTY_LOTS limits the live orders.
# SET_MARGIN_TERMS: AMOUNT_MICROS is for how many nanoseconds a margin call runs; the text is a
# DefaultTerms, or empty.
# CLOSE_OUT: a step of ACCOUNT's close-out (-1: of every account's that is due); QTY_LOTS 1: before the end
# of its margin call, too.
# FUND_LAYER: AMOUNT_MICROS goes into (or, negative, out of) the Layer QTY_LOTS: of ACCOUNT's cash into the
# DEFAULT_FUND, of the house's own money (-1) into INSURANCE or HOUSE.
# BLOCK_TRADE: ACCOUNT buys, the account numbered ORDER_ID sells; the text is a reference (of an EFP what
# the futures are exchanged for), or empty. GIVE_UP, BUST, ADJUST: ORDER_ID is the trade id. GIVE_UP: ACCOUNT
# executed, the account numbered QTY_LOTS clears. ADJUST: PRICE_TICKS is the trade's new price.
# MOVE: AMOUNT_MICROS goes from ACCOUNT to the account numbered QTY_LOTS.
# DAY_ROLL: QTY_LOTS is the day that ends, in days since 1970-01-01.
# PUBLISH_FIXING: the text names the index, QTY_LOTS is the day, AMOUNT_MICROS the price in micros per
# GPU-hour, PRICE_TICKS the version: 1, or for a restatement the next one.
COMMAND_SEQ = 0
COMMAND_TS_NS = 1
COMMAND_KIND = 2
COMMAND_ACCOUNT = 3
COMMAND_INSTRUMENT = 4
COMMAND_ORDER_ID = 5
COMMAND_SIDE = 6
COMMAND_TIF = 7
COMMAND_INSTRUCTIONS = 8
COMMAND_PRICE_TICKS = 9
COMMAND_QTY_LOTS = 10
COMMAND_AMOUNT_MICROS = 11
COMMAND_COLUMNS = 12

# Row of a batch's table of conditions, in the order of the commands, for those alone that need one: the
# SEQ of the command, then the matching floor's condition row. Each LINKED row has one.
CONDITIONS_SEQ = 0
CONDITIONS_OF_FLOOR = 1  # CONDITION_COLUMNS of them
CONDITIONS_COLUMNS = CONDITIONS_OF_FLOOR + CONDITION_COLUMNS

# Event row. ACCOUNT, ORDER_ID, SIDE, LEAVES_LOTS and FEE_MICROS speak of the acting order (the
# aggressor in EXECUTED); the RESTING columns of the other one. TAG is the trade id in EXECUTED, the
# reason in REJECTED, CANCELLED and REDUCED, the former price in AMENDED, the trigger price in ACTIVATED,
# the new state in STATE_CHANGED, 1 + side (0: unlocked) in LIMIT_LOCKED, the first instrument of the
# family in PROTECTION_TRIPPED.
# ACCEPTED: RESTING_LEAVES_LOTS is the time in force, RESTING_FEE_MICROS the instructions,
# RESTING_ORDER_ID 1 for an order that waits beside the book (1 in CANCELLED for one that waited).
# AMENDED: QTY_LOTS is the new open size, RESTING_LEAVES_LOTS 1 when priority was kept.
# REDUCED: RESTING_LEAVES_LOTS is what a resting order still shows. ACTIVATED: PRICE_TICKS is where it goes.
# REJECTED: RESTING_LEAVES_LOTS is the number of the linked order whose form was refused, 0 for the first.
# CONDITIONED follows the ACCEPTED of an order that has any of them, and the AMENDED of one with a new
# trigger: PRICE_TICKS is its trigger, QTY_LOTS its display size, LEAVES_LOTS its trail in ticks, TAG its
# expiry in nanoseconds. At entry of linked orders RESTING_ORDER_ID is the first one's id, RESTING_LEAVES_LOTS
# the Link and RESTING_FEE_MICROS 1 where only a whole fill works it; else all three are 0.
# UNCROSSED is an EXECUTED of an auction: the buyer acts, the seller rests, both are makers.
# MARKED: TAG is the MarkRule.
# MARGIN_CALLED: TAG is the deadline, RESTING_FEE_MICROS what is missing to maintenance margin.
# ACTION_TAKEN: QTY_LOTS is the number of the action's commands.
# CLOSING_OUT: RESTING_FEE_MICROS is the equity with which a close-out begins; one row for each position
# follows, QTY_LOTS its signed lots and PRICE_TICKS the mark. SLICE_OFFERED comes before the ACCEPTED of the
# order that closes QTY_LOTS of a position in the book, at worst at PRICE_TICKS.
# LAYER_PAID: RESTING_FEE_MICROS goes from the
# Layer TAG to ACCOUNT; RESTING_ACCOUNT is whose share of the default fund it was. LAYER_FUNDED: as
# FUND_LAYER, the layer is TAG. DELEVERAGED is a trade without fees beside the book, a row for each side:
# that of the account TAG, which is closed out, and that of its counterparty, first the one, then the other;
# ORDER_ID is the trade id of the deal.
# BLOCK_TRADED and TRADE_BUSTED are like an EXECUTED without orders: the buyer is the acting one; the
# fees of TRADE_BUSTED are what is given back, LEAVES_LOTS is the mark at which it was undone.
# TRADE_ADJUSTED is so too: PRICE_TICKS is the new price, RESTING_LEAVES_LOTS the former one.
# TRADE_GIVEN_UP: ACCOUNT executed on SIDE, RESTING_ACCOUNT clears, RESTING_FEE_MICROS is the fee and
# LEAVES_LOTS the mark at which the trade moved.
# LEG_BOOKED follows the row of a combo's trade, one for each leg, with the same accounts and orders: SIDE,
# PRICE_TICKS and QTY_LOTS are those in the leg, TAG is the leg's own trade id, RESTING_LEAVES_LOTS the
# combo's, LEAVES_LOTS what the price is above its ticks in micros a lot; the fees are the combo's. What
# corrects a leg (TRADE_BUSTED, TRADE_ADJUSTED, TRADE_GIVEN_UP) has that in RESTING_ORDER_ID, of the
# former price in ORDER_ID, and follows the row of the combo.
# IMPLIED is what a combo's order traded with outright orders: the acting order is the combo's, RESTING_ACCOUNT
# and RESTING_ORDER_ID are the aggressor's (its own where it is that; -1 and 0 where all rested and are makers),
# RESTING_LEAVES_LOTS the number of legs. As many IMPLIED_LEG rows follow at once, trades of the legs: the
# acting order is the leg's, the other side the combo's owner, whose order RESTING_ORDER_ID is; TAG is the
# leg's trade id, RESTING_LEAVES_LOTS the combo's.
# CASH_MOVED: RESTING_FEE_MICROS goes from ACCOUNT to RESTING_ACCOUNT. ACCOUNT_OPENED: RESTING_ACCOUNT is
# the account that it belongs to. DAY_ROLLED: TAG is the day that ended, in days since 1970-01-01.
# SETTLED: FEE_MICROS is the settlement fee.
# FIXING_PUBLISHED: INSTRUMENT is the index's place among core.fixing_names, QTY_LOTS the day, PRICE_TICKS
# the version, RESTING_FEE_MICROS the price in micros.
# INDEX_PRINTED, MARKED, SETTLED, FUNDED, TRANSFERRED: RESTING_FEE_MICROS is the price or amount in micros.
EVENT_KIND = 0
EVENT_SEQ = 1
EVENT_TS_NS = 2
EVENT_INSTRUMENT = 3
EVENT_ACCOUNT = 4
EVENT_ORDER_ID = 5
EVENT_SIDE = 6
EVENT_PRICE_TICKS = 7
EVENT_QTY_LOTS = 8
EVENT_LEAVES_LOTS = 9
EVENT_TAG = 10
EVENT_FEE_MICROS = 11
EVENT_RESTING_ACCOUNT = 12
EVENT_RESTING_ORDER_ID = 13
EVENT_RESTING_LEAVES_LOTS = 14
EVENT_RESTING_FEE_MICROS = 15
EVENT_COLUMNS = 16

# Account row. CASH is at the mark, so it is the account's equity. INITIAL is the worst of its scenarios
# with all its working orders plus ADDON, MAINTENANCE that of what it holds plus MAINTENANCE_ADDON; the
# add-ons are sums over positions. STATUS is an AccountStatus; DEADLINE_NS ends a margin call. RELIEF is
# what the waterfall's layers have paid to (or, negative, taken from) the account. In a close-out DEADLINE_NS
# is when its next step is due, and STALLED_STEPS counts those since the last one that closed any lots.
ACCOUNT_CASH_MICROS = 0
ACCOUNT_INITIAL_MICROS = 1
ACCOUNT_MAINTENANCE_MICROS = 2
ACCOUNT_ORDERS = 3
ACCOUNT_MAX_ORDERS = 4
ACCOUNT_ADDON_MICROS = 5
ACCOUNT_STATUS = 6
ACCOUNT_OPEN = 7
ACCOUNT_FEES_MICROS = 8
ACCOUNT_DEPOSITS_MICROS = 9
ACCOUNT_MAINTENANCE_ADDON_MICROS = 10
ACCOUNT_DEADLINE_NS = 11
ACCOUNT_RELIEF_MICROS = 12
ACCOUNT_TOLD_STATUS = 13  # the status that event rows last told
ACCOUNT_STALLED_STEPS = 14
ACCOUNT_COLUMNS = 16

# Position row: one account in one instrument. The BUY and SELL columns are its working orders:
# lots, and what their fills would lose against the mark, each order by itself: the sum of
# max(0, price - mark) * lots of the bids, of max(0, mark - price) * lots of the asks. COST_TICKLOTS is
# the signed entry value of the open position (price_ticks * lots), REALISED_MICROS what closed lots
# earned against it. LONGEST, SHORTEST and HELD are what the account's losses contain of it: the position
# if all its bids, all its asks or none of its orders filled; the ADDON columns what its add-ons contain.
# VARIATION, FEES and FUNDING sum up what it has paid into and taken out of the account's cash.
POSITION_LOTS = 0
POSITION_BUY_LOTS = 1
POSITION_BUY_LOSS_TICKLOTS = 2
POSITION_SELL_LOTS = 3
POSITION_SELL_LOSS_TICKLOTS = 4
POSITION_ORDERS = 5
POSITION_LONGEST_LOTS = 6
POSITION_SHORTEST_LOTS = 7
POSITION_HELD_LOTS = 8
POSITION_ADDON_MICROS = 9
POSITION_MAINTENANCE_ADDON_MICROS = 10
POSITION_COST_TICKLOTS = 11
POSITION_REALISED_MICROS = 12
POSITION_VARIATION_MICROS = 13
POSITION_FEES_MICROS = 14
POSITION_FUNDING_MICROS = 15
POSITION_RESTRICTED = 16  # 1: the account may only close it
POSITION_COMBO_BUY_LOTS = 17  # what works in combos would buy of this leg
POSITION_COMBO_SELL_LOTS = 18
POSITION_COLUMNS = 24

# Instrument row: what risk and clearing read.
INSTRUMENT_STATE = 0
INSTRUMENT_TICK_VALUE_MICROS = 1
INSTRUMENT_MARK_TICKS = 2
INSTRUMENT_INITIAL_MICROS = 3
INSTRUMENT_MAINTENANCE_MICROS = 4
INSTRUMENT_BAND_LOW_TICKS = 5
INSTRUMENT_BAND_HIGH_TICKS = 6
INSTRUMENT_MAX_ORDER_LOTS = 7
INSTRUMENT_MAX_POSITION_LOTS = 8
INSTRUMENT_MAKER_FEE_MICROS = 9
INSTRUMENT_TAKER_FEE_MICROS = 10
INSTRUMENT_LAST_TICKS = 11
INSTRUMENT_TRADES = 12
INSTRUMENT_VOLUME_LOTS = 13
INSTRUMENT_OPEN_INTEREST_LOTS = 14
INSTRUMENT_CHANGE_SEQ = 15
INSTRUMENT_EXPIRY_NS = 16
INSTRUMENT_CONCENTRATION_LOTS = 17
INSTRUMENT_CONCENTRATION_MICROS = 18
INSTRUMENT_MAX_ORDER_MICROS = 19  # 0: an order may be worth anything
INSTRUMENT_TURNOVER_TICKLOTS = 20  # the sum of price x size of the trades in VOLUME
INSTRUMENT_LEGS = 21  # how many; 0: it is no combo
INSTRUMENT_TICK_MICROS = 22
INSTRUMENT_PAYOUT_MICROS = 23  # of a lot of a binary; 0: it is none
INSTRUMENT_LEG = 24  # MAX_LEGS of them
INSTRUMENT_RATIO = 28  # of each leg
INSTRUMENT_COLUMNS = 32
MAX_LEGS = 4
"""So many instruments may a combo be made of."""

# Scenarios: in how many ways the market may move at once. A row of moves tells what one lot of an
# instrument is then worth more (or, negative, less), in micro-dollars: first at the size that initial
# margin covers, then at that of maintenance margin. A row of losses tells what an account would lose
# in each: first with its working orders at their worst, at the initial size, then of what it holds, at
# the maintenance size.
SCENARIOS = 24
MOVE_COLUMNS = 2 * SCENARIOS
LOSS_COLUMNS = 2 * SCENARIOS

# Venue counters, one int64 vector.
VENUE_SEQ = 0
VENUE_TS_NS = 1
VENUE_TRADES = 2
VENUE_FEES_MICROS = 3
VENUE_DEPOSITS_MICROS = 4
VENUE_HOUSE_MICROS = 5
VENUE_NEW_CALLS = 6  # changes of accounts' status that no event row tells yet
VENUE_FIRST_CALLED = 7  # between these accounts, both included
VENUE_LAST_CALLED = 8
VENUE_CALL_NS = 9  # how long an account has to meet a margin call
VENUE_INSURANCE_MICROS = 10
VENUE_DEFAULT_FUND_MICROS = 11
VENUE_FIXINGS = 12  # publications so far, restatements among them
VENUE_STOPPED = 13  # 1: everyone's trading was stopped, and accounts opened now begin so
VENUE_MOST_LEGS = 14  # of a combo that was listed
VENUE_DAY = 15  # the last day that was rolled, in days since 1970-01-01
VENUE_LEGS_BOOKED = 16  # 1 while reduce-only orders do not know yet of legs that traded
VENUE_COUNTERS = 24
