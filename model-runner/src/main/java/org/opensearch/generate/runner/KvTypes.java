// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner;

import org.opensearch.generate.runner.kernel.DataType;

/** How keys and values can be held, and what settings and statistics call that. */
public final class KvTypes {
    private KvTypes() {}

    /** The type called {@code bf16}, {@code int8} or {@code f32}; throws {@link IllegalArgumentException} for another name. */
    public static DataType of(String name) {
        return switch (name) {
            case "bf16" -> DataType.BF16;
            case "int8" -> DataType.I8;
            case "f32" -> DataType.F32;
            default -> throw new IllegalArgumentException("KV type must be bf16, int8 or f32, found " + name);
        };
    }

    /** What a type is called; throws {@link IllegalArgumentException} for one that cannot hold keys and values. */
    public static String name(DataType type) {
        return switch (type) {
            case BF16 -> "bf16";
            case I8 -> "int8";
            case F32 -> "f32";
            default -> throw new IllegalArgumentException("KV type must be BF16, I8 or F32, found " + type);
        };
    }
}
