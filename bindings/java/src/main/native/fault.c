/* SPDX-License-Identifier: Apache-2.0 */
#include "binding.h"
#include "io_github_libmmio_GuardChoice.h"
#include "io_github_libmmio_MmioMap.h"

JNIEXPORT void JNICALL Java_io_github_libmmio_GuardChoice_set(JNIEnv *env, jclass self, jint number)
{
    (void)self;
    mmio_error error;
    binding_check(env, mmio_fault_guard((uint32_t)number, &error), &error);
}

JNIEXPORT jint JNICALL Java_io_github_libmmio_GuardChoice_now(JNIEnv *env, jclass self)
{
    (void)env, (void)self;
    return (jint)mmio_fault_guard_now();
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_checkFaults(JNIEnv *env, jobject self)
{
    mmio_error error;
    binding_check(env, mmio_map_check_faults(binding_map(env, self), &error), &error);
}
