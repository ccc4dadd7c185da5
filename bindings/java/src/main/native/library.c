/* SPDX-License-Identifier: Apache-2.0 */
#include "binding.h"
#include "io_github_libmmio_Mmio.h"

JNIEXPORT jint JNICALL Java_io_github_libmmio_Mmio_version(JNIEnv *env, jclass self)
{
    (void)env, (void)self;
    return (jint)mmio_version();
}

JNIEXPORT jstring JNICALL Java_io_github_libmmio_Mmio_versionString(JNIEnv *env, jclass self)
{
    (void)self;
    return (*env)->NewStringUTF(env, mmio_version_string());
}

JNIEXPORT jstring JNICALL Java_io_github_libmmio_Mmio_statusName(JNIEnv *env, jclass self,
                                                                 jint number)
{
    (void)self;
    const char *name = mmio_status_name(number);
    return name != NULL ? (*env)->NewStringUTF(env, name) : NULL;
}

JNIEXPORT jstring JNICALL Java_io_github_libmmio_Mmio_statusText(JNIEnv *env, jclass self,
                                                                 jint number)
{
    (void)self;
    return (*env)->NewStringUTF(env, mmio_status_text(number));
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_Mmio_statusIsRetryable(JNIEnv *env, jclass self,
                                                                         jint number)
{
    (void)env, (void)self;
    return mmio_status_is_retryable(number) != 0;
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_Mmio_pageSize(JNIEnv *env, jclass self)
{
    (void)env, (void)self;
    return (jlong)mmio_page_size();
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_Mmio_mapGranularity(JNIEnv *env, jclass self)
{
    (void)env, (void)self;
    return (jlong)mmio_map_granularity();
}

JNIEXPORT jlong JNICALL Java_io_github_libmmio_Mmio_maxSize(JNIEnv *env, jclass self)
{
    (void)env, (void)self;
    return (jlong)mmio_max_size();
}

JNIEXPORT jboolean JNICALL Java_io_github_libmmio_Mmio_has(JNIEnv *env, jclass self, jint number)
{
    (void)env, (void)self;
    return mmio_has((uint32_t)number) != 0;
}
