/* SPDX-License-Identifier: Apache-2.0 */
#if defined(_WIN32) && !defined(MMIO_STATIC)
#endif
