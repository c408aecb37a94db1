// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import org.opensearch.generate.loader.MappedFile;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;

/**
 * A GGUF file, memory-mapped: its metadata and its tensors.
 *
 * @param path where it lies
 * @param bytes its length
 * @param metadata keys and values
 * @param tensors tensors by name, in the file's order
 */
public record GgufFile(Path path, long bytes, GgufMetadata metadata, Map<String, Tensor> tensors) {
    private static final long MAGIC = 0x46554747; // "GGUF", little-endian
    private static final int MAX_TENSORS = 1 << 16;
    private static final int MAX_NAME_BYTES = 256;
    private static final int MAX_DIMENSIONS = 4;
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final int MAX_ALIGNMENT = 1 << 20;
    /** A name's length, the number of dimensions, one dimension, the type and the offset. */
    private static final int SMALLEST_TENSOR_BYTES = 8 + 4 + 8 + 4 + 8;

    private record Description(String name, TensorType type, int rows, int columns, long offset, long at) {}

    /** Opens a file; the tensors' data stay valid until {@code arena} is closed. */
    public static GgufFile open(Path path, Arena arena) {
        MappedFile file = MappedFile.open(path, arena);
        GgufCursor cursor = new GgufCursor(file, 0);
        readVersion(cursor);
        int tensorCount = cursor.items(MAX_TENSORS, SMALLEST_TENSOR_BYTES, "number of tensors");
        int keyCount = GgufMetadata.readCount(cursor);
        GgufMetadata metadata = GgufMetadata.read(file, cursor, keyCount);
        OptionalInt parts = metadata.tryInteger("split.count", 0, Short.MAX_VALUE);
        if (parts.orElse(1) > 1) {
            throw metadata.wrong(
                    "split.count",
                    "is " + parts.getAsInt() + ": one part of a split model, wanted the whole in one file");
        }
        Map<String, Description> descriptions = new LinkedHashMap<>();
        for (int i = 0; i < tensorCount; i++) {
            Description description = readDescription(cursor, i);
            if (descriptions.putIfAbsent(description.name, description) != null) {
                throw cursor.wrong(description.at, "tensor " + description.name + " occurs twice");
            }
        }
        int alignment = alignment(metadata);
        long dataStart = Math.ceilDiv(cursor.at(), alignment) * (long) alignment;
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        descriptions.forEach((name, description) -> tensors.put(name, tensor(file, description, alignment, dataStart)));
        return new GgufFile(path, file.size(), metadata, tensors);
    }

    private static void readVersion(GgufCursor cursor) {
        long magic = cursor.u32("the magic number");
        if (magic != MAGIC) {
            throw cursor.wrong(0, String.format("wanted the magic number of GGUF, found 0x%08x", magic));
        }
        int version = cursor.i32("the version");
        if (version != 2 && version != 3) {
            int swapped = Integer.reverseBytes(version);
            String found =
                    swapped == 2 || swapped == 3 ? swapped + " in big-endian" : Integer.toUnsignedString(version);
            throw cursor.wrong(4, "wanted GGUF version 2 or 3 in little-endian, found version " + found);
        }
    }

    private static Description readDescription(GgufCursor cursor, int index) {
        long at = cursor.at();
        String name = cursor.string(MAX_NAME_BYTES, "name of tensor " + index);
        String what = "tensor " + name;
        long dimensionsAt = cursor.at();
        long dimensions = cursor.u32("number of dimensions of " + what);
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw cursor.wrong(
                    dimensionsAt, what + " has " + dimensions + " dimensions, wanted 1 to " + MAX_DIMENSIONS);
        }
        long[] shape = {1, 1};
        for (int i = 0; i < dimensions; i++) {
            long sizeAt = cursor.at();
            long size = cursor.count(Integer.MAX_VALUE, "dimension " + i + " of " + what);
            if (size < 1 || (i > 1 && size > 1)) {
                throw cursor.wrong(
                        sizeAt,
                        "dimension " + i + " of " + what + " is " + size + ", wanted "
                                + (i > 1 ? "1: no tensor of these architectures has more than two" : "at least 1"));
            }
            if (i < 2) {
                shape[i] = size;
            }
        }
        long typeAt = cursor.at();
        TensorType type = type(cursor, cursor.u32("type of " + what), typeAt, what);
        if (shape[0] % type.blockElements() != 0) {
            throw cursor.wrong(
                    typeAt,
                    what + " has rows of " + shape[0] + " elements, " + type + " wants a multiple of "
                            + type.blockElements());
        }
        return new Description(name, type, (int) shape[1], (int) shape[0], cursor.i64("offset of " + what), at);
    }

    private static TensorType type(GgufCursor cursor, long number, long at, String what) {
        for (TensorType type : TensorType.values()) {
            if (type.ggufId() == number) {
                return type;
            }
        }
        throw cursor.wrong(
                at, what + " has type " + GgufTypeNames.of(number) + ", which is not read; see docs/formats.md");
    }

    private static int alignment(GgufMetadata metadata) {
        String key = "general.alignment";
        int alignment = metadata.tryInteger(key, 1, MAX_ALIGNMENT).orElse(DEFAULT_ALIGNMENT);
        if (Integer.bitCount(alignment) != 1) {
            throw metadata.wrong(key, "is " + alignment + ", wanted a power of two");
        }
        return alignment;
    }

    private static Tensor tensor(MappedFile file, Description description, int alignment, long dataStart) {
        String what = "tensor " + description.name;
        if (description.offset % alignment != 0) {
            throw new ModelFileException(
                    file.path(),
                    description.at,
                    what + " begins at " + Long.toUnsignedString(description.offset) + ", wanted a multiple of "
                            + alignment);
        }
        long rowBytes = (long) description.columns / description.type.blockElements() * description.type.blockBytes();
        long left = file.size() - dataStart;
        // rowBytes is below 2^34 and rows below 2^31, so their product can overflow: divide instead.
        if (description.offset < 0
                || description.offset > left
                || description.rows > (left - description.offset) / rowBytes) {
            throw new ModelFileException(
                    file.path(),
                    description.at,
                    what + " has " + description.rows + " rows of " + rowBytes + " bytes at "
                            + Long.toUnsignedString(description.offset) + " of the data, which is "
                            + Math.max(0, left) + " bytes long");
        }
        return new Tensor(
                description.name,
                description.type,
                description.rows,
                description.columns,
                file.bytes().asSlice(dataStart + description.offset, description.rows * rowBytes));
    }
}
