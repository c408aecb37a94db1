// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.opensearch.generate.loader.MappedFile;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;

/**
 * One safetensors file, memory-mapped: 8 bytes of length, a JSON header of that length, then the data, which the tensors cover
 * without a gap or an overlap.
 */
final class SafetensorsFile {
    private static final int MAX_HEADER_BYTES = 1 << 24;
    private static final int LENGTH_BYTES = Long.BYTES;

    private record Range(String name, long begin, long end) {}

    private final MappedFile file;
    private final JsonObject header;
    private final long dataStart;

    private SafetensorsFile(MappedFile file, JsonObject header, long dataStart) {
        this.file = file;
        this.header = header;
        this.dataStart = dataStart;
    }

    static SafetensorsFile open(Path path, Arena arena) {
        MappedFile file = MappedFile.open(path, arena);
        if (file.size() < LENGTH_BYTES) {
            throw new ModelFileException(path, 0, "wanted 8 bytes of header length, found " + file.size());
        }
        long length = file.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN), 0);
        long most = Math.min(MAX_HEADER_BYTES, file.size() - LENGTH_BYTES);
        if (length < 2 || length > most) {
            throw new ModelFileException(
                    path, 0, "header length is " + Long.toUnsignedString(length) + ", wanted 2 to " + most);
        }
        byte[] json = file.bytes().asSlice(LENGTH_BYTES, length).toArray(ValueLayout.JAVA_BYTE);
        JsonObject header = JsonFile.parse(path, LENGTH_BYTES, json);
        SafetensorsFile opened = new SafetensorsFile(file, header, LENGTH_BYTES + length);
        opened.checkRanges();
        return opened;
    }

    /** Length of the file. */
    long bytes() {
        return file.size();
    }

    /** Names as they stand in the file. */
    List<String> names() {
        return header.keys().stream()
                .filter(name -> !name.equals("__metadata__"))
                .toList();
    }

    boolean has(String name) {
        return header.isObject(name);
    }

    private void checkRanges() {
        List<Range> ranges = new ArrayList<>();
        for (String name : names()) {
            long[] offsets = header.object(name).sizes("data_offsets");
            if (offsets.length != 2 || offsets[0] > offsets[1]) {
                throw wrong(name, "wanted two ascending data_offsets");
            }
            ranges.add(new Range(name, offsets[0], offsets[1]));
        }
        ranges.sort(Comparator.comparingLong(Range::begin).thenComparingLong(Range::end));
        long at = 0;
        for (Range range : ranges) {
            if (range.begin != at) {
                throw wrong(
                        range.name,
                        "begins at " + range.begin + " of the data, wanted " + at + ", where the one before ends");
            }
            at = range.end;
        }
        long dataBytes = file.size() - dataStart;
        if (at != dataBytes) {
            throw new ModelFileException(
                    file.path(), dataStart, "tensors cover " + at + " bytes of data, the file has " + dataBytes);
        }
    }

    /** A tensor under another name. */
    Tensor tensor(String name, String canonicalName) {
        JsonObject description = header.object(name);
        TensorType type = type(name, description.string("dtype"));
        long[] shape = description.sizes("shape");
        if (shape.length < 1 || shape.length > 2) {
            throw wrong(name, "has " + shape.length + " dimensions, wanted 1 or 2");
        }
        long rows = shape.length == 1 ? 1 : shape[0];
        long columns = shape[shape.length - 1];
        if (rows < 1 || columns < 1 || rows > Integer.MAX_VALUE || columns > Integer.MAX_VALUE) {
            throw wrong(name, "is " + rows + " x " + columns + ", wanted sizes from 1 to " + Integer.MAX_VALUE);
        }
        long[] offsets = description.sizes("data_offsets");
        long wanted = rows * columns; // below 2^62
        if ((offsets[1] - offsets[0]) / type.blockBytes() != wanted
                || (offsets[1] - offsets[0]) % type.blockBytes() != 0) {
            throw wrong(
                    name, "of " + rows + " x " + columns + " " + type + " has " + (offsets[1] - offsets[0]) + " bytes");
        }
        return new Tensor(
                canonicalName,
                type,
                (int) rows,
                (int) columns,
                file.bytes().asSlice(dataStart + offsets[0], offsets[1] - offsets[0]));
    }

    private TensorType type(String name, String dtype) {
        return switch (dtype) {
            case "F32" -> TensorType.F32;
            case "F16" -> TensorType.F16;
            case "BF16" -> TensorType.BF16;
            default -> throw wrong(name, "is " + dtype + ", wanted F32, F16 or BF16");
        };
    }

    ModelFileException wrong(String name, String problem) {
        return new ModelFileException(file.path(), LENGTH_BYTES, "tensor " + name + " " + problem);
    }
}
