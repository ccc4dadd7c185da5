// SPDX-License-Identifier: Apache-2.0
package io.github.libmmio;

import java.util.Locale;

/** One line of the conformance protocol: a verb, positional fields and {@code key=value} fields. */
final class Request {
    private final String[] fields;

    Request(String line) {
        fields = line.split("\t", -1);
    }

    /** A field; the verb is field 0. */
    String text(int index) {
        return fields[index];
    }

    /** A number of up to 64 bits, signed or not. */
    long number(int index) {
        String text = fields[index];
        return text.startsWith("-") ? Long.parseLong(text) : Long.parseUnsignedLong(text);
    }

    /** The length of an array. */
    int count(int index) {
        return Integer.parseInt(fields[index]);
    }

    byte[] bytes(int index) {
        return Hex.decode(fields[index]);
    }

    /** The value of a {@code key=value} field, or {@code null}. */
    String option(String key) {
        for (String field : fields) {
            if (field.startsWith(key + "=")) {
                return field.substring(key.length() + 1);
            }
        }
        return null;
    }

    /** A flush level, or {@code null} for a number, which Java's enum cannot express. */
    FlushLevel level(int index) {
        return Character.isDigit(fields[index].charAt(0))
                ? null
                : named(FlushLevel.class, fields[index]);
    }

    /** A flush policy, or {@code null} for a number. */
    FlushPolicy policy(int index) {
        return Character.isDigit(fields[index].charAt(0))
                ? null
                : named(FlushPolicy.class, fields[index]);
    }

    /** The number of fields. */
    int length() {
        return fields.length;
    }

    /** A guard, or {@code null} for a number. */
    FaultGuard guard(int index) {
        return Character.isDigit(fields[index].charAt(0))
                ? null
                : named(FaultGuard.class, fields[index]);
    }

    OpenOptions options() {
        OpenOptions.Builder builder = OpenOptions.builder();
        for (String field : fields) {
            int split = field.indexOf('=');
            if (split > 0) {
                set(builder, field.substring(0, split), field.substring(split + 1));
            }
        }
        return builder.build();
    }

    private static void set(OpenOptions.Builder builder, String key, String value) {
        switch (key) {
            case "mode":
                builder.mode(named(Mode.class, value));
                break;
            case "disposition":
                builder.disposition(named(Disposition.class, value));
                break;
            case "flags":
                setFlags(builder, value);
                break;
            case "size":
                builder.size(Long.parseUnsignedLong(value));
                break;
            case "reserve":
                builder.reserve(Long.parseUnsignedLong(value));
                break;
            case "permissions":
                builder.permissions(Integer.parseInt(value));
                break;
            case "on_fault":
                builder.onFault(named(OnFault.class, value));
                break;
            case "touch":
                builder.touch(named(Touch.class, value));
                break;
            default: // Not an option of opening.
                break;
        }
    }

    private static void setFlags(OpenOptions.Builder builder, String value) {
        for (String flag : value.split("\\+")) {
            if (Character.isDigit(flag.charAt(0))) {
                builder.flagBits(Integer.parseUnsignedInt(flag));
            } else {
                builder.flags(named(OpenFlag.class, flag));
            }
        }
    }

    private static <E extends Enum<E>> E named(Class<E> type, String name) {
        return Enum.valueOf(type, name.toUpperCase(Locale.ROOT));
    }
}
