/* SPDX-License-Identifier: Apache-2.0 */
#include "pin.h"

#include "base/memory.h"
#include "guard.h"
#include "os/os.h"

#define FIRST_TABLE_SLOTS 64u
#define LARGEST_TABLE_SLOTS 65536u

MMIO__THREAD_LOCAL mmio__pin_table *mmio__own_pins;

static _Atomic(mmio__pin_table *) newest_table;
static _Atomic uint32_t table_count;

static bool is_own(const mmio__pin_table *table)
{
    if (table->is_orphan) {
        return true;
    }
    const mmio__pin_table *own = mmio__own_pins;
    while (own != NULL && own != table) {
        own = own->chain;
    }
    return own != NULL;
}

/* Views of the parent's other threads live on, and any thread may release them; but nobody adopts
 * their slots, and whoever waits for them may wait for ever. */
void mmio__pins_forked(void)
{
    mmio__pin_table *table = atomic_load_explicit(&newest_table, memory_order_relaxed);
    for (; table != NULL; table = table->older) {
        table->is_orphan = table->is_orphan || (atomic_load(&table->is_owned) && !is_own(table));
    }
}

static void leave_tables(void)
{
    mmio__pin_table *table = mmio__own_pins;
    mmio__own_pins = NULL;
    while (table != NULL) {
        mmio__pin_table *next = table->chain;
        atomic_store_explicit(&table->is_owned, false, memory_order_release);
        table = next;
    }
}

static bool has_pins(const mmio__pin_table *table)
{
    const uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
    uint32_t i = 0;
    while (i < used && atomic_load_explicit(&table->slots[i].start, memory_order_acquire) == 0) {
        i++;
    }
    return i < used;
}

/* Only a table without live pins: those are not the adopter's own, see is_own(). */
static mmio__pin_table *adopt_table(void)
{
    mmio__pin_table *table = atomic_load_explicit(&newest_table, memory_order_acquire);
    for (; table != NULL; table = table->older) {
        bool owned = false;
        if (!has_pins(table) && atomic_compare_exchange_strong(&table->is_owned, &owned, true)) {
            return table;
        }
    }
    return NULL;
}

/* Header and slots lie apart, each on cache lines of its own: the header is the owner's, the slots
 * are read by scans. Memory comes zeroed, which is how slots are free. */
static mmio__pin_table *create_table(uint32_t slot_count)
{
    mmio__pin_table *table = mmio__allocate_lines(MMIO__CACHE_LINE);
    _Static_assert(sizeof *table <= MMIO__CACHE_LINE, "a table's header is one cache line");
    mmio__pin *slots = mmio__allocate_lines(slot_count * sizeof *slots);
    if (table == NULL || slots == NULL) {
        mmio__free(slots);
        mmio__free(table);
        return NULL;
    }
    *table = (mmio__pin_table){.next = slots, .slots = slots, .slot_count = slot_count};
    atomic_init(&table->is_owned, true);
    atomic_init(&table->used, 0);
    table->number = atomic_fetch_add(&table_count, 1);
    table->older = atomic_load_explicit(&newest_table, memory_order_relaxed);
    while (!atomic_compare_exchange_weak(&newest_table, &table->older, table)) {
    }
    return table;
}

/* Looks once around the table, beginning where the last pin was found. */
static bool find_free_slot(mmio__pin_table *table)
{
    const uint32_t begin = (uint32_t)(table->next - table->slots);
    for (uint32_t tried = 0; tried < table->slot_count; tried++) {
        const uint32_t slot = (begin + tried) % table->slot_count;
        if (atomic_load_explicit(&table->slots[slot].start, memory_order_acquire) == 0) {
            table->next = &table->slots[slot];
            if (slot >= atomic_load_explicit(&table->used, memory_order_relaxed)) {
                atomic_store_explicit(&table->used, slot + 1, memory_order_release);
            }
            return true;
        }
    }
    return false;
}

/* Moves a table with a free slot to the head of the calling thread's chain. */
static bool find_free_slot_in_chain(void)
{
    mmio__pin_table **link = &mmio__own_pins;
    while (*link != NULL && !find_free_slot(*link)) {
        link = &(*link)->chain;
    }
    mmio__pin_table *table = *link;
    if (table == NULL) {
        return false;
    }
    *link = table->chain;
    table->chain = mmio__own_pins;
    mmio__own_pins = table;
    /* Owned before any gate is noted: see others_can_pin(). */
    MMIO__FENCE_FULL();
    return true;
}

