// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.CRC32C;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * The head of a file of packed weights: what the file was made from and where each buffer lies.
 * <p>Layout, big-endian: {@link #MAGIC}, version, length of what follows and its CRC-32C; the model's path, its fingerprint, the
 * length of the data, the matrices, a CRC-32C for each section of the data. The data follow from a multiple of {@link
 * #SECTION_BYTES} on, each buffer from a multiple of {@link #ALIGNMENT} on, in the byte order of the machine (which is part of
 * the fingerprint). What lies between head and data, a hole, is not looked at.
 *
 * @param model the absolute path of the model it was made from
 * @param fingerprint see {@link ModelFingerprint}
 * @param dataBytes length of the data
 * @param matrices what it holds
 * @param checksums CRC-32C of each section of the data
 */
record WeightHeader(String model, String fingerprint, long dataBytes, List<Entry> matrices, List<Integer> checksums) {
    /** Version of this format; the path stays the first thing in all of them. */
    static final int VERSION = 1;

    /** Bytes under one checksum; the last section may be shorter. A multiple of a huge page. */
    static final int SECTION_BYTES = 4 << 20;

    private static final int ALIGNMENT = 64;
    private static final long MAGIC = 0x67656e5061636b00L; // "genPack", 0
    private static final int PREAMBLE_BYTES = Long.BYTES + 3 * Integer.BYTES;
    private static final int MOST_BYTES = 64 << 20;

    /** A buffer without its bytes. */
    record BufferShape(String what, DataType type, long rows, long columns) {
        static BufferShape of(Buffer buffer) {
            return new BufferShape(buffer.what(), buffer.type(), buffer.rows(), buffer.columns());
        }

        long bytes() {
            return rows * columns * type.bytes();
        }
    }

    /** A matrix without its bytes. */
    record MatrixShape(String name, int rows, int columns, int bits, int group, int zero, List<BufferShape> buffers) {
        static MatrixShape of(PackedMatrix matrix) {
            return new MatrixShape(
                    matrix.name(),
                    matrix.rows(),
                    matrix.columns(),
                    matrix.bits(),
                    matrix.group(),
                    matrix.zero(),
                    matrix.buffers().stream().map(BufferShape::of).toList());
        }
    }

    /**
     * A matrix and where it is.
     *
     * @param shape the matrix
     * @param offsets where each of its buffers begins, from the begin of the data
     */
    record Entry(MatrixShape shape, List<Long> offsets) {}

    /** A file that cannot be used, with the reason. */
    static final class UnusableException extends IOException {
        private static final long serialVersionUID = 1;

        UnusableException(String why) {
            super(why);
        }
    }

    /** Lays out the matrices; all checksums are 0. */
    static WeightHeader plan(String model, String fingerprint, List<PackedMatrix> matrices) {
        List<Entry> entries = new ArrayList<>();
        long at = 0;
        for (PackedMatrix matrix : matrices) {
            MatrixShape shape = MatrixShape.of(matrix);
            List<Long> offsets = new ArrayList<>();
            for (BufferShape buffer : shape.buffers) {
                offsets.add(at);
                at = aligned(at + buffer.bytes(), ALIGNMENT);
            }
            entries.add(new Entry(shape, offsets));
        }
        return new WeightHeader(model, fingerprint, at, entries, Collections.nCopies(sections(at), 0));
    }

    /** The same with other checksums, as many. */
    WeightHeader withChecksums(List<Integer> found) {
        return new WeightHeader(model, fingerprint, dataBytes, matrices, List.copyOf(found));
    }

    private static int sections(long bytes) {
        return Math.toIntExact(Math.ceilDiv(bytes, SECTION_BYTES));
    }

    private static long aligned(long bytes, int to) {
        return Math.ceilDiv(bytes, to) * to;
    }

    /** Where the data begin in the file. */
    long dataStart() {
        return aligned(encode().remaining(), SECTION_BYTES);
    }

    /** Length of the file. */
    long fileBytes() {
        return dataStart() + dataBytes;
    }

    /** Bytes of a section. */
    int sectionBytes(int section) {
        return (int) Math.min(SECTION_BYTES, dataBytes - (long) section * SECTION_BYTES);
    }

    /** The bytes that the file begins with. Their number does not depend on the checksums. */
    ByteBuffer encode() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeUTF(model);
            out.writeUTF(fingerprint);
            out.writeLong(dataBytes);
            out.writeInt(matrices.size());
            for (Entry entry : matrices) {
                write(out, entry);
            }
            for (int checksum : checksums) {
                out.writeInt(checksum);
            }
        } catch (IOException e) {
            throw new IllegalStateException("memory takes all bytes", e);
        }
        byte[] body = bytes.toByteArray();
        return ByteBuffer.allocate(PREAMBLE_BYTES + body.length)
                .putLong(MAGIC)
                .putInt(VERSION)
                .putInt(body.length)
                .putInt(checksum(body))
                .put(body)
                .flip();
    }

    private static void write(DataOutputStream out, Entry entry) throws IOException {
        MatrixShape shape = entry.shape;
        out.writeUTF(shape.name);
        for (int value : new int[] {shape.rows, shape.columns, shape.bits, shape.group, shape.zero}) {
            out.writeInt(value);
        }
        out.writeInt(shape.buffers.size());
        for (int i = 0; i < shape.buffers.size(); i++) {
            BufferShape buffer = shape.buffers.get(i);
            out.writeUTF(buffer.what);
            out.writeUTF(buffer.type.name());
            out.writeLong(buffer.rows);
            out.writeLong(buffer.columns);
            out.writeLong(entry.offsets.get(i));
        }
    }

    /**
     * Reads the head of a file.
     *
     * @throws UnusableException if it is not whole, or of another version
     */
    static WeightHeader read(FileChannel file) throws IOException {
        ByteBuffer preamble = readFully(file, 0, PREAMBLE_BYTES);
        if (preamble.getLong() != MAGIC) {
            throw new UnusableException("it does not begin as such a file does");
        }
        int version = preamble.getInt();
        if (version != VERSION) {
            throw new UnusableException("it has format " + version + ", wanted " + VERSION);
        }
        WeightHeader header = decode(body(file, preamble));
        if (header.fileBytes() != file.size()) {
            throw new UnusableException("it has " + file.size() + " bytes, wanted " + header.fileBytes());
        }
        return header;
    }

    /** The path of the model that a file of any version was made from; empty if the file is ours but damaged. */
    static String modelOf(FileChannel file) throws IOException {
        ByteBuffer preamble = readFully(file, 0, PREAMBLE_BYTES);
        if (preamble.getLong() != MAGIC) {
            throw new UnusableException("it does not begin as such a file does");
        }
        preamble.getInt();
        try {
            return new DataInputStream(new ByteArrayInputStream(body(file, preamble))).readUTF();
        } catch (IOException e) {
            return "";
        }
    }

    private static byte[] body(FileChannel file, ByteBuffer preamble) throws IOException {
        int bytes = preamble.getInt();
        if (bytes < 0 || bytes > MOST_BYTES) {
            throw new UnusableException("its head is damaged: " + bytes + " bytes long");
        }
        byte[] body = readFully(file, PREAMBLE_BYTES, bytes).array();
        if (checksum(body) != preamble.getInt()) {
            throw new UnusableException("its head is damaged: wrong checksum");
        }
        return body;
    }

    private static ByteBuffer readFully(FileChannel file, long from, int count) throws IOException {
        if (from + count > file.size()) {
            throw new UnusableException("it ends after " + file.size() + " bytes, within its head");
        }
        ByteBuffer bytes = ByteBuffer.allocate(count);
        while (bytes.hasRemaining()) {
            if (file.read(bytes, from + bytes.position()) < 0) {
                throw new UnusableException("it became shorter while it was read");
            }
        }
        return bytes.flip();
    }

    private static WeightHeader decode(byte[] body) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(body));
        try {
            String model = in.readUTF();
            String fingerprint = in.readUTF();
            long dataBytes = in.readLong();
            List<Entry> entries = new ArrayList<>();
            for (int count = in.readInt(); count > 0; count--) {
                entries.add(readEntry(in));
            }
            List<Integer> checksums = new ArrayList<>();
            for (int left = sections(dataBytes); left > 0; left--) {
                checksums.add(in.readInt());
            }
            return new WeightHeader(model, fingerprint, dataBytes, entries, checksums);
        } catch (IOException | IllegalArgumentException | ArithmeticException e) {
            throw new UnusableException("its head makes no sense: " + e);
        }
    }

    private static Entry readEntry(DataInputStream in) throws IOException {
        String name = in.readUTF();
        int[] numbers = new int[5];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = in.readInt();
        }
        int count = in.readInt();
        List<BufferShape> buffers = new ArrayList<>();
        List<Long> offsets = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            buffers.add(new BufferShape(in.readUTF(), DataType.valueOf(in.readUTF()), in.readLong(), in.readLong()));
            offsets.add(in.readLong());
        }
        return new Entry(
                new MatrixShape(name, numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], buffers), offsets);
    }

    private static int checksum(byte[] bytes) {
        CRC32C checksum = new CRC32C();
        checksum.update(bytes);
        return (int) checksum.getValue();
    }
}
