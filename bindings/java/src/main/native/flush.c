/* SPDX-License-Identifier: Apache-2.0 */
#include "binding.h"
#include "io_github_libmmio_MmioMap.h"

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_flushAll(JNIEnv *env, jobject self,
                                                               jint level)
{
    mmio_error error;
    binding_check(env, mmio_map_flush(binding_map(env, self), (uint32_t)level, &error), &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_flushRange(JNIEnv *env, jobject self,
                                                                 jlong offset, jlong size,
                                                                 jint level)
{
    mmio_error error;
    const mmio_status status = mmio_map_flush_range(binding_map(env, self), (uint64_t)offset,
                                                    (uint64_t)size, (uint32_t)level, &error);
    binding_check(env, status, &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_rewriteLostPages(JNIEnv *env, jobject self,
                                                                       jint level)
{
    mmio_error error;
    const mmio_status status =
        mmio_map_rewrite_lost(binding_map(env, self), (uint32_t)level, &error);
    binding_check(env, status, &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_acknowledgeLoss(JNIEnv *env, jobject self)
{
    mmio_error error;
    binding_check(env, mmio_map_acknowledge_loss(binding_map(env, self), &error), &error);
}

JNIEXPORT void JNICALL Java_io_github_libmmio_MmioMap_choosePolicy(JNIEnv *env, jobject self,
                                                                   jint policy, jlong amount)
{
    mmio_error error;
    const mmio_status status =
        mmio_map_set_policy(binding_map(env, self), (uint32_t)policy, (uint64_t)amount, &error);
    binding_check(env, status, &error);
}