/* Puts one more table at the head of the calling thread's chain, each twice as long as the last. */
static bool lengthen_chain(void)
{
    const mmio__pin_table *full = mmio__own_pins;
    mmio__pin_table *table = adopt_table();
    if (table == NULL) {
        uint32_t slots = full != NULL ? 2 * full->slot_count : FIRST_TABLE_SLOTS;
        table = create_table(slots < LARGEST_TABLE_SLOTS ? slots : LARGEST_TABLE_SLOTS);
    }
    if (table == NULL) {
        return false;
    }
    table->chain = mmio__own_pins;
    if (!mmio__os_at_thread_exit(leave_tables)) {
        atomic_store_explicit(&table->is_owned, false, memory_order_release);
        return false;
    }
    if (mmio__own_pins == NULL && mmio__guard_is(MMIO_GUARD_SIGNAL)) {
        mmio__os_guard_thread();
    }
    mmio__own_pins = table;
    return true;
}

bool mmio__pin_settle(void)
{
    mmio__pin_table *table = mmio__own_pins;
    if (table == NULL || table->abandoned == NULL) {
        return false;
    }
    mmio__pin *pin = table->abandoned;
    table->abandoned = NULL;
    return mmio__pin_withdraw(pin);
}

bool mmio__pin_make_room(void)
{
    while (!find_free_slot_in_chain()) {
        if (!lengthen_chain()) {
            return false;
        }
    }
    return true;
}

/* What a scan of the tables found. */
typedef struct findings {
    mmio__pin_census census;
    uint64_t newly_marked;
} findings;

static void scan_table(const mmio__pin_table *table, uintptr_t start, uintptr_t end, uint32_t which,
                       findings *found)
{
    const uintptr_t writes = (which & MMIO__PINS_WRITING) != 0 ? MMIO__PIN_WRITES : 0;
    uint64_t count = 0;
    const uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
    for (uint32_t i = 0; i < used; i++) {
        mmio__pin *pin = &table->slots[i];
        const uintptr_t pin_start = atomic_load(&pin->start);
        const uintptr_t pin_end = atomic_load_explicit(&pin->end, memory_order_relaxed);
        if (pin_start != 0 && pin_start < end && (pin_end & ~MMIO__PIN_WRITES) > start &&
            (pin_end & writes) == writes) {
            count++;
            found->newly_marked +=
                (which & MMIO__PINS_AWAIT) != 0 && !atomic_exchange(&pin->is_awaited, true);
        }
    }
    if (is_own(table)) {
        found->census.own += count;
    } else {
        found->census.others += count;
    }
}

/* Whether a thread other than the calling one may pin. One that is about to own its first table
 * does so before it notes a gate: see lengthen_chain(). */
static bool others_can_pin(void)
{
    MMIO__FENCE_FULL();
    const mmio__pin_table *table = atomic_load(&newest_table);
    while (table != NULL && (is_own(table) || !atomic_load(&table->is_owned))) {
        table = table->older;
    }
    return table != NULL;
}

static findings scan_pins(uintptr_t start, uintptr_t end, uint32_t which)
{
    /* A pin may be withdrawn by a thread that has no table, so awaiting always fences. */
    if ((which & MMIO__PINS_AWAIT) != 0 || others_can_pin()) {
        mmio__fence_others();
    }
    findings found = {{0, 0}, 0};
    const mmio__pin_table *table = atomic_load_explicit(&newest_table, memory_order_acquire);
    for (; table != NULL; table = table->older) {
        scan_table(table, start, end, which, &found);
    }
    return found;
}

/* A pin that is awaited counts for certain only if it was marked before a fence and is there after
 * it. One that was marked just now may have been withdrawn unseen, so look again until there is
 * none such: no new pins can come, but for those that notice the gate and go. */
mmio__pin_census mmio__pins_count(uintptr_t start, uintptr_t end, uint32_t which)
{
    findings found;
    do {
        found = scan_pins(start, end, which);
    } while (found.newly_marked != 0);
    return found.census;
}

void mmio__pins_visit(mmio__pin_visitor visit, void *context)
{
    mmio__fence_others();
    const mmio__pin_table *table = atomic_load_explicit(&newest_table, memory_order_acquire);
    for (; table != NULL; table = table->older) {
        const uint32_t used = atomic_load_explicit(&table->used, memory_order_acquire);
        for (uint32_t i = 0; i < used; i++) {
            const uintptr_t start = atomic_load(&table->slots[i].start);
            if (start != 0) {
                const uintptr_t end =
                    atomic_load_explicit(&table->slots[i].end, memory_order_relaxed);
                visit(start, end & ~MMIO__PIN_WRITES, context);
            }
        }
    }
}
