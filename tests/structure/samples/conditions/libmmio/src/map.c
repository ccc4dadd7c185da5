/* SPDX-License-Identifier: Apache-2.0 */
#if defined(MMIO_ASSERTS) && defined(__linux__)
#elif defined(_MSC_VER)
#endif
#ifndef __APPLE__
#ifdef __FreeBSD__
#endif
#endif
#if MMIO_A_CONDITION_THAT_IS_TOO_LONG_FOR_ONE_LINE || MMIO_ANOTHER_CONDITION_OF_SUCH_LENGTH ||     \
    defined(__unix__)
#endif
#ifdef MAP_POPULATE
#endif
