/* SPDX-License-Identifier: Apache-2.0 */
#include "judge.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "places.h"

/* Where a failure is no failure of the call. */
typedef struct rule {
    const char *function; /* That is under way. */
    const char *call;     /* Whatever fails in it, if NULL. */
    effect is;
    const char *reason;
} rule;

static const rule rules[] = {
    {"mmio__os_file_remove_own", NULL, UNDOING, "a file that was made"},
    {"mmio__os_file_cut < mmio__os_file_resize < undo", NULL, UNDOING, "a file that was extended"},
    {"mmio__os_file_cut < mmio__os_file_resize < mmio__resize_grow", NULL, UNDOING,
     "a file that was extended"},
    {"mmio__posix_place_for_huge_pages", NULL, HARMLESS, "a hint where to map"},
    {"mmio__posix_prefer_huge_pages", NULL, HARMLESS, "huge pages are a wish"},
    {"mmio__os_gather_huge_pages", NULL, HARMLESS, "huge pages are a wish"},
    {"mmio__os_file_open_huge_memory", NULL, HARMLESS, "plain pages instead"},
    {"mmio__linux_mapped_before_first_gap", NULL, HARMLESS, "all pages are taken in hand"},
    {"mmio__region_map", "mmap", MAY_FAIL, "once more without a reserve, if there was one"},
    {"mmio__resize_grow < grow < make_room_ahead", NULL, MAY_FAIL,
     "an append is tried again with no room to spare"},
    {"mmio__append_trim < end", NULL, HARMLESS, "closing cannot say it"},
    {"punch_bytes", "fallocate", HARMLESS, "zeros instead of a hole"},
    {"next_extent", "lseek", HARMLESS, "all is bytes where holes are not known"},
    {"copy_range", "copy_file_range", HARMLESS, "through memory"},
    {"mmio__os_file_copy", "ioctl", HARMLESS, "copied instead of shared"},
    {"mmio__os_count_cached", "syscall", HARMLESS, "mincore() instead of cachestat()"},
    {"mmio_map_huge_pages", NULL, HARMLESS, "not known is an answer"},
    {"mmio__os_lock_memory", "madvise", MAY_FAIL, "asked to tell two failures apart"},
    {"mount_of", NULL, HARMLESS, "the file system's magic number instead"},
    {"name_of_mount", NULL, HARMLESS, "the file system's magic number instead"},
    {"mmio__os_ground_limits", NULL, HARMLESS, "0 is an answer"},
    {"mmio__ground_check_path", NULL, HARMLESS, "what is opened is looked at again"},
    {"open_place", "open", MAY_FAIL, "a path that cannot be opened for reading still has a place"},
    {"open_group_trigger", NULL, HARMLESS, "all processes' pressure instead"},
    {"open_source", "write", MAY_FAIL, "the group's trigger, then that of all"},
    {"run_thread", "pthread_setname_np", HARMLESS, "a name to look at"},
    {"spread", NULL, HARMLESS, "the table stays as wide as it is"},
    {"find_caps", "syscall", HARMLESS, "what cannot be asked cannot be used"},
    {"find_caps", "madvise", HARMLESS, "what cannot be asked cannot be used"},
    {"find_caps", "access", HARMLESS, "what cannot be asked cannot be used"},
    {"mmio__pending_add_shared", NULL, HARMLESS, "counted where all threads count"},
    {"mmio__watch_look", NULL, HARMLESS, "another look comes with the next notice"},
    {"mmio__os_range_unlock", NULL, HARMLESS, "closing the handle unlocks too"},
    {"hear_map", "stat", HARMLESS, "the map's path may be a label"},
    {"touch_all", NULL, HARMLESS, "touching while opening is a wish"},
    {"mmio__os_file_find_data", NULL, HARMLESS, "all is bytes where holes are not known"},
    {"mmio__lose_file", NULL, HARMLESS, "the map that lost is told before others are looked for"},
    {"mmio__loss_inherit", NULL, HARMLESS, "whose file is not known has no other maps"},
    {"mmio__through", NULL, HARMLESS, "through the map instead of the file"},
    {"mmio__hold_file < flush_first", NULL, HARMLESS, "the timer comes again"},
    {"keep_running < arm_map", NULL, HARMLESS, "who writes flushes, without a timer"},
    {"mmio__os_find_cause", NULL, HARMLESS, "the cause of a fault stays unknown"},
    {"mmio__linux_absorb", NULL, HARMLESS, "zeros for a page where the file's end is not known"},
};

#define RULE_COUNT (sizeof rules / sizeof rules[0])

static unsigned long met[RULE_COUNT];

const char *rule_text(size_t number, unsigned long *out_met)
{
    static char text[256];
    if (number >= RULE_COUNT) {
        return NULL;
    }
    const rule *r = &rules[number];
    *out_met = met[number];
    (void)snprintf(text, sizeof text, "%s in %s: %s", r->call != NULL ? r->call : "all",
                   r->function, r->reason);
    return text;
}

