/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole library against a model of it, by chance.
 *
 *     MMIO_PROPERTY_SEED=7 MMIO_PROPERTY_OPERATIONS=1200 tests/property_model
 *
 * does exactly what the run with this seed did in its first 1200 operations. A failure says what to
 * set. Without a seed every run takes another.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "stripes.h"
#include "support.h"
#include "world.h"

/* Sanitizers make everything several times slower. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OPERATIONS_USUAL 20000
#define STRIPE_OPERATIONS_USUAL 3000
#else
#define OPERATIONS_USUAL 100000
#define STRIPE_OPERATIONS_USUAL 20000
#endif

/* All bytes are compared after so many operations; each compares what it uses anyway. */
#define CHECK_ALL_EVERY 200

/* One run, and what is done behind the library's back in it. */
typedef struct plan {
    uint64_t seed;
    uint64_t operations;
    uint64_t check_all_every; /* 0: never. */
    uint64_t fault_every;     /* 0: never. */
    void (*fault)(world *w);
} plan;

static bool is_turn(uint64_t number, uint64_t every)
{
    return every != 0 && number % every == every - 1;
}

static void run_operations(world *w, const plan *p)
{
    for (; w->operation < p->operations && !w->has_failed; w->operation++) {
        run_operation(w);
        if (is_turn(w->operation, p->fault_every)) {
            p->fault(w);
        }
        if (!w->has_failed && is_turn(w->operation, p->check_all_every)) {
            check_all(w);
        }
        if (w->has_failed) {
            return;
        }
    }
}

/* True if the library and the model agreed to the end. */
static bool run(const plan *p, char *failure, size_t failure_size)
{
    static world w;
    if (agree(&w, world_begin(&w, (dice){.state = p->seed}), "cannot begin: %s", w.failure)) {
        run_operations(&w, p);
    }
    world_end(&w);
    (void)snprintf(failure, failure_size, "operation %" PRIu64 ", %s: %s", w.operation,
                   w.operation_name, w.failure);
    return !w.has_failed;
}

/* Settings. */

static uint64_t setting(const char *name, uint64_t usual)
{
    const char *text = getenv(name);
    return text != NULL ? strtoull(text, NULL, 0) : usual;
}

