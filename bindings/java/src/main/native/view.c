/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "binding.h"
#include "io_github_libmmio_MmioMap.h"
#include "io_github_libmmio_View.h"
#include "io_github_libmmio_Walk.h"

/* A view as Java holds it: View.NUMBERS numbers. */

static void view_to_java(JNIEnv *env, const mmio_view *view, jlongArray numbers)
{
    const jlong n[io_github_libmmio_View_NUMBERS] = {
        binding_to_java(view->data),
        (jlong)view->size,
        (jlong)view->pin[0],
        (jlong)view->pin[1],
    };
    (*env)->SetLongArrayRegion(env, numbers, 0, io_github_libmmio_View_NUMBERS, n);
}

static mmio_view view_from_java(JNIEnv *env, jlongArray numbers)
{
    jlong n[io_github_libmmio_View_NUMBERS];
    (*env)->GetLongArrayRegion(env, numbers, 0, io_github_libmmio_View_NUMBERS, n);
    return (mmio_view){
        .data = binding_from_java(n[0]),
        .size = (uint64_t)n[1],
        .pin = {(uint64_t)n[2], (uint64_t)n[3]},
    };
}

static uint32_t flags_of(jboolean writable)
{
    return writable ? MMIO_VIEW_WRITE : 0;
}

/* Buffers. */

/* JVMs before 21 take the low 32 bits of a size that is too large, without a word. */
static bool fits_buffer(JNIEnv *env, jlong size)
{
    if (size >= 0 && size <= INT32_MAX) {
        return true;
    }
    char message[80];
    snprintf(message, sizeof message, "a ByteBuffer spans at most %d bytes, not %lld", INT32_MAX,
             (long long)size);
    binding_throw_new(env, "java/lang/IllegalArgumentException", message);
    return false;
}

static jobject new_buffer(JNIEnv *env, void *data, jlong size)
{
    static char nothing; /* A buffer needs an address even for no bytes. */
    return (*env)->NewDirectByteBuffer(env, size != 0 ? data : &nothing, size);
}

JNIEXPORT jobject JNICALL Java_io_github_libmmio_View_wrap(JNIEnv *env, jclass self, jlong address,
                                                           jlong size)
{
    (void)self;
    return fits_buffer(env, size) ? new_buffer(env, binding_from_java(address), size) : NULL;
}

JNIEXPORT jobject JNICALL Java_io_github_libmmio_MmioMap_acquireBuffer(JNIEnv *env, jobject self,
                                                                       jlong offset, jlong size,
                                                                       jlongArray numbers)
{
    if (!fits_buffer(env, size)) {
        return NULL;
    }
    mmio_view view;
    mmio_error error;
    if (mmio_view_acquire(binding_map(env, self), (uint64_t)offset, (uint64_t)size, 0, &view,
                          &error) != MMIO_OK) {
        binding_throw(env, &error);
        return NULL;
    }
    jobject buffer = new_buffer(env, view.data, size);
    if (buffer == NULL) {
        mmio_view_release(&view);
    } else {
        view_to_java(env, &view, numbers);
    }
    return buffer;
}

/* Views. */

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_acquire(JNIEnv *env, jobject self,
                                                              jlong offset, jlong size,
                                                              jboolean writable, jlongArray numbers)
{
    mmio_view view;
    mmio_error error;
    const mmio_status status = mmio_view_acquire(binding_map(env, self), (uint64_t)offset,
                                                 (uint64_t)size, flags_of(writable), &view, &error);
    binding_check(env, status, &error);
    if (status == MMIO_OK) {
        view_to_java(env, &view, numbers);
    }
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_acquireCells(JNIEnv *env, jobject self,
                                                                   jlong offset, jlong count,
                                                                   jint cell_size,
                                                                   jlongArray numbers)
{
    mmio_view view;
    mmio_error error;
    const mmio_status status =
        mmio_atomic_acquire(binding_map(env, self), (uint64_t)offset, (uint64_t)count,
                            (uint32_t)cell_size, &view, &error);
    binding_check(env, status, &error);
    if (status == MMIO_OK) {
        view_to_java(env, &view, numbers);
    }
}

JNIEXPORT void JNICALL Java_io_github_libmmio_View_release(JNIEnv *env, jclass self,
                                                           jlongArray numbers)
{
    (void)self;
    mmio_view view = view_from_java(env, numbers);
    mmio_view_release(&view);
}

/* Walks. */

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_beginWalk(JNIEnv *env, jobject self,
                                                                 jlong chunk_size,
                                                                 jboolean writable,
                                                                 jlongArray numbers)
{
    mmio_walk *walk = malloc(sizeof *walk);
    if (walk == NULL) {
        binding_throw_new(env, "java/lang/OutOfMemoryError", "no memory for a walk");
        return 0;
    }
    mmio_error error;
    if (mmio_walk_begin(binding_map(env, self), (uint64_t)chunk_size, flags_of(writable), walk,
                        &error) != MMIO_OK) {
        free(walk);
        binding_throw(env, &error);
        return 0;
    }
    const jlong n[] = {binding_to_java(walk->view.data), (jlong)walk->chunk_count};
    (*env)->SetLongArrayRegion(env, numbers, 0, sizeof n / sizeof n[0], n);
    return binding_to_java(walk);
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_Walk_next(JNIEnv *env, jclass self, jlong walk)
{
    (void)env, (void)self;
    void *data;
    uint64_t size;
    mmio_walk_next(binding_from_java(walk), &data, &size);
    return (jlong)size;
}

JNIEXPORT void JNICALL Java_io_github_libmmio_Walk_end(JNIEnv *env, jclass self, jlong walk)
{
    (void)env, (void)self;
    mmio_walk *ended = binding_from_java(walk);
    mmio_walk_end(ended);
    free(ended);
}
