// A plain price-time order book in C++17, written for the comparison: what one core can do with the
// design of matching/ (one ladder of levels, bitmaps of three stages, a pool of linked orders).
//
// It takes GTC and IOC limit orders, cancels and amends of one book, and answers with the same rows.
// Columns and codes are those of matching/layout.py; other terms and verbs are refused.

#include <sys/mman.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>

#if defined(__x86_64__)
#include <x86intrin.h>
#endif

namespace {

struct Command {
    int64_t kind, book, order_id, owner, terms, price_ticks, qty_lots, spare;
};

struct Event {
    int64_t kind, command, order_id, other, price_ticks, qty_lots, leaves_lots, resting_leaves_lots;
};

// The codes come from matching/layout.py when benchmarks/baseline.py compiles this file.
enum Kind : int64_t { SUBMIT = COMMANDKIND_SUBMIT, CANCEL = COMMANDKIND_CANCEL, AMEND = COMMANDKIND_AMEND };
enum Report : int64_t {
    ACCEPTED = EVENTKIND_ACCEPTED,
    EXECUTED = EVENTKIND_EXECUTED,
    CANCELLED = EVENTKIND_CANCELLED,
    AMENDED = EVENTKIND_AMENDED,
    REJECTED = EVENTKIND_REJECTED,
};
enum Reason : int64_t {
    NONE = REASON_NONE,
    UNKNOWN_BOOK = REASON_UNKNOWN_BOOK,
    INVALID_TERMS = REASON_INVALID_TERMS,
    INVALID_QTY = REASON_INVALID_QTY,
    INVALID_PRICE = REASON_INVALID_PRICE,
    UNKNOWN_ORDER = REASON_UNKNOWN_ORDER,
    BOOK_FULL = REASON_BOOK_FULL,
    UNKNOWN_COMMAND = REASON_UNKNOWN_COMMAND,
    REQUESTED = REASON_REQUESTED,
    UNFILLED_REMAINDER = REASON_UNFILLED_REMAINDER,
};

constexpr int SLOT_BITS = 24;
constexpr int64_t SLOT_MASK = (int64_t{1} << SLOT_BITS) - 1;
constexpr int64_t MAX_QTY_LOTS = int64_t{1} << 40;
constexpr int64_t TERMS_GTC = 0, TERMS_IOC = TIMEINFORCE_IOC << 1;
constexpr int32_t NO_SLOT = -1;

// Zeroed memory that costs pages only where it is written, in huge pages where the system has them.
template <typename T>
class Array {
public:
    explicit Array(size_t count) : bytes_(count * sizeof(T)) {
        void* pages = mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (pages == MAP_FAILED) throw std::bad_alloc();
#ifdef MADV_HUGEPAGE
        madvise(pages, bytes_, MADV_HUGEPAGE);
#endif
        items_ = static_cast<T*>(pages);
    }
    ~Array() { munmap(items_, bytes_); }
    Array(const Array&) = delete;
    Array& operator=(const Array&) = delete;
    T& operator[](int64_t index) { return items_[index]; }

private:
    size_t bytes_;
    T* items_;
};

// Which levels are occupied. Levels are a multiple of 4,096, at most 262,144.
class Bitmap {
public:
    explicit Bitmap(int64_t levels) : low_(levels / 64), middle_(levels / 4096), levels_(levels) {}

    void set(int64_t i) {
        low_[i >> 6] |= bit(i);
        middle_[i >> 12] |= bit(i >> 6);
        top_ |= bit(i >> 12);
    }

    void clear(int64_t i) {
        if ((low_[i >> 6] &= ~bit(i)) == 0 && (middle_[i >> 12] &= ~bit(i >> 6)) == 0) top_ &= ~bit(i >> 12);
    }

