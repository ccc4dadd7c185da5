/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__GNUC__) || defined(__clang__) || defined(__SANITIZE_THREAD__)
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#endif
#endif
