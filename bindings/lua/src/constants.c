/* SPDX-License-Identifier: Apache-2.0 */
/* Names for the numbers of C. */
#include "lmmio.h"

#include <string.h>

/* clang-format off */
/* [[[cog
tables.lua(
    causes="MMIO_CAUSE_", dispositions="MMIO_DISPOSITION_", features="MMIO_FEATURE_",
    guards="MMIO_GUARD_", kinds="MMIO_KIND_", modes="MMIO_MODE_", on_faults="MMIO_ON_FAULT_",
    open_flags="MMIO_OPEN_", policies="MMIO_POLICY_", touches="MMIO_TOUCH_",
)
tables.lua(levels="MMIO_FLUSH_", without=("MMIO_FLUSH_NONE",))
]]] */

const lmmio_constant lmmio_causes[] = {
    {"unknown", MMIO_CAUSE_UNKNOWN},
    {"truncated", MMIO_CAUSE_TRUNCATED},
    {"io", MMIO_CAUSE_IO},
    {"no_space", MMIO_CAUSE_NO_SPACE},
    {"read_only", MMIO_CAUSE_READ_ONLY},
    {NULL, 0},
};

const lmmio_constant lmmio_dispositions[] = {
    {"open", MMIO_DISPOSITION_OPEN},
    {"create", MMIO_DISPOSITION_CREATE},
    {"create_new", MMIO_DISPOSITION_CREATE_NEW},
    {"open_or_create", MMIO_DISPOSITION_OPEN_OR_CREATE},
    {NULL, 0},
};

const lmmio_constant lmmio_features[] = {
    {"grow_in_place", MMIO_FEATURE_GROW_IN_PLACE},
    {"cheap_pins", MMIO_FEATURE_CHEAP_PINS},
    {"durable_flush", MMIO_FEATURE_DURABLE_FLUSH},
    {"open_beneath", MMIO_FEATURE_OPEN_BENEATH},
    {"seals", MMIO_FEATURE_SEALS},
    {"huge_pages", MMIO_FEATURE_HUGE_PAGES},
    {"watch", MMIO_FEATURE_WATCH},
    {"range_locks", MMIO_FEATURE_RANGE_LOCKS},
    {"wait", MMIO_FEATURE_WAIT},
    {"pressure", MMIO_FEATURE_PRESSURE},
    {"dirty_pages", MMIO_FEATURE_DIRTY_PAGES},
    {"populate", MMIO_FEATURE_POPULATE},
    {NULL, 0},
};

const lmmio_constant lmmio_guards[] = {
    {"off", MMIO_GUARD_OFF},
    {"signal", MMIO_GUARD_SIGNAL},
    {"syscall", MMIO_GUARD_SYSCALL},
    {NULL, 0},
};

const lmmio_constant lmmio_kinds[] = {
    {"file", MMIO_KIND_FILE},
    {"anonymous", MMIO_KIND_ANONYMOUS},
    {"shared", MMIO_KIND_SHARED},
    {NULL, 0},
};

const lmmio_constant lmmio_modes[] = {
    {"default", MMIO_MODE_DEFAULT},
    {"ro", MMIO_MODE_RO},
    {"rw", MMIO_MODE_RW},
    {"cow", MMIO_MODE_COW},
    {"cow_rw", MMIO_MODE_COW_RW},
    {NULL, 0},
};

const lmmio_constant lmmio_on_faults[] = {
    {"default", MMIO_ON_FAULT_DEFAULT},
    {"absorb", MMIO_ON_FAULT_ABSORB},
    {"never", MMIO_ON_FAULT_NEVER},
    {NULL, 0},
};

const lmmio_constant lmmio_open_flags[] = {
    {"allocate", MMIO_OPEN_ALLOCATE},
    {"nofollow", MMIO_OPEN_NOFOLLOW},
    {"beneath", MMIO_OPEN_BENEATH},
    {"huge_pages", MMIO_OPEN_HUGE_PAGES},
    {"local", MMIO_OPEN_LOCAL},
    {"defer", MMIO_OPEN_DEFER},
    {NULL, 0},
};

const lmmio_constant lmmio_policies[] = {
    {"manual", MMIO_POLICY_MANUAL},
    {"always", MMIO_POLICY_ALWAYS},
    {"every_bytes", MMIO_POLICY_EVERY_BYTES},
    {"every_writes", MMIO_POLICY_EVERY_WRITES},
    {"every_millis", MMIO_POLICY_EVERY_MILLIS},
    {NULL, 0},
};

const lmmio_constant lmmio_touches[] = {
    {"never", MMIO_TOUCH_NEVER},
    {"eager", MMIO_TOUCH_EAGER},
    {"lazy", MMIO_TOUCH_LAZY},
    {NULL, 0},
};

const lmmio_constant lmmio_levels[] = {
    {"data", MMIO_FLUSH_DATA},
    {"start", MMIO_FLUSH_START},
    {"full", MMIO_FLUSH_FULL},
    {NULL, 0},
};
/* [[[end]]] */
/* clang-format on */

const lmmio_constant *lmmio_find_constant(const lmmio_constant constants[], const char *name)
{
    while (constants->name != NULL && strcmp(constants->name, name) != 0) {
        constants++;
    }
    return constants->name != NULL ? constants : NULL;
}

const char *lmmio_constant_name(const lmmio_constant constants[], uint32_t value)
{
    while (constants->name != NULL && constants->value != value) {
        constants++;
    }
    return constants->name;
}

uint32_t lmmio_check_constant(lua_State *L, int arg, const char *otherwise,
                              const lmmio_constant constants[])
{
    const char *name =
        otherwise != NULL ? luaL_optstring(L, arg, otherwise) : luaL_checkstring(L, arg);
    const lmmio_constant *constant = lmmio_find_constant(constants, name);
    if (constant == NULL) {
        return (uint32_t)luaL_argerror(L, arg, lua_pushfstring(L, "invalid option '%s'", name));
    }
    return constant->value;
}