    // The lowest occupied level above i, or the number of levels.
    int64_t above(int64_t i) {
        if (const uint64_t bits = low_[i >> 6] & over(i)) return (i & ~int64_t{63}) + lowest(bits);
        int64_t word = i >> 6;
        if (const uint64_t bits = middle_[word >> 6] & over(word)) {
            word = (word & ~int64_t{63}) + lowest(bits);
        } else {
            const uint64_t tops = top_ & over(word >> 6);
            if (tops == 0) return levels_;
            const int64_t middle = lowest(tops);
            word = middle * 64 + lowest(middle_[middle]);
        }
        return word * 64 + lowest(low_[word]);
    }

    // The highest occupied level below i, or -1.
    int64_t below(int64_t i) {
        if (const uint64_t bits = low_[i >> 6] & under(i)) return (i & ~int64_t{63}) + highest(bits);
        int64_t word = i >> 6;
        if (const uint64_t bits = middle_[word >> 6] & under(word)) {
            word = (word & ~int64_t{63}) + highest(bits);
        } else {
            const uint64_t tops = top_ & under(word >> 6);
            if (tops == 0) return -1;
            const int64_t middle = highest(tops);
            word = middle * 64 + highest(middle_[middle]);
        }
        return word * 64 + highest(low_[word]);
    }

private:
    static uint64_t bit(int64_t i) { return uint64_t{1} << (i & 63); }
    static uint64_t over(int64_t i) { return ~uint64_t{1} << (i & 63); }
    static uint64_t under(int64_t i) { return bit(i) - 1; }
    static int64_t lowest(uint64_t bits) { return __builtin_ctzll(bits); }
    static int64_t highest(uint64_t bits) { return 63 - __builtin_clzll(bits); }

    Array<uint64_t> low_, middle_;
    uint64_t top_ = 0;
    int64_t levels_;
};

// Half a cache line; the owner, which matching never reads, is kept apart. A free slot has id 0.
struct Order {
    int64_t id, leaves_lots;
    int32_t next, previous, index, terms;
};

struct Level {
    int64_t qty_lots;
    int32_t head, tail, orders, unused;
};

class Book {
public:
    Book(int64_t levels, int64_t base_ticks, int64_t capacity)
        : levels_(levels), bids_(levels), asks_(levels), orders_(capacity), owners_(capacity),
          count_(levels), base_ticks_(base_ticks), capacity_(capacity), best_ask_(levels) {}

    int64_t live() const { return high_water_ - free_; }

    Event* apply(const Command& command, int64_t row, Event* out) {
        switch (command.kind) {
        case SUBMIT: return submit(command, row, out);
        case CANCEL: return cancel(command, row, out);
        case AMEND: return amend(command, row, out);
        default: return write(out, {REJECTED, row, 0, UNKNOWN_COMMAND, 0, 0, 0, 0});
        }
    }

private:
    static Event* write(Event* out, const Event& event) {
        *out = event;
        return out + 1;
    }

    Event* submit(const Command& command, int64_t row, Event* out) {
        const int64_t index = command.price_ticks - base_ticks_;
        const bool sell = command.terms & 1;
        if (const int64_t reason = refusal(command, index)) {
            return write(out, {REJECTED, row, 0, reason, command.price_ticks, command.qty_lots, 0, 0});
        }
        const int32_t slot = take_slot();
        Order& order = orders_[slot];
        const int64_t id = order.id, qty_lots = command.qty_lots;
        order.terms = static_cast<int32_t>(command.terms);
        owners_[slot] = command.owner;
        out = write(out, {ACCEPTED, row, id, command.terms, command.price_ticks, qty_lots, qty_lots, 0});
        int64_t leaves_lots = qty_lots;
        out = sell ? match<true>(id, leaves_lots, index, row, out) : match<false>(id, leaves_lots, index, row, out);
        if (leaves_lots == 0) {
            free_slot(slot);
        } else if (command.terms & TERMS_IOC) {
            free_slot(slot);
            out = write(out, {CANCELLED, row, id, UNFILLED_REMAINDER, command.price_ticks, leaves_lots, 0, 0});
        } else {
            order.leaves_lots = leaves_lots;
            enqueue(order, slot, index);
        }
        return out;
    }

