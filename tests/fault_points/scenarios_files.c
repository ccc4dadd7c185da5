/* SPDX-License-Identifier: Apache-2.0 */
/* Whole tasks on files by their paths. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "world.h"

static mmio_status create(world *w, mmio_error *error)
{
    (void)w;
    return mmio_file_create("g", 9000, 0, error);
}

static const char *check_created(world *w)
{
    (void)w;
    CHECK(size_of("g") == 9000);
    return NULL;
}

static mmio_status write_file(world *w, uint32_t flush, mmio_error *error)
{
    (void)w;
    return mmio_file_write("f", 100, pattern() + 100, 5000, flush, error);
}

static mmio_status write_only(world *w, mmio_error *error)
{
    return write_file(w, MMIO_FLUSH_NONE, error);
}

static mmio_status write_durably(world *w, mmio_error *error)
{
    return write_file(w, MMIO_FLUSH_FULL, error);
}

static const char *check_f(world *w)
{
    (void)w;
    CHECK(has_pattern("f", F_SIZE));
    return NULL;
}

/* Copying. */

static mmio_status copy(world *w, mmio_error *error)
{
    (void)w;
    return mmio_file_copy("f", "g", error);
}

/* What is there stays there until all is done. */
static mmio_status copy_over(world *w, mmio_error *error)
{
    const mmio_status status = copy(w, error);
    EXPECT(w, status == MMIO_OK || has_pattern("g", 500));
    return status;
}

static const char *check_copied(world *w)
{
    (void)w;
    CHECK(has_pattern("g", F_SIZE));
    return check_f(w);
}

static void set_up_both(world *w)
{
    set_up_file(w);
    make_file("g", 500);
}

/* Bytes at both ends and a hole between. */
static void set_up_hole(world *w)
{
    (void)w;
    make_file("e", 5000);
    NEED(truncate("e", 100000) == 0);
    const int fd = open("e", O_WRONLY | O_CLOEXEC);
    NEED(fd >= 0 && pwrite(fd, "end", 3, 99997) == 3);
    (void)close(fd);
}

static mmio_status copy_hole(world *w, mmio_error *error)
{
    (void)w;
    return mmio_file_copy("e", "g", error);
}

static const char *check_hole(world *w)
{
    (void)w;
    uint8_t bytes[5003];
    const int fd = open("g", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    const bool is_read =
        pread(fd, bytes, 5000, 0) == 5000 && pread(fd, bytes + 5000, 3, 99997) == 3;
    (void)close(fd);
    CHECK(is_read && size_of("g") == 100000);
    CHECK(memcmp(bytes, pattern(), 5000) == 0);
    CHECK(bytes[5000] == 'e' && bytes[5002] == 'd');
    return NULL;
}

/* Publishing. */

static mmio_status publish(const char *path, mmio_error *error)
{
    return mmio_file_publish(path, pattern(), F_SIZE, 0, error);
}

/* As a whole, or not at all; all of it though the directory could not be flushed. */
static mmio_status publish_new(world *w, mmio_error *error)
{
    (void)w;
    const mmio_status status = publish("g", error);
    EXPECT(w, size_of("g") < 0 || has_pattern("g", F_SIZE));
    w->names = count_names();
    EXPECT(w, w->names == 2 + (size_of("g") >= 0));
    return status;
}

static mmio_status publish_over(world *w, mmio_error *error)
{
    (void)w;
    const mmio_status status = publish("g", error);
    EXPECT(w, has_pattern("g", 500) || has_pattern("g", F_SIZE));
    return status;
}

static const char *check_published(world *w)
{
    (void)w;
    CHECK(has_pattern("g", F_SIZE));
    return NULL;
}

static void set_up_old(world *w)
{
    (void)w;
    make_file("g", 500);
}

static mmio_status delete (world *w, mmio_error *error)
{
    (void)w;
    return mmio_file_delete("f", error);
}

static const char *check_deleted(world *w)
{
    (void)w;
    CHECK(size_of("f") < 0);
    return NULL;
}

static mmio_status sync_directory(world *w, mmio_error *error)
{
    (void)w;
    return mmio_file_sync_directory("f", error);
}

static const scenario table[] = {
    {"create a file", "mmio_file_create", set_up_file, create, check_created, 0},
    {"write into a file", "mmio_file_write", set_up_file, write_only, check_f, 0},
    {"write into a file durably", "mmio_file_write", set_up_file, write_durably, check_f, 0},
    {"copy a file", "mmio_file_copy", set_up_file, copy, check_copied, 0},
    {"copy a file over another", "mmio_file_copy", set_up_both, copy_over, check_copied, 0},
    {"copy a file with a hole", "mmio_file_copy", set_up_hole, copy_hole, check_hole, 0},
    {"publish", "mmio_file_publish", set_up_nothing, publish_new, check_published, 0},
    {"publish over a file", "mmio_file_publish", set_up_old, publish_over, check_published, 0},
    {"delete a file", "mmio_file_delete", set_up_file, delete, check_deleted, 0},
    {"flush a directory", "mmio_file_sync_directory", set_up_file, sync_directory, check_f, 0},
};

const scenario_table scenarios_of_files = {table, sizeof table / sizeof table[0]};
