/* SPDX-License-Identifier: Apache-2.0 */
#if defined(__GNUC__)
#endif