    Event* cancel(const Command& command, int64_t row, Event* out) {
        const int32_t slot = find(command.order_id);
        if (slot == NO_SLOT) {
            return write(out, {REJECTED, row, command.order_id, UNKNOWN_ORDER, 0, 0, 0, 0});
        }
        const Order& order = orders_[slot];
        out = write(out, {CANCELLED, row, order.id, REQUESTED, base_ticks_ + order.index, order.leaves_lots, 0, 0});
        dequeue(order);
        free_slot(slot);
        return out;
    }

    Event* amend(const Command& command, int64_t row, Event* out) {
        const int32_t slot = find(command.order_id);
        const int64_t index = command.price_ticks - base_ticks_, qty_lots = command.qty_lots;
        const int64_t reason = slot == NO_SLOT                         ? UNKNOWN_ORDER
                               : qty_lots < 1 || qty_lots > MAX_QTY_LOTS ? INVALID_QTY
                               : index < 0 || index >= count_           ? INVALID_PRICE
                                                                        : NONE;
        if (reason != NONE) {
            return write(out, {REJECTED, row, command.order_id, reason, command.price_ticks, qty_lots, 0, 0});
        }
        Order& order = orders_[slot];
        const int64_t id = order.id, former_ticks = base_ticks_ + order.index;
        const bool stays = order.index == index && qty_lots <= order.leaves_lots;
        out = write(out, {AMENDED, row, id, former_ticks, command.price_ticks, qty_lots, qty_lots, stays});
        if (stays) {
            levels_[index].qty_lots -= order.leaves_lots - qty_lots;
            order.leaves_lots = qty_lots;
            return out;
        }
        dequeue(order);
        int64_t leaves_lots = qty_lots;
        out = order.terms & 1 ? match<true>(id, leaves_lots, index, row, out)
                              : match<false>(id, leaves_lots, index, row, out);
        if (leaves_lots == 0) {
            free_slot(slot);
        } else {
            order.leaves_lots = leaves_lots;
            enqueue(order, slot, index);
        }
        return out;
    }

    int64_t refusal(const Command& command, int64_t index) const {
        if (command.book != 0) return UNKNOWN_BOOK;
        if ((command.terms & ~int64_t{1}) != TERMS_GTC && (command.terms & ~int64_t{1}) != TERMS_IOC) return INVALID_TERMS;
        if (command.qty_lots < 1 || command.qty_lots > MAX_QTY_LOTS) return INVALID_QTY;
        if (index < 0 || index >= count_) return INVALID_PRICE;
        return live() >= capacity_ ? BOOK_FULL : NONE;
    }

    // Take the other side up to the limit, best price first, each level in its order.
    template <bool Sell>
    Event* match(int64_t id, int64_t& leaves_lots, int64_t limit, int64_t row, Event* out) {
        int64_t& best = Sell ? best_bid_ : best_ask_;
        while (leaves_lots > 0 && (Sell ? best >= limit && best >= 0 : best <= limit && best < count_)) {
            Level& level = levels_[best];
            int32_t slot = level.head;
            do {
                Order& resting = orders_[slot];
                const int64_t qty_lots = std::min(leaves_lots, resting.leaves_lots);
                leaves_lots -= qty_lots;
                resting.leaves_lots -= qty_lots;
                level.qty_lots -= qty_lots;
                out = write(out, {EXECUTED, row, id, resting.id, base_ticks_ + best, qty_lots, leaves_lots, resting.leaves_lots});
                if (resting.leaves_lots > 0) break;
                const int32_t following = resting.next;
                free_slot(slot);
                --level.orders;
                slot = following;
            } while (leaves_lots > 0 && slot != NO_SLOT);
            if (slot == NO_SLOT) {
                drop_level<!Sell>(best);
            } else {
                level.head = slot;
                orders_[slot].previous = NO_SLOT;
            }
        }
        return out;
    }

