/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__GNUC__) && !defined(_WIN32)
#endif
