/* SPDX-License-Identifier: Apache-2.0 */
/* What all files of the JNI library share. */
#ifndef MMIO_BINDING_H
#define MMIO_BINDING_H

#include <jni.h>
#include <mmio.h>

/* The C handle of an MmioMap. The JVM keeps `self` reachable for as long as the native method runs,
 * and so the handle alive. */
mmio_map *binding_map(JNIEnv *env, jobject self);

/* Throw the exception that a failure is. */
void binding_throw(JNIEnv *env, const mmio_error *error);

/* Throw unless `status` is MMIO_OK. */
void binding_check(JNIEnv *env, mmio_status status, const mmio_error *error);

/* For calls that do not wait: false if BUSY, and as binding_check() otherwise. */
jboolean binding_check_busy(JNIEnv *env, mmio_status status, const mmio_error *error);

/* Throw an exception that is not the C library's. */
void binding_throw_new(JNIEnv *env, const char *class_name, const char *message);

/* A pointer as Java holds it, and back. */
static inline jlong binding_to_java(const void *pointer)
{
    return (jlong)(intptr_t)pointer;
}

static inline void *binding_from_java(jlong number)
{
    return (void *)(intptr_t)number;
}

#endif