static uint64_t fresh_seed(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    dice d = {.state = (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec};
    return throw_bits(&d) >> 32;
}

static uint64_t announced_seed(const char *what)
{
    const uint64_t seed = setting("MMIO_PROPERTY_SEED", fresh_seed());
    print_message("%s: MMIO_PROPERTY_SEED=%" PRIu64 "\n", what, seed);
    return seed;
}

/* Tests. */

static void the_library_agrees_with_the_model(void **state)
{
    (void)state;
    const plan p = {.seed = announced_seed("model"),
                    .operations = setting("MMIO_PROPERTY_OPERATIONS", OPERATIONS_USUAL),
                    .check_all_every = CHECK_ALL_EVERY};
    char failure[1024];
    /* Touching keeps one descriptor for the process, from the first time on. */
    mmio_map *warm = anonymous_map(1);
    assert_ok(mmio_map_touch(warm, 0, 1, 0, NULL, NULL, ERR));
    mmio_map_close(warm);
    const int descriptors = open_descriptors();
    if (!run(&p, failure, sizeof failure)) {
        print_error("MMIO_PROPERTY_SEED=%" PRIu64 " MMIO_PROPERTY_OPERATIONS=%" PRIu64 ":\n%s\n",
                    p.seed, p.operations, failure);
        fail();
    }
    assert_int_equal(open_descriptors(), descriptors);
}

static void threads_keep_their_stripes_while_the_file_is_resized(void **state)
{
    (void)state;
    const stripe_plan p = {.path = "stripes",
                           .seed = announced_seed("stripes"),
                           .operations =
                               setting("MMIO_PROPERTY_OPERATIONS", STRIPE_OPERATIONS_USUAL)};
    char failure[256];
    const int descriptors = open_descriptors();
    if (!run_stripes(&p, failure, sizeof failure)) {
        print_error("MMIO_PROPERTY_SEED=%" PRIu64 ": %s\n", p.seed, failure);
        fail();
    }
    assert_int_equal(open_descriptors(), descriptors);
}

/* Faults that a run must notice. */

static void change_a_byte(world *w)
{
    const uint64_t offset = throw_below(&w->dice, w->file->size);
    const uint8_t byte = w->file->bytes[offset] ^ 0x80;
    assert_int_equal(pwrite(w->fd, &byte, 1, (off_t)offset), 1);
}

static void lengthen_the_file(world *w)
{
    assert_int_equal(ftruncate(w->fd, (off_t)w->file->size + 1), 0);
}

static void write_what_is_not_counted(world *w)
{
    const subject *s = w->slots[MAIN_SLOT];
    if (!s->is_shut && !s->is_protected) {
        uint8_t byte;
        assert_ok(mmio_map_read(s->map, 0, &byte, 1, ERR));
        assert_ok(mmio_map_write(s->map, 0, &byte, 1, ERR));
    }
}

static void hold_what_is_not_known(world *w)
{
    /* It keeps its map mapped until the next fault. */
    static mmio_view view;
    mmio_view_release(&view);
    for (int slot = 0; slot < SLOTS && view.size == 0; slot++) {
        (void)mmio_view_acquire(w->slots[slot]->map, 0, 1, 0, &view, NULL);
    }
}

static void check_noticed(const plan *p, const char *words)
{
    char failure[1024];
    assert_false(run(p, failure, sizeof failure));
    if (strstr(failure, words) == NULL) {
        print_error("wanted \"%s\" in: %s\n", words, failure);
        fail();
    }
}

static void a_fault_at_the_end_of_a_run_is_noticed(void **state)
{
    (void)state;
    const struct {
        void (*fault)(world *w);
        const char *words;
    } faults[] = {
        {change_a_byte, ": byte "},
        {lengthen_the_file, "the file's size"},
        {hold_what_is_not_known, "views, not"},
    };
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        for (uint64_t seed = 1; seed <= 5; seed++) {
            const plan p = {.seed = seed,
                            .operations = 300,
                            .check_all_every = 300,
                            .fault_every = 300,
                            .fault = faults[i].fault};
            check_noticed(&p, faults[i].words);
        }
    }
}

/* Without looking at everything: the operations themselves see what they use. */
static void operations_notice_faults_by_themselves(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const plan p = {
            .seed = seed, .operations = 20000, .fault_every = 50, .fault = change_a_byte};
        check_noticed(&p, ": byte ");
        const plan q = {.seed = seed,
                        .operations = 20000,
                        .fault_every = 50,
                        .fault = write_what_is_not_counted};
        check_noticed(&q, "pending");
    }
}

static void a_fault_under_the_threads_is_noticed(void **state)
{
    (void)state;
    char failure[256];
    stripe_plan p = {.path = "stripes", .seed = 1, .operations = 100, .spoil_bytes = 1};
    assert_false(run_stripes(&p, failure, sizeof failure));
    assert_non_null(strstr(failure, "cell"));
    /* Behind the cells lies the first stripe. */
    p.spoil_bytes = 1000;
    assert_false(run_stripes(&p, failure, sizeof failure));
    assert_non_null(strstr(failure, "a stripe of"));
}

static void a_run_can_be_repeated(void **state)
{
    (void)state;
    const plan p = {.seed = 11, .operations = 20000, .fault_every = 50, .fault = change_a_byte};
    char first[1024];
    char second[1024];
    assert_false(run(&p, first, sizeof first));
    assert_false(run(&p, second, sizeof second));
    assert_string_equal(first, second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(the_library_agrees_with_the_model),
        IN_DIRECTORY(threads_keep_their_stripes_while_the_file_is_resized),
        IN_DIRECTORY(a_fault_at_the_end_of_a_run_is_noticed),
        IN_DIRECTORY(operations_notice_faults_by_themselves),
        IN_DIRECTORY(a_fault_under_the_threads_is_noticed),
        IN_DIRECTORY(a_run_can_be_repeated),
    };
    return cmocka_run_group_tests_name("property: model", tests, NULL, NULL);
}
