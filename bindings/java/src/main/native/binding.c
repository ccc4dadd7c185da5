/* SPDX-License-Identifier: Apache-2.0 */
#include "binding.h"

#include <string.h>

#include "io_github_libmmio_MmioMap.h"

#define PACKAGE "io/github/libmmio/"

/* Set while the library is loaded, or a class is initialized, and only read from then on. */
static jclass failures_class;
static jmethodID failures_of;
static jfieldID map_handle;

/* Failures initializes no other class, so looking it up while classes are being initialized on
 * several threads cannot deadlock. */
JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *vm, void *reserved)
{
    (void)reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) != JNI_OK) {
        return JNI_ERR;
    }
    jclass found = (*env)->FindClass(env, PACKAGE "Failures");
    if (found == NULL) {
        return JNI_ERR;
    }
    failures_class = (*env)->NewGlobalRef(env, found);
    failures_of = (*env)->GetStaticMethodID(env, found, "of", "(IIJJJJI[B)Ljava/lang/Exception;");
    return failures_class != NULL && failures_of != NULL ? JNI_VERSION_10 : JNI_ERR;
}

JNIEXPORT void JNICALL JNI_OnUnload(JavaVM *vm, void *reserved)
{
    (void)reserved;
    JNIEnv *env;
    if ((*vm)->GetEnv(vm, (void **)&env, JNI_VERSION_10) == JNI_OK) {
        (*env)->DeleteGlobalRef(env, failures_class);
    }
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_initialize(JNIEnv *env, jclass map_class)
{
    map_handle = (*env)->GetFieldID(env, map_class, "handle", "J");
}

mmio_map *binding_map(JNIEnv *env, jobject self)
{
    return binding_from_java((*env)->GetLongField(env, self, map_handle));
}

void binding_throw(JNIEnv *env, const mmio_error *error)
{
    const jsize length = (jsize)strlen(error->message);
    jbyteArray message = (*env)->NewByteArray(env, length);
    if (message == NULL) {
        return; /* OutOfMemoryError is pending. */
    }
    (*env)->SetByteArrayRegion(env, message, 0, length, (const jbyte *)error->message);
    jobject failure = (*env)->CallStaticObjectMethod(
        env, failures_class, failures_of, (jint)error->status, (jint)error->os_code,
        (jlong)error->offset, (jlong)error->size, (jlong)error->limit, (jlong)error->done,
        (jint)error->cause, message);
    if (!(*env)->ExceptionCheck(env)) {
        (*env)->Throw(env, failure);
    }
}

void binding_check(JNIEnv *env, mmio_status status, const mmio_error *error)
{
    if (status != MMIO_OK) {
        binding_throw(env, error);
    }
}

jboolean binding_check_busy(JNIEnv *env, mmio_status status, const mmio_error *error)
{
    if (status != MMIO_ERR_BUSY) {
        binding_check(env, status, error);
    }
    return status == MMIO_OK;
}

void binding_throw_new(JNIEnv *env, const char *class_name, const char *message)
{
    jclass found = (*env)->FindClass(env, class_name);
    if (found != NULL) {
        (*env)->ThrowNew(env, found, message);
    }
}
