/* SPDX-License-Identifier: Apache-2.0 */
/* Copying. The library must see all bytes of a copy in one call, or a read could see half of a
 * write. An array is no place to copy to directly: pinning one holds up the garbage collector,
 * while a copy may wait for others or for the disk. So array bytes go through memory of their own.
 */
#include <stdbool.h>
#include <stdlib.h>

#include "binding.h"
#include "io_github_libmmio_MmioMap.h"

/* Where bytes stay between an array and a map. */
typedef struct scratch {
    void *data;
    uint8_t small[4096]; /* Spares short copies the allocation. */
} scratch;

/* false, with OutOfMemoryError pending, if there is no memory. */
static bool scratch_begin(scratch *s, JNIEnv *env, size_t size)
{
    s->data = size <= sizeof s->small ? s->small : malloc(size);
    if (s->data == NULL) {
        binding_throw_new(env, "java/lang/OutOfMemoryError", "no memory to copy an array");
    }
    return s->data != NULL;
}

static void scratch_end(scratch *s)
{
    if (s->data != s->small) {
        free(s->data);
    }
}

/* Read, without throwing. A negative time-out is none. */
static mmio_status read_bytes(mmio_map *map, jlong offset, void *target, jint size,
                              jlong milliseconds, mmio_error *error)
{
    return milliseconds < 0 ? mmio_map_read(map, (uint64_t)offset, target, (size_t)size, error)
                            : mmio_map_read_within(map, (uint64_t)offset, target, (size_t)size,
                                                   milliseconds, error);
}

static void write_bytes(JNIEnv *env, jobject self, jlong offset, const void *source, jint size,
                        jlong milliseconds)
{
    mmio_map *map = binding_map(env, self);
    mmio_error error;
    const mmio_status status =
        milliseconds < 0 ? mmio_map_write(map, (uint64_t)offset, source, (size_t)size, &error)
                         : mmio_map_write_within(map, (uint64_t)offset, source, (size_t)size,
                                                 milliseconds, &error);
    binding_check(env, status, &error);
}

static uint8_t *direct(JNIEnv *env, jobject buffer, jint from)
{
    uint8_t *data = (*env)->GetDirectBufferAddress(env, buffer);
    return data + from;
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_readArray(JNIEnv *env, jobject self,
                                                                jlong offset, jbyteArray target,
                                                                jint from, jint size,
                                                                jlong milliseconds)
{
    scratch s;
    if (!scratch_begin(&s, env, (size_t)size)) {
        return;
    }
    mmio_error error;
    const mmio_status status =
        read_bytes(binding_map(env, self), offset, s.data, size, milliseconds, &error);
    /* A fault may come after some bytes. */
    const jsize done = status == MMIO_OK ? size : (jsize)error.done;
    (*env)->SetByteArrayRegion(env, target, from, done, s.data);
    scratch_end(&s);
    binding_check(env, status, &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_readDirect(JNIEnv *env, jobject self,
                                                                 jlong offset, jobject target,
                                                                 jint from, jint size,
                                                                 jlong milliseconds)
{
    mmio_error error;
    const mmio_status status = read_bytes(binding_map(env, self), offset, direct(env, target, from),
                                          size, milliseconds, &error);
    binding_check(env, status, &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_writeArray(JNIEnv *env, jobject self,
                                                                 jlong offset, jbyteArray source,
                                                                 jint from, jint size,
                                                                 jlong milliseconds)
{
    scratch s;
    if (!scratch_begin(&s, env, (size_t)size)) {
        return;
    }
    (*env)->GetByteArrayRegion(env, source, from, size, s.data);
    write_bytes(env, self, offset, s.data, size, milliseconds);
    scratch_end(&s);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_writeDirect(JNIEnv *env, jobject self,
                                                                  jlong offset, jobject source,
                                                                  jint from, jint size,
                                                                  jlong milliseconds)
{
    write_bytes(env, self, offset, direct(env, source, from), size, milliseconds);
}