/* What is given back, whatever the answer. */
static bool gives_back(const hit *h)
{
    static const char *const calls[] = {"close",  "fclose",           "closedir",
                                        "munmap", "inotify_rm_watch", "munlock"};
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        if (strcmp(h->call, calls[i]) == 0) {
            return strcmp(h->call, "munlock") != 0;
        }
    }
    return false;
}

/* Half is done, or nothing: it is asked for again. */
static bool is_repeated(const hit *h)
{
    return h->code == EINTR || h->code == SHORT ||
           (h->code == EAGAIN && hit_is_in(h, "mmio__posix_open_beneath")) ||
           (h->code == EFAULT && hit_is_in(h, "mmio__touch_until < touch_pieces"));
}

effect effect_of(const hit *h)
{
    if (is_repeated(h) || gives_back(h)) {
        return HARMLESS;
    }
    if (h->code == EFAULT && hit_is_in(h, "touch_pieces")) {
        return MAY_FAIL; /* The pages are asked for once more, one by one. */
    }
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if ((rules[i].call == NULL || strcmp(rules[i].call, h->call) == 0) &&
            hit_is_in(h, rules[i].function)) {
            met[i]++;
            return rules[i].is;
        }
    }
    return MUST_FAIL;
}

size_t count_effects(const record *r, effect is)
{
    size_t count = 0;
    for (size_t i = 0; i < r->hit_count; i++) {
        count += effect_of(&r->hits[i]) == is;
    }
    return count;
}

/* As the headers have it. */
static mmio_status status_of(const hit *h)
{
    switch (h->code) {
    case ENOENT:
        return MMIO_ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return MMIO_ERR_ACCESS;
    case ENOSPC:
        return strcmp(h->call, "inotify_add_watch") == 0 ? MMIO_ERR_LIMIT : MMIO_ERR_NO_SPACE;
    case EDQUOT:
    case EFBIG:
        return MMIO_ERR_NO_SPACE;
    case ENOMEM:
        return MMIO_ERR_NO_MEMORY;
    case EAGAIN:
    case EMFILE:
    case ENFILE:
    case ENOLCK:
        return MMIO_ERR_LIMIT;
    case EFAULT:
        return MMIO_ERR_FAULT;
    case EOPNOTSUPP:
    case ENOSYS:
        return MMIO_ERR_UNSUPPORTED;
    default:
        return MMIO_ERR_IO;
    }
}

static bool is_allocation(const hit *h)
{
    return strcmp(h->call, "malloc") == 0 || strcmp(h->call, "aligned_alloc") == 0;
}

/* Of a map's file, for whoever asked. */
static bool is_flush(const hit *h)
{
    return hit_is_in(h, "mmio__os_flush");
}

int first_lost(const record *r)
{
    for (size_t i = 0; i < r->hit_count; i++) {
        if (is_flush(&r->hits[i]) && !is_repeated(&r->hits[i])) {
            return r->hits[i].code;
        }
    }
    return 0;
}

/* The system does not tell why bytes cannot be had: the library looks afterwards. */
static bool is_fault(const hit *h)
{
    return h->code == EFAULT || strncmp(h->call, "process_vm_", 11) == 0;
}

/* What the library says of a failure beside what its code means. */
static bool explains(const hit *h, mmio_status status, int32_t os_code)
{
    if (is_allocation(h)) {
        return status == MMIO_ERR_NO_MEMORY && (os_code == 0 || os_code == ENOMEM);
    }
    if (strncmp(h->call, "pthread_", 8) == 0 && status == MMIO_ERR_NO_MEMORY) {
        return true; /* Of a thread's first pin. */
    }
    if (h->code == EACCES && hit_is_in(h, "open_source")) {
        return status == MMIO_ERR_UNSUPPORTED; /* The system does not tell this process. */
    }
    if (status == MMIO_ERR_FAULT && (is_fault(h) || hit_is_in(h, "mmio__deferred_read"))) {
        return is_fault(h) || os_code == h->code;
    }
    if (status == MMIO_ERR_LOST) {
        return is_flush(h) && os_code == h->code;
    }
    if (strcmp(h->call, "mlock") == 0) {
        return status == MMIO_ERR_LIMIT && os_code == h->code;
    }
    return os_code == h->code && status == status_of(h);
}

const char *judge(const record *r, mmio_status status, const mmio_error *error)
{
    bool must_fail = false;
    bool is_explained = false;
    for (size_t i = 0; i < r->hit_count; i++) {
        const effect is = effect_of(&r->hits[i]);
        must_fail = must_fail || is == MUST_FAIL;
        is_explained = is_explained || ((is == MUST_FAIL || is == MAY_FAIL) &&
                                        explains(&r->hits[i], status, error->os_code));
    }
    if (status == MMIO_OK) {
        return must_fail ? "it succeeded" : NULL;
    }
    if (error->status != status || error->message[0] == '\0') {
        return "the record is not of this failure";
    }
    return is_explained ? NULL : "no call that failed explains the status and the code";
}
