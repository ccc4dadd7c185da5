/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

#define DESCRIPTORS_MOST 64
#define WAIT_MS 10000

static long count_descriptors(void)
{
    long count = 0;
    for (int fd = 0; fd < DESCRIPTORS_MOST; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

static nlink_t count_threads(void)
{
    struct stat tasks;
    NEED(stat("/proc/self/task", &tasks) == 0);
    return tasks.st_nlink;
}

/* The library's threads end by themselves, and then nothing of theirs is left. */
static bool await_threads(nlink_t usual)
{
    for (int waited = 0; count_threads() > usual; waited++) {
        if (waited == 10 * WAIT_MS) {
            return false;
        }
        (void)usleep(100);
    }
    return true;
}

static remains remains_now(void)
{
    return (remains){books_now(), count_descriptors()};
}

static remains difference(remains now, remains before)
{
    return (remains){{now.of.blocks - before.of.blocks, now.of.mappings - before.of.mappings,
                      now.of.streams - before.of.streams},
                     now.descriptors - before.descriptors};
}

static void say(outcome *o, const char *what, const char *more)
{
    if (o->wrong[0] == '\0') {
        (void)snprintf(o->wrong, sizeof o->wrong, "%s%s", what, more);
    }
}

/* With what failed known, and whether anything had to be taken back in vain. */
static void look_after_failure(const scenario *s, world *w, outcome *o)
{
    const char *wrong = check_unchanged(w, s->flags);
    if (wrong != NULL) {
        say(o, "changed by a failure: not ", wrong);
    }
    mmio_error error = {.status = MMIO_OK};
    if (s->run(w, &error) != MMIO_OK) {
        say(o, "the next call fails: ", error.message);
    }
}

/* A flush that failed is remembered until somebody acknowledges it, and nothing else is. */
static void look_at_loss(const scenario *s, world *w, outcome *o)
{
    mmio_map_info info = {.struct_size = sizeof info};
    if ((s->flags & LOST) != 0 || mmio_map_get_info(w->map, &info, NULL) != MMIO_OK) {
        return;
    }
    if (info.lost_code != first_lost(&o->calls)) {
        say(o, "the map does not know what was lost", "");
    }
    if (info.lost_code != 0 && mmio_map_acknowledge_loss(w->map, NULL) != MMIO_OK) {
        say(o, "the loss cannot be acknowledged", "");
    }
}

static void look_after(const scenario *s, world *w, outcome *o)
{
    look_at_loss(s, w, o);
    const bool is_undone = count_effects(&o->calls, UNDOING) == 0;
    if (o->status != MMIO_OK && is_undone) {
        look_after_failure(s, w, o);
    }
    if (w->wrong != NULL && is_undone) {
        say(o, "not ", w->wrong);
    }
    const char *wrong = is_undone && s->check != NULL ? s->check(w) : NULL;
    if (wrong != NULL) {
        say(o, "in the end: not ", wrong);
    }
}

/* A process may keep less than it usually does: what fails is then not used again. */
static void look_at_remains(const scenario *s, const remains *usual, outcome *o)
{
    const remains *left = &o->left;
    const bool is_less = (s->flags & COLD) != 0;
    const long more[] = {left->of.blocks - usual->of.blocks, left->of.mappings - usual->of.mappings,
                         left->of.streams - usual->of.streams,
                         left->descriptors - usual->descriptors};
    static const char *const names[] = {"blocks", "mappings", "streams", "descriptors"};
    for (size_t i = 0; i < 4; i++) {
        if (more[i] > 0 || (more[i] < 0 && !is_less)) {
            char text[64];
            (void)snprintf(text, sizeof text, "%ld %s", more[i], names[i]);
            o->is_left_over = o->is_left_over || o->wrong[0] == '\0';
            say(o, "left over: ", text);
        }
    }
}

static void run_here(const scenario *s, const plan *p, const remains *usual, outcome *o)
{
    memset(o, 0, sizeof *o);
    const nlink_t threads = count_threads();
    const remains before = remains_now();
    world w = {.fd = -1};
    pretend_disk((s->flags & ON_DISK) != 0);
    s->set_up(&w);
    w.map_size = mmio_map_size(w.map);
    w.names = count_names();

    mmio_error error = {.status = MMIO_OK};
    strikes_begin(p);
    o->status = s->run(&w, &error);
    strikes_end(&o->calls);

    const bool is_told = !p->of_others || (s->flags & OTHERS_TELL) != 0;
    const char *wrong = is_told                ? judge(&o->calls, o->status, &error)
                        : o->status != MMIO_OK ? "nobody was to be told: "
                                               : NULL;
    if (wrong != NULL) {
        say(o, wrong, o->status != MMIO_OK ? error.message : "");
    }
    look_after(s, &w, o);
    tear_down(&w);
    if (!await_threads(threads)) {
        say(o, "a thread goes on", "");
    }
    o->left = difference(remains_now(), before);
    look_at_remains(s, usual, o);
}

/* Whether this process has used the library. */
static bool is_used;

/* In a child that has not. */
static void run_apart(const scenario *s, const plan *p, const remains *usual, outcome *o)
{
    static outcome *shared;
    if (shared == NULL) {
        shared =
            mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        NEED(shared != MAP_FAILED);
    }
    NEED(!is_used);
    const pid_t child = fork();
    NEED(child >= 0);
    if (child == 0) {
        run_here(s, p, usual, shared);
        _exit(0);
    }
    int how = 0;
    NEED(waitpid(child, &how, 0) == child);
    *o = *shared;
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0) {
        o->wrong[0] = '\0';
        say(o, "the process died", "");
    }
}

void run_scenario(const scenario *s, const plan *p, const remains *usual, outcome *o)
{
    if ((s->flags & COLD) != 0) {
        run_apart(s, p, usual, o);
    } else {
        is_used = true;
        run_here(s, p, usual, o);
    }
}
