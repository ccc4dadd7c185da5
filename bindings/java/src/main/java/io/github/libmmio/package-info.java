// SPDX-License-Identifier: Apache-2.0

/**
 * Memory-mapped files through libmmio.
 *
 * <p>{@link io.github.libmmio.MmioMap} is a mapped file, or mapped memory without one. Said once
 * here, for all of the package:
 *
 * <ul>
 *   <li>Offsets and sizes are bytes. A range of size 0 is accepted at any offset and does nothing.
 *       Any other range must lie within the map's present size; nothing is ever clamped. A negative
 *       number counts as one above the largest size.
 *   <li>Any thread may call anything, at the same time, on the same object. A thread that waits
 *       inside a call cannot be interrupted.
 *   <li>Every failure that the C library reports is an exception that is a {@link
 *       io.github.libmmio.MmioFailure}: {@link io.github.libmmio.MmioException}, an {@code
 *       IOException}, for what the system or others did; an unchecked one where the call itself is
 *       wrong. A {@code null} argument is a {@code NullPointerException}.
 *   <li>A closed object may be called: it answers {@link io.github.libmmio.Status#CLOSED}.
 *   <li>If bytes vanish from under a map, because others cut its file or fill the disk, a call that
 *       meets them throws {@link io.github.libmmio.MmioFaultException}, and other accesses by Java
 *       or native code read zeros from maps for reading: see {@link io.github.libmmio.OnFault}.
 *       Where nothing takes their place, Java code gets the JVM's {@code InternalError}, and native
 *       code ends the JVM.
 * </ul>
 */
package io.github.libmmio;
