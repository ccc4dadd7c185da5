/* SPDX-License-Identifier: Apache-2.0 */
/* What changes how a map is used, and the list of all maps. */
#include "world.h"

/* Protecting. */

static bool has_writing_view(const world *w, const subject *s)
{
    for (const held_view *v = w->views; v < w->views + VIEWS; v++) {
        if (v->of == s && v->is_write && v->view.size != 0) {
            return true;
        }
    }
    return false;
}

static mmio_status model_protecting(const world *w, const subject *s, uint32_t protection,
                                    int64_t timeout_ms)
{
    if (protection > MMIO_PROTECT_NONE) {
        return MMIO_ERR_INVALID;
    }
    if (s->is_shut) {
        return MMIO_ERR_CLOSED;
    }
    if (protection == MMIO_PROTECT_NONE) {
        const bool may_write = s->mode == MMIO_MODE_RW || s->mode == MMIO_MODE_COW_RW;
        return may_write ? MMIO_OK : MMIO_ERR_MODE;
    }
    if (!has_writing_view(w, s)) {
        return MMIO_OK;
    }
    return timeout_ms == 0 ? MMIO_ERR_BUSY : timeout_ms < 0 ? MMIO_ERR_DEADLOCK : MMIO_ERR_TIMEOUT;
}

/* Mostly to allow writing, so that maps do not stay protected for long. */
static void do_protect(world *w)
{
    static const uint32_t usual[] = {MMIO_PROTECT_READ_ONLY, MMIO_PROTECT_NONE};
    static const int64_t timeouts[] = {0, 0, 0, 0, -1, -1, -1, 1};
    subject *s = pick_subject(w);
    const int64_t timeout_ms = timeouts[throw_below(&w->dice, 8)];
    const uint32_t protection = throw_one_in(&w->dice, 16) ? (uint32_t)throw_below(&w->dice, 4)
                                                           : usual[!throw_one_in(&w->dice, 3)];
    const mmio_status wanted = model_protecting(w, s, protection, timeout_ms);
    if (went_well(w, wanted, mmio_map_protect(s->map, protection, timeout_ms, &w->error))) {
        s->is_protected = protection == MMIO_PROTECT_READ_ONLY;
    }
}

/* Policies. Flushing takes its time, so that those that flush often are rare. */

static void do_set_policy(world *w)
{
    static const uint32_t usual[] = {MMIO_POLICY_MANUAL, MMIO_POLICY_MANUAL,
                                     MMIO_POLICY_EVERY_BYTES, MMIO_POLICY_EVERY_WRITES};
    subject *s = pick_subject(w);
    uint32_t policy = usual[throw_below(&w->dice, 4)];
    uint64_t amount = 0;
    if (throw_one_in(&w->dice, 8)) {
        policy = MMIO_POLICY_ALWAYS;
    } else if (policy == MMIO_POLICY_EVERY_BYTES) {
        amount = throw_below(&w->dice, SIZE_MOST);
    } else if (policy == MMIO_POLICY_EVERY_WRITES) {
        amount = throw_below(&w->dice, 60);
    }
    if (throw_one_in(&w->dice, 8)) {
        policy = throw_one_in(&w->dice, 2) ? MMIO_POLICY_EVERY_MILLIS + 1 : MMIO_POLICY_ALWAYS;
        amount = 1;
    }
    const bool takes_amount = policy >= MMIO_POLICY_EVERY_BYTES;
    mmio_status wanted = s->is_shut ? MMIO_ERR_CLOSED : MMIO_OK;
    if (policy > MMIO_POLICY_EVERY_MILLIS || (amount != 0 && !takes_amount)) {
        wanted = MMIO_ERR_INVALID;
    }
    if (went_well(w, wanted, mmio_map_set_policy(s->map, policy, amount, &w->error))) {
        const bool is_manual = (takes_amount && amount == 0) || !counts_pending(s);
        s->policy = is_manual ? MMIO_POLICY_MANUAL : policy;
        s->policy_amount = is_manual ? 0 : amount;
        s->policy_count = 0;
    }
}

/* The inventory. */

static void check_entry(world *w, const mmio_inventory *inventory, uint64_t index, const subject *s)
{
    mmio_map_info info = {.struct_size = sizeof info};
    const mmio_status got = mmio_inventory_get(inventory, index, &info, NULL, &w->error);
    if (!went_well(w, MMIO_OK, got)) {
        return;
    }
    const bool is_closed = s->is_shut || s->holders == 0;
    (void)agree(w, info.is_closed == is_closed && info.holders == s->holders,
                "entry %llu is another map", (unsigned long long)index);
    (void)agree(w, info.mode == s->mode && info.kind == s->kind, "entry %llu is of another kind",
                (unsigned long long)index);
    (void)agree(w, info.size == (is_closed ? 0 : s->size), "a listed size is %llu",
                (unsigned long long)info.size);
    /* Views that a map left behind when it moved, or was closed, are not in the list's count. */
    (void)agree(w, info.views == s->pins, "listed %llu views, not %llu",
                (unsigned long long)info.views, (unsigned long long)s->pins);
}

static void do_inventory(world *w)
{
    mmio_inventory *inventory = NULL;
    if (!went_well(w, MMIO_OK, mmio_inventory_open(&inventory, &w->error))) {
        return;
    }
    uint64_t count = 0;
    for (const subject *s = w->subjects; s != NULL; s = s->next) {
        if (s->holders != 0 || s->pins != 0) {
            check_entry(w, inventory, count++, s);
        }
    }
    const uint64_t listed = mmio_inventory_count(inventory);
    (void)agree(w, listed == count + w->foreign, "%llu maps are listed, not %llu",
                (unsigned long long)listed, (unsigned long long)(count + w->foreign));
    mmio_inventory_close(inventory);
}

const operation rule_operations[] = {
    {"protect", 20, do_protect},
    {"set_policy", 10, do_set_policy},
    {"inventory", 10, do_inventory},
    {NULL, 0, NULL},
};
