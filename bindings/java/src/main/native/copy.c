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

static jboolean read_bytes(JNIEnv *env, jobject self, jlong offset, void *target, jint size,
                           jboolean wait)
{
    mmio_error error;
    const mmio_status status = (wait ? mmio_map_read : mmio_map_try_read)(
        binding_map(env, self), (uint64_t)offset, target, (size_t)size, &error);
    return binding_check_busy(env, status, &error);
}

static jboolean write_bytes(JNIEnv *env, jobject self, jlong offset, const void *source, jint size,
                            jboolean wait)
{
    mmio_error error;
    const mmio_status status = (wait ? mmio_map_write : mmio_map_try_write)(
        binding_map(env, self), (uint64_t)offset, source, (size_t)size, &error);
    return binding_check_busy(env, status, &error);
}

static uint8_t *direct(JNIEnv *env, jobject buffer, jint from)
{
    uint8_t *data = (*env)->GetDirectBufferAddress(env, buffer);
    return data + from;
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_MmioMap_readArray(JNIEnv *env, jobject self,
                                                                    jlong offset, jbyteArray target,
                                                                    jint from, jint size,
                                                                    jboolean wait)
{
    scratch s;
    if (!scratch_begin(&s, env, (size_t)size)) {
        return JNI_FALSE;
    }
    const jboolean done = read_bytes(env, self, offset, s.data, size, wait);
    if (done) {
        (*env)->SetByteArrayRegion(env, target, from, size, s.data);
    }
    scratch_end(&s);
    return done;
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_MmioMap_readDirect(JNIEnv *env, jobject self,
                                                                     jlong offset, jobject target,
                                                                     jint from, jint size,
                                                                     jboolean wait)
{
    return read_bytes(env, self, offset, direct(env, target, from), size, wait);
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_MmioMap_writeArray(JNIEnv *env, jobject self,
                                                                     jlong offset,
                                                                     jbyteArray source, jint from,
                                                                     jint size, jboolean wait)
{
    scratch s;
    if (!scratch_begin(&s, env, (size_t)size)) {
        return JNI_FALSE;
    }
    (*env)->GetByteArrayRegion(env, source, from, size, s.data);
    const jboolean done = write_bytes(env, self, offset, s.data, size, wait);
    scratch_end(&s);
    return done;
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_MmioMap_writeDirect(JNIEnv *env, jobject self,
                                                                      jlong offset, jobject source,
                                                                      jint from, jint size,
                                                                      jboolean wait)
{
    return write_bytes(env, self, offset, direct(env, source, from), size, wait);
}
