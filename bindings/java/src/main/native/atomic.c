/* SPDX-License-Identifier: Apache-2.0 */
#include "binding.h"
#include "io_github_libmmio_MmioMap.h"

#define METHOD(name) JNICALL Java_io_github_libmmio_MmioMap_##name

/* Two bodies serve both widths: Java's values are signed, the library's are not. */

#define LOAD(method, function, java, cell)                                                         \
    JNIEXPORT java METHOD(method)(JNIEnv * env, jobject self, jlong offset)                        \
    {                                                                                              \
        cell value;                                                                                \
        mmio_error error;                                                                          \
        binding_check(env, function(binding_map(env, self), (uint64_t)offset, &value, &error),     \
                      &error);                                                                     \
        return (java)value;                                                                        \
    }

#define STORE(method, function, java, cell)                                                        \
    JNIEXPORT void METHOD(method)(JNIEnv * env, jobject self, jlong offset, java value)            \
    {                                                                                              \
        mmio_error error;                                                                          \
        binding_check(                                                                             \
            env, function(binding_map(env, self), (uint64_t)offset, (cell)value, &error), &error); \
    }

#define UPDATE(method, function, java, cell)                                                       \
    JNIEXPORT java METHOD(method)(JNIEnv * env, jobject self, jlong offset, java value)            \
    {                                                                                              \
        cell before;                                                                               \
        mmio_error error;                                                                          \
        binding_check(                                                                             \
            env, function(binding_map(env, self), (uint64_t)offset, (cell)value, &before, &error), \
            &error);                                                                               \
        return (java)before;                                                                       \
    }

#define COMPARE_EXCHANGE(method, function, java, cell)                                             \
    JNIEXPORT java METHOD(method)(JNIEnv * env, jobject self, jlong offset, java expected,         \
                                  java desired)                                                    \
    {                                                                                              \
        cell before;                                                                               \
        mmio_error error;                                                                          \
        binding_check(env,                                                                         \
                      function(binding_map(env, self), (uint64_t)offset, (cell)expected,           \
                               (cell)desired, &before, &error),                                    \
                      &error);                                                                     \
        return (java)before;                                                                       \
    }

LOAD(loadInt, mmio_atomic_u32_load, jint, uint32_t)
STORE(storeInt, mmio_atomic_u32_store, jint, uint32_t)
UPDATE(getAndSetInt, mmio_atomic_u32_exchange, jint, uint32_t)
COMPARE_EXCHANGE(compareAndExchangeInt, mmio_atomic_u32_compare_exchange, jint, uint32_t)
UPDATE(getAndAddInt, mmio_atomic_u32_add, jint, uint32_t)
UPDATE(getAndSubtractInt, mmio_atomic_u32_sub, jint, uint32_t)
UPDATE(getAndBitwiseAndInt, mmio_atomic_u32_and, jint, uint32_t)
UPDATE(getAndBitwiseOrInt, mmio_atomic_u32_or, jint, uint32_t)
UPDATE(getAndBitwiseXorInt, mmio_atomic_u32_xor, jint, uint32_t)

LOAD(loadLong, mmio_atomic_u64_load, jlong, uint64_t)
STORE(storeLong, mmio_atomic_u64_store, jlong, uint64_t)
UPDATE(getAndSetLong, mmio_atomic_u64_exchange, jlong, uint64_t)
COMPARE_EXCHANGE(compareAndExchangeLong, mmio_atomic_u64_compare_exchange, jlong, uint64_t)
UPDATE(getAndAddLong, mmio_atomic_u64_add, jlong, uint64_t)
UPDATE(getAndSubtractLong, mmio_atomic_u64_sub, jlong, uint64_t)
UPDATE(getAndBitwiseAndLong, mmio_atomic_u64_and, jlong, uint64_t)
UPDATE(getAndBitwiseOrLong, mmio_atomic_u64_or, jlong, uint64_t)
UPDATE(getAndBitwiseXorLong, mmio_atomic_u64_xor, jlong, uint64_t)