    void enqueue(Order& order, int32_t slot, int64_t index) {
        Level& level = levels_[index];
        order.index = static_cast<int32_t>(index);
        order.next = NO_SLOT;
        if (level.orders++ > 0) {
            order.previous = level.tail;
            orders_[level.tail].next = slot;
            level.tail = slot;
            level.qty_lots += order.leaves_lots;
            return;
        }
        order.previous = NO_SLOT;
        level.head = level.tail = slot;
        level.qty_lots = order.leaves_lots;
        if (order.terms & 1) {
            asks_.set(index);
            best_ask_ = std::min(best_ask_, index);
        } else {
            bids_.set(index);
            best_bid_ = std::max(best_bid_, index);
        }
    }

    void dequeue(const Order& order) {
        Level& level = levels_[order.index];
        if (--level.orders == 0) {
            level.qty_lots = 0;
            if (order.terms & 1) drop_level<true>(order.index);
            else drop_level<false>(order.index);
            return;
        }
        level.qty_lots -= order.leaves_lots;
        (order.previous == NO_SLOT ? level.head : orders_[order.previous].next) = order.next;
        (order.next == NO_SLOT ? level.tail : orders_[order.next].previous) = order.previous;
    }

    template <bool Ask>
    void drop_level(int64_t index) {
        Bitmap& side = Ask ? asks_ : bids_;
        int64_t& best = Ask ? best_ask_ : best_bid_;
        side.clear(index);
        if (index == best) best = Ask ? side.above(index) : side.below(index);
    }

    int32_t take_slot() {
        int32_t slot = static_cast<int32_t>(high_water_);
        if (free_ > 0) {
            slot = free_head_;
            free_head_ = orders_[slot].next;
            --free_;
        } else {
            ++high_water_;
        }
        orders_[slot].id = ++arrivals_ << SLOT_BITS | slot;
        return slot;
    }

    void free_slot(int32_t slot) {
        orders_[slot].id = 0;
        orders_[slot].next = free_head_;
        free_head_ = slot;
        ++free_;
    }

    int32_t find(int64_t id) {
        const int64_t slot = id & SLOT_MASK;
        return id > 0 && slot < high_water_ && orders_[slot].id == id ? static_cast<int32_t>(slot) : NO_SLOT;
    }

    Array<Level> levels_;
    Bitmap bids_, asks_;
    Array<Order> orders_;
    Array<int64_t> owners_;
    int64_t count_, base_ticks_, capacity_;
    int64_t best_bid_ = -1, best_ask_;
    int64_t free_ = 0, high_water_ = 0, arrivals_ = 0;
    int32_t free_head_ = NO_SLOT;
};

}  // namespace

extern "C" {

// Returns nothing where there is no memory for it. levels: a multiple of 4,096.
Book* baseline_open(int64_t levels, int64_t base_ticks, int64_t capacity) {
    try {
        return new Book(levels, base_ticks, capacity);
    } catch (const std::bad_alloc&) {
        return nullptr;
    }
}

void baseline_close(Book* book) { delete book; }

int64_t baseline_live(const Book* book) { return book->live(); }

// Returns the number of event rows written; there must be room for the live orders and 4 a command.
int64_t baseline_apply(Book* book, const Command* commands, int64_t count, Event* events) {
    Event* out = events;
    for (int64_t row = 0; row < count; ++row) out = book->apply(commands[row], row, out);
    return out - events;
}

#if defined(__x86_64__)
// The same with the cycle counter read around each command, which is row 0 of a batch of its own.
// Events go round in a ring of `ring` rows, behind which there is the room of one command.
void baseline_apply_timed(Book* book, const Command* commands, int64_t count, Event* events, int64_t ring,
                          int64_t* cycles) {
    Event* out = events;
    for (int64_t row = 0; row < count; ++row) {
        _mm_lfence();
        const uint64_t began = __rdtsc();
        _mm_lfence();
        out += baseline_apply(book, commands + row, 1, out);
        _mm_lfence();
        cycles[row] = static_cast<int64_t>(__rdtsc() - began);
        if (out - events >= ring) out = events;
    }
}
#endif
}
