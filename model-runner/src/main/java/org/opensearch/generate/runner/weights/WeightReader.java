// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.zip.CRC32C;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.FileMemory;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.weights.WeightHeader.Entry;
import org.opensearch.generate.runner.weights.WeightHeader.MatrixShape;
import org.opensearch.generate.runner.weights.WeightHeader.UnusableException;

/**
 * A file of packed weights, every byte of it checked when it is opened: mapped where the system holds it in huge pages, to be
 * read into memory elsewhere.
 */
final class WeightReader implements AutoCloseable {
    private final FileChannel file;
    private final long dataStart;
    private final Optional<MemorySegment> mapping;
    private final Map<String, Entry> matrices = new HashMap<>();
    private final ExecutorService threads;

    /** Maps a file, if that is worth it; {@link FileMemory#tryMap} but for tests. */
    @FunctionalInterface
    interface Mapper {
        Optional<MemorySegment> tryMap(FileChannel file, Arena arena) throws IOException;
    }

    private WeightReader(FileChannel file, WeightHeader header, Optional<MemorySegment> mapping, int threads) {
        this.file = file;
        dataStart = header.dataStart();
        this.mapping = mapping;
        header.matrices().forEach(entry -> matrices.put(entry.shape().name(), entry));
        this.threads = Executors.newFixedThreadPool(
                threads,
                Thread.ofPlatform().daemon().name("generate-weights-", 1).factory());
    }

    /**
     * Opens a file and checks all of it.
     *
     * @param arena closes the mapping, if there is one
     * @throws UnusableException if it is damaged, or was made from other files
     * @throws java.nio.file.NoSuchFileException if there is none
     */
    static WeightReader open(Path path, String fingerprint, Mapper mapper, Arena arena, int threads)
            throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.READ);
        try {
            WeightHeader header = WeightHeader.read(file);
            if (!header.fingerprint().equals(fingerprint)) {
                throw new UnusableException("it was made from another model");
            }
            WeightReader reader = new WeightReader(file, header, mapper.tryMap(file, arena), threads);
            try {
                reader.check(header);
                return reader;
            } catch (IOException | RuntimeException | Error e) {
                reader.threads.close();
                throw e;
            }
        } catch (IOException | RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    private void check(WeightHeader header) throws IOException {
        List<Callable<Void>> checks = new ArrayList<>();
        for (int i = 0; i < header.checksums().size(); i++) {
            int section = i;
            checks.add(() -> {
                checkSection(header, section);
                return null;
            });
        }
        runAll(checks);
    }

    private void checkSection(WeightHeader header, int section) throws IOException {
        long at = dataStart + (long) section * WeightHeader.SECTION_BYTES;
        int bytes = header.sectionBytes(section);
        CRC32C checksum = new CRC32C();
        if (mapping.isPresent()) {
            checksum.update(mapping.get().asSlice(at, bytes).asByteBuffer());
        } else {
            ByteBuffer content = ByteBuffer.allocate(bytes);
            read(at, content);
            checksum.update(content.flip());
        }
        if ((int) checksum.getValue() != header.checksums().get(section)) {
            throw new UnusableException("it is damaged between bytes " + at + " and " + (at + bytes));
        }
    }

    private void read(long from, ByteBuffer target) throws IOException {
        while (target.hasRemaining()) {
            if (file.read(target, from + target.position()) < 0) {
                throw new UnusableException("it became shorter while it was read");
            }
        }
    }

    /** Whether {@link #bytes} can be asked. */
    boolean isMapped() {
        return mapping.isPresent();
    }

    /**
     * Where a matrix lies.
     *
     * @throws UnusableException if the file has no such matrix
     */
    Entry entry(MatrixShape wanted) throws UnusableException {
        Entry entry = matrices.get(wanted.name());
        if (entry == null || !entry.shape().equals(wanted)) {
            throw new UnusableException(
                    wanted.name() + " is " + (entry == null ? "missing" : entry.shape()) + ", wanted " + wanted);
        }
        return entry;
    }

    /** A part of the mapped file. */
    MemorySegment bytes(long offset, long bytes) {
        return mapping.orElseThrow().asSlice(dataStart + offset, bytes);
    }

    /** Fills the buffers of a matrix. */
    void read(PackedMatrix matrix, Entry entry) throws IOException {
        List<Callable<Void>> reads = new ArrayList<>();
        List<Buffer> buffers = matrix.buffers();
        for (int i = 0; i < buffers.size(); i++) {
            Buffer buffer = buffers.get(i);
            long begin = dataStart + entry.offsets().get(i);
            for (long done = 0; done < buffer.bytes(); done += WeightHeader.SECTION_BYTES) {
                long from = done;
                long bytes = Math.min(WeightHeader.SECTION_BYTES, buffer.bytes() - done);
                reads.add(() -> {
                    read(begin + from, buffer.memory().asSlice(from, bytes).asByteBuffer());
                    return null;
                });
            }
        }
        runAll(reads);
    }

    /** Returns when none runs any more, also after a failure. */
    private void runAll(List<Callable<Void>> tasks) throws IOException {
        Throwable failure = null;
        boolean interrupted = false;
        for (Future<Void> task : tasks.stream().map(threads::submit).toList()) {
            for (boolean waiting = true; waiting; ) {
                try {
                    task.get();
                    waiting = false;
                } catch (ExecutionException e) {
                    failure = failure == null ? e.getCause() : failure;
                    waiting = false;
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        if (failure instanceof IOException io) {
            throw io;
        }
        if (failure != null) {
            throw new IOException("packed weights cannot be read", failure);
        }
    }

    @Override
    public void close() {
        threads.close();
        try {
            file.close();
        } catch (IOException e) {
            throw new IllegalStateException("a file that was only read cannot be closed", e);
        }
    }
}
