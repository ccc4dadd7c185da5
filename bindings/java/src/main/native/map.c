/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "binding.h"
#include "io_github_libmmio_MmioMap.h"

/* Options. */

/* Read the numbers that OpenOptions.toNative() wrote. */
static mmio_open_options options_of(JNIEnv *env, jlongArray numbers)
{
    jlong n[8];
    (*env)->GetLongArrayRegion(env, numbers, 0, 8, n);
    return (mmio_open_options){
        .struct_size = sizeof(mmio_open_options),
        .mode = (uint32_t)n[0],
        .disposition = (uint32_t)n[1],
        .flags = (uint32_t)n[2],
        .size = (uint64_t)n[3],
        .reserve = (uint64_t)n[4],
        .permissions = (uint32_t)n[5],
        .touch = (uint32_t)n[6],
        .on_fault = (uint32_t)n[7],
    };
}

/* Opening. */

static jlong opened(JNIEnv *env, mmio_status status, mmio_map *map, const mmio_error *error)
{
    binding_check(env, status, error);
    return binding_to_java(map);
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_openPath(JNIEnv *env, jclass self,
                                                                jbyteArray path, jlongArray numbers)
{
    (void)self;
    const mmio_open_options options = options_of(env, numbers);
    jbyte *bytes = (*env)->GetByteArrayElements(env, path, NULL);
    if (bytes == NULL) {
        return 0; /* OutOfMemoryError is pending. */
    }
    mmio_map *map;
    mmio_error error;
    const mmio_status status = mmio_map_open((const char *)bytes, &options, &map, &error);
    (*env)->ReleaseByteArrayElements(env, path, bytes, JNI_ABORT);
    return opened(env, status, map, &error);
}

/* Where a java.io.FileDescriptor has its number: in a private field, which JNI users have always
 * gone to for want of a public method. NULL if there is none, with an exception pending. */
static jfieldID descriptor_field(JNIEnv *env, jobject file)
{
    return (*env)->GetFieldID(env, (*env)->GetObjectClass(env, file), "fd", "I");
}

/* -1 with an exception pending if there is no number. */
static int descriptor_of(JNIEnv *env, jobject file)
{
    const jfieldID field = descriptor_field(env, file);
    return field != NULL ? (*env)->GetIntField(env, file, field) : -1;
}

/* The library owns what it is given, and Java goes on owning the original. */
static int duplicate(JNIEnv *env, int descriptor)
{
    const int copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        mmio_error error = {.os_code = errno};
        error.status = errno == EMFILE ? MMIO_ERR_LIMIT : MMIO_ERR_IO;
        snprintf(error.message, sizeof error.message, "duplicate descriptor %d: %s", descriptor,
                 strerror(error.os_code));
        binding_throw(env, &error);
    }
    return copy;
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_openDescriptor(JNIEnv *env, jclass self,
                                                                      jobject file,
                                                                      jbyteArray label,
                                                                      jlongArray numbers)
{
    (void)self;
    const mmio_open_options options = options_of(env, numbers);
    const int original = descriptor_of(env, file);
    if ((*env)->ExceptionCheck(env)) {
        return 0;
    }
    const int handle = duplicate(env, original);
    if (handle < 0) {
        return 0;
    }
    jbyte *bytes = (*env)->GetByteArrayElements(env, label, NULL);
    if (bytes == NULL) {
        close(handle);
        return 0; /* OutOfMemoryError is pending. */
    }
    mmio_map *map;
    mmio_error error;
    const mmio_status status =
        mmio_map_from_handle(handle, (const char *)bytes, &options, &map, &error);
    (*env)->ReleaseByteArrayElements(env, label, bytes, JNI_ABORT);
    if (status != MMIO_OK) {
        close(handle);
    }
    return opened(env, status, map, &error);
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_openAnonymous(JNIEnv *env, jclass self,
                                                                     jlong size, jlongArray numbers)
{
    (void)self;
    const mmio_open_options options = options_of(env, numbers);
    mmio_map *map;
    mmio_error error;
    const mmio_status status = mmio_map_anonymous((uint64_t)size, &options, &map, &error);
    return opened(env, status, map, &error);
}

/* Closing. */

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_close(JNIEnv *env, jobject self)
{
    mmio_error error;
    binding_check(env, mmio_map_shutdown(binding_map(env, self), &error), &error);
}

/* A FileDescriptor that holds no number yet; NULL with an exception pending. */
static jobject new_descriptor(JNIEnv *env)
{
    jclass file_class = (*env)->FindClass(env, "java/io/FileDescriptor");
    if (file_class == NULL) {
        return NULL;
    }
    jmethodID constructor = (*env)->GetMethodID(env, file_class, "<init>", "()V");
    return constructor != NULL ? (*env)->NewObject(env, file_class, constructor) : NULL;
}

JNIEXPORT jobject JNICALL Java_io_github_libmmio_MmioMap_intoDescriptor(JNIEnv *env, jobject self)
{
    /* All that can fail in Java comes first: afterwards the descriptor would have no owner. */
    jobject file = new_descriptor(env);
    const jfieldID field = file != NULL ? descriptor_field(env, file) : NULL;
    if (field == NULL) {
        return NULL;
    }
    intptr_t handle;
    mmio_error error;
    const mmio_status status = mmio_map_into_handle(binding_map(env, self), &handle, &error);
    if (status != MMIO_OK) {
        binding_throw(env, &error);
        return NULL;
    }
    (*env)->SetIntField(env, file, field, (jint)handle);
    return file;
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_free(JNIEnv *env, jclass self, jlong handle)
{
    (void)env, (void)self;
    mmio_map_close(binding_from_java(handle));
}

/* Looking at a map. */

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_size(JNIEnv *env, jobject self)
{
    return (jlong)mmio_map_size(binding_map(env, self));
}

JNIEXPORT jint JNICALL Java_io_github_libmmio_MmioMap_modeNumber(JNIEnv *env, jobject self)
{
    return (jint)mmio_map_mode(binding_map(env, self));
}

JNIEXPORT jbyteArray JNICALL Java_io_github_libmmio_MmioMap_path(JNIEnv *env, jobject self)
{
    const char *path = mmio_map_path(binding_map(env, self));
    const jsize length = (jsize)strlen(path);
    jbyteArray bytes = (*env)->NewByteArray(env, length);
    if (bytes != NULL) {
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)path);
    }
    return bytes;
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_pending(JNIEnv *env, jobject self)
{
    return (jlong)mmio_map_pending(binding_map(env, self));
}

/* Write the numbers that the constructor of MapInfo reads. */
JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_inspect(JNIEnv *env, jobject self,
                                                              jlongArray numbers)
{
    mmio_map_info info = {.struct_size = sizeof info};
    mmio_error error;
    if (mmio_map_get_info(binding_map(env, self), &info, &error) != MMIO_OK) {
        binding_throw(env, &error);
        return;
    }
    const jlong n[] = {
        info.mode,           info.kind,           info.holders, (jlong)info.size,
        (jlong)info.reserve, (jlong)info.pending, info.handle,  (jlong)info.views,
        (jlong)info.faults,  info.lost_code,
    };
    (*env)->SetLongArrayRegion(env, numbers, 0, sizeof n / sizeof n[0], n);
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_address(JNIEnv *env, jobject self)
{
    const void *data;
    mmio_error error;
    binding_check(env, mmio_map_data(binding_map(env, self), &data, &error), &error);
    return binding_to_java(data);
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_MmioMap_writableAddress(JNIEnv *env, jobject self)
{
    void *data;
    mmio_error error;
    binding_check(env, mmio_map_data_mut(binding_map(env, self), &data, &error), &error);
    return binding_to_java(data);
}

/* Resizing. */

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_resizeWithin(JNIEnv *env, jobject self,
                                                                   jlong new_size,
                                                                   jlong milliseconds)
{
    mmio_error error;
    const mmio_status status =
        mmio_map_resize(binding_map(env, self), (uint64_t)new_size, milliseconds, &error);
    binding_check(env, status, &error);
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_MmioMap_tryResize(JNIEnv *env, jobject self,
                                                                    jlong new_size)
{
    mmio_error error;
    const mmio_status status =
        mmio_map_resize(binding_map(env, self), (uint64_t)new_size, 0, &error);
    return binding_check_busy(env, status, &error);
}
