// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.weights.WeightHeader.Entry;

/** Writes a file of packed weights, section after section: whole sections at once let the system hold them in huge pages. */
final class WeightWriter {
    private final FileChannel file;
    private final WeightHeader plan;
    private final long dataStart;
    private final LoadProgress progress;
    private final ByteBuffer section = ByteBuffer.allocateDirect(WeightHeader.SECTION_BYTES);
    private final List<Integer> checksums = new ArrayList<>();

    private WeightWriter(FileChannel file, WeightHeader plan, LoadProgress progress) {
        this.file = file;
        this.plan = plan;
        this.dataStart = plan.dataStart();
        this.progress = progress;
    }

    /**
     * Writes everything as {@code plan} says, the head with its checksums last, and waits until the disk has it.
     *
     * @param progress told after each section
     */
    static void write(FileChannel file, WeightHeader plan, List<PackedMatrix> matrices, LoadProgress progress)
            throws IOException {
        WeightWriter writer = new WeightWriter(file, plan, progress);
        for (int i = 0; i < matrices.size(); i++) {
            writer.add(matrices.get(i), plan.matrices().get(i));
        }
        writer.pad(plan.dataBytes());
        writer.flush();
        writeFully(file, plan.withChecksums(writer.checksums).encode(), 0);
        file.force(true);
    }

    private void add(PackedMatrix matrix, Entry entry) throws IOException {
        List<Buffer> buffers = matrix.buffers();
        for (int i = 0; i < buffers.size(); i++) {
            pad(entry.offsets().get(i));
            Buffer buffer = buffers.get(i);
            for (long done = 0; done < buffer.bytes(); ) {
                long bytes = Math.min(section.remaining(), buffer.bytes() - done);
                section.put(buffer.memory().asSlice(done, bytes).asByteBuffer());
                done += bytes;
                flushIfFull();
            }
        }
    }

    /** Zeros up to an offset. */
    private void pad(long offset) throws IOException {
        while ((long) checksums.size() * WeightHeader.SECTION_BYTES + section.position() < offset) {
            section.put((byte) 0);
            flushIfFull();
        }
    }

    private void flushIfFull() throws IOException {
        if (!section.hasRemaining()) {
            flush();
        }
    }

    private void flush() throws IOException {
        section.flip();
        if (section.hasRemaining()) {
            CRC32C checksum = new CRC32C();
            checksum.update(section.duplicate());
            checksums.add((int) checksum.getValue());
            writeFully(file, section, dataStart + (long) (checksums.size() - 1) * WeightHeader.SECTION_BYTES);
            progress.step("weight cache", checksums.size(), plan.checksums().size());
        }
        section.clear();
    }

    private static void writeFully(FileChannel file, ByteBuffer bytes, long at) throws IOException {
        long next = at;
        while (bytes.hasRemaining()) {
            next += file.write(bytes, next);
        }
    }
}
