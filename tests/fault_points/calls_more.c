/* SPDX-License-Identifier: Apache-2.0 */
/* The calls of calls.txt that are not on files: streams, notices, events, threads. */
#define _FILE_OFFSET_BITS 64
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "calls.h"

/* Streams. */

CALL(FILE *, fopen, const char *path, const char *mode)
{
    if (STRIKE("fopen", EMFILE, ENOENT, ENOMEM) != 0) {
        return NULL;
    }
    FILE *file = fopen(path, mode);
    note(PAGE_STREAMS, file != NULL);
    return file;
}

ALSO(fopen64, fopen);

CALL(int, fclose, FILE *file)
{
    const int code = STRIKE("fclose", EIO, EINTR);
    if (shows(PLANTED_LOST_DESCRIPTOR)) {
        return 0;
    }
    note(PAGE_STREAMS, -1);
    const int result = fclose(file);
    return code != 0 ? EOF : result;
}

/* Whatever is read next fails as it does for a directory, and the stream knows. */
static void break_stream(FILE *file)
{
    const int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    (void)dup2(directory, fileno(file));
    (void)close(directory);
}

CALL(char *, fgets, char *line, int size, FILE *file)
{
    if (STRIKE("fgets", EISDIR) != 0) {
        break_stream(file);
    }
    return fgets(line, size, file);
}

__attribute__((format(scanf, 2, 3))) CALL(int, fscanf, FILE *file, const char *format, ...)
{
    if (STRIKE("fscanf", EISDIR) != 0) {
        break_stream(file);
    }
    va_list rest;
    va_start(rest, format);
    const int count = vfscanf(file, format, rest);
    va_end(rest);
    return count;
}

CALL(DIR *, opendir, const char *path)
{
    if (STRIKE("opendir", EMFILE, ENOMEM) != 0) {
        return NULL;
    }
    DIR *directory = opendir(path);
    note(PAGE_STREAMS, directory != NULL);
    return directory;
}

CALL(struct dirent *, readdir, DIR *directory)
{
    return STRIKE("readdir", ENOENT, ENOMEM) != 0 ? NULL : readdir(directory);
}

CALL(int, closedir, DIR *directory)
{
    const int code = STRIKE("closedir", EIO);
    note(PAGE_STREAMS, -1);
    const int result = closedir(directory);
    return code != 0 ? -1 : result;
}

/* Notices and events. */

CALL(int, inotify_init1, int flags)
{
    return STRIKE("inotify_init1", EMFILE, ENFILE, ENOMEM) != 0 ? -1 : inotify_init1(flags);
}

CALL(int, inotify_add_watch, int fd, const char *path, uint32_t events)
{
    return STRIKE("inotify_add_watch", ENOSPC, ENOMEM, EACCES) != 0
               ? -1
               : inotify_add_watch(fd, path, events);
}

/* It fails only where the system has removed the watch already. */
CALL(int, inotify_rm_watch, int fd, int node)
{
    const int code = STRIKE("inotify_rm_watch", EINVAL);
    const int result = inotify_rm_watch(fd, node);
    return code != 0 ? -1 : result;
}

CALL(int, eventfd, unsigned count, int flags)
{
    return STRIKE("eventfd", EMFILE, ENFILE, ENOMEM) != 0 ? -1 : eventfd(count, flags);
}

CALL(int, epoll_create1, int flags)
{
    return STRIKE("epoll_create1", EMFILE, ENFILE, ENOMEM) != 0 ? -1 : epoll_create1(flags);
}

CALL(int, epoll_ctl, int fd, int operation, int of, struct epoll_event *event)
{
    return STRIKE("epoll_ctl", ENOMEM, ENOSPC) != 0 ? -1 : epoll_ctl(fd, operation, of, event);
}

CALL(int, epoll_wait, int fd, struct epoll_event *events, int most, int timeout)
{
    return STRIKE("epoll_wait", EINTR) != 0 ? -1 : epoll_wait(fd, events, most, timeout);
}

/* Threads. */

CALL(int, pthread_create, pthread_t *thread, const pthread_attr_t *attributes,
     void *(*body)(void *), void *argument)
{
    const int code = STRIKE("pthread_create", EAGAIN);
    return code != 0 ? code : pthread_create(thread, attributes, body, argument);
}

CALL(int, pthread_setname_np, pthread_t thread, const char *name)
{
    const int code = STRIKE("pthread_setname_np", EACCES);
    return code != 0 ? code : pthread_setname_np(thread, name);
}

CALL(int, pthread_key_create, pthread_key_t *key, void (*end)(void *))
{
    const int code = STRIKE("pthread_key_create", EAGAIN, ENOMEM);
    return code != 0 ? code : pthread_key_create(key, end);
}

CALL(int, pthread_setspecific, pthread_key_t key, const void *value)
{
    const int code = STRIKE("pthread_setspecific", ENOMEM);
    return code != 0 ? code : pthread_setspecific(key, value);
}

CALL(int, pthread_atfork, void (*before)(void), void (*after)(void), void (*child)(void))
{
    const int code = STRIKE("pthread_atfork", ENOMEM);
    return code != 0 ? code : pthread_atfork(before, after, child);
}
