// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

/**
 * How to open a map. Immutable.
 *
 * <p>Everything not said is the library's default: an existing file, {@link Mode#RO}; {@link
 * Mode#RW} where a file may be created or there is none.
 */
public final class OpenOptions {
    static final OpenOptions DEFAULT = builder().build();

    private final int mode;
    private final int disposition;
    private final int flags;
    private final long size;
    private final long reserve;
    private final int permissions;
    private final int touch;
    private final int onFault;

    private OpenOptions(Builder builder) {
        mode = builder.mode;
        disposition = builder.disposition;
        flags = builder.flags;
        size = builder.size;
        reserve = builder.reserve;
        permissions = builder.permissions;
        touch = builder.touch;
        onFault = builder.onFault;
    }

    /**
     * Options to be said one by one.
     *
     * @return a builder in which nothing is said
     */
    public static Builder builder() {
        return new Builder();
    }

    /** In the order in which the native code reads them. */
    long[] toNative() {
        return new long[] {mode, disposition, flags, size, reserve, permissions, touch, onFault};
    }

    /** Gathers options. Not for several threads at once. */
    public static final class Builder {
        private int mode;
        private int disposition;
        private int flags;
        private long size;
        private long reserve;
        private int permissions;
        private int touch;
        private int onFault;

        private Builder() {}

        /**
         * How the map shares its bytes.
         *
         * @param mode the mode
         * @return this
         */
        public Builder mode(Mode mode) {
            this.mode = mode.number;
            return this;
        }

        /**
         * Whether the file may or must be created.
         *
         * @param disposition the disposition
         * @return this
         */
        public Builder disposition(Disposition disposition) {
            this.disposition = disposition.number;
            return this;
        }

        /**
         * Adds flags to those said already.
         *
         * @param flags the flags
         * @return this
         */
        public Builder flags(OpenFlag... flags) {
            for (OpenFlag flag : flags) {
                this.flags |= flag.bit;
            }
            return this;
        }

        /**
         * Adds flags that may be newer than this package.
         *
         * @param bits flags, as the C library's bits; opening refuses unknown ones
         * @return this
         */
        public Builder flagBits(int bits) {
            this.flags |= bits;
            return this;
        }

        /**
         * Size of a created file.
         *
         * @param size 1 to {@link Mmio#maxSize()} bytes
         * @return this
         */
        public Builder size(long size) {
            this.size = size;
            return this;
        }

        /**
         * Address space to set aside, up to which growth does not move the map.
         *
         * @param reserve bytes; 0: about four times the size, at least 64 MiB
         * @return this
         */
        public Builder reserve(long reserve) {
            this.reserve = reserve;
            return this;
        }

        /**
         * Permission bits of a created file, less the umask.
         *
         * @param permissions bits as of {@code chmod}, such as 0644; 0: 0600
         * @return this
         */
        public Builder permissions(int permissions) {
            this.permissions = permissions;
            return this;
        }

        /**
         * When pages are read in.
         *
         * @param touch the hint
         * @return this
         */
        public Builder touch(Touch touch) {
            this.touch = touch.number;
            return this;
        }

        /**
         * What becomes of accesses to bytes that are gone, other than by the library's calls.
         *
         * @param onFault what becomes of them
         * @return this
         */
        public Builder onFault(OnFault onFault) {
            this.onFault = onFault.number;
            return this;
        }

        /**
         * The options said so far.
         *
         * @return options that later calls on this builder do not change
         */
        public OpenOptions build() {
            return new OpenOptions(this);
        }
    }
}
