// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.FileMemory;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MatrixLayout;
import org.opensearch.generate.runner.kernel.PackedMatrix;

/**
 * The packed weights of one model in a file. Matrices that came from it are valid until it is closed.
 *
 * <h2>Idea</h2>
 * One layout serves every kernel level, so a model is packed once for a machine. Its file is found by the {@link
 * ModelFingerprint}, checked from end to end when it is opened, and mapped, so that processes share it and nothing is copied.
 * Where the system does not hold the file in huge pages, which kernels read a quarter faster, the matrices are read into memory
 * of our own instead.
 *
 * <h2>Failures</h2>
 * A cache makes a load faster, never fail. Whatever is wrong with a file is logged in one line, the model is packed anew and the
 * file replaced. What cannot be written is logged, and nothing is left of it.
 */
public final class WeightCache implements AutoCloseable {
    private static final Logger LOG = LogManager.getLogger(WeightCache.class);

    private final @Nullable WeightFolder folder;
    private final String model;
    private final String fingerprint;
    private final Arena mapping = Arena.ofShared();
    private @Nullable WeightReader reader;
    private boolean mapped;
    private boolean packedAnew;

    private WeightCache(@Nullable WeightFolder folder, String model, String fingerprint) {
        this.folder = folder;
        this.model = model;
        this.fingerprint = fingerprint;
    }

    /** A cache that keeps nothing. */
    public static WeightCache none() {
        return new WeightCache(null, "", "");
    }

    /**
     * What a folder keeps of a model.
     *
     * @param folder made when something is written; null keeps nothing
     * @param threads threads that read, at least 1
     */
    public static WeightCache open(@Nullable Path folder, ModelSource source, int threads) {
        return folder == null
                ? none()
                : open(new WeightFolder(folder, FileChannel::open, FileMemory::tryMap), source, threads);
    }

    /** Removes the packed weights of models that are gone. What cannot be removed stays. */
    public static void removeUseless(Path folder) {
        try {
            new WeightFolder(folder, FileChannel::open, FileMemory::tryMap).removeUseless("", folder);
        } catch (IOException | UncheckedIOException | SecurityException e) {
            LOG.debug("packed weights in {} stay: {}", folder, e.toString());
        }
    }

    static WeightCache open(WeightFolder folder, ModelSource source, int threads) {
        WeightCache cache;
        try {
            List<Path> files = ModelFingerprint.files(source);
            if (files.isEmpty()) {
                return none();
            }
            cache = new WeightCache(folder, source.path().toRealPath().toString(), ModelFingerprint.of(files));
        } catch (IOException | UncheckedIOException | SecurityException e) {
            LOG.warn("packed weights of {} are not kept: {}", source.path(), e.toString());
            return none();
        }
        cache.openFile(threads);
        return cache;
    }

    private void openFile(int threads) {
        Path file = file();
        try {
            reader = folder().read(file, fingerprint, mapping, threads);
            mapped = reader.isMapped();
        } catch (NoSuchFileException e) {
            LOG.debug("no packed weights at {}", file);
        } catch (IOException | SecurityException e) {
            warnOfUnusable(e);
        }
    }

    private Path file() {
        return folder().file(model, fingerprint);
    }

    private WeightFolder folder() {
        if (folder == null) {
            throw new IllegalStateException("nothing is kept");
        }
        return folder;
    }

    private void warnOfUnusable(Exception why) {
        LOG.warn(
                "packed weights {} cannot be used, packing anew: {}",
                file(),
                why instanceof WeightHeader.UnusableException ? why.getMessage() : why.toString());
    }

    /** The matrix of a tensor: from the file, or else packed by {@code kernels}. Throws as {@link Kernels#pack} does. */
    public PackedMatrix matrix(Tensor weight, @Nullable Tensor bias, Kernels kernels) {
        return read(weight, bias, kernels).orElseGet(() -> {
            packedAnew = true;
            return kernels.pack(weight, bias);
        });
    }

    private Optional<PackedMatrix> read(Tensor weight, @Nullable Tensor bias, Kernels kernels) {
        if (reader == null) {
            return Optional.empty();
        }
        List<Buffer> taken = new ArrayList<>();
        try {
            return Optional.of(read(reader, weight, bias, kernels, taken));
        } catch (IOException e) {
            taken.forEach(kernels::free);
            warnOfUnusable(e);
            closeFile();
            return Optional.empty();
        } catch (RuntimeException | Error e) {
            taken.forEach(kernels::free);
            throw e;
        }
    }

    private static PackedMatrix read(
            WeightReader reader, Tensor weight, @Nullable Tensor bias, Kernels kernels, List<Buffer> taken)
            throws IOException {
        PackedMatrix plan = MatrixLayout.allocate(
                weight, bias, (what, type, rows, columns) -> new Buffer(what, type, rows, columns, MemorySegment.NULL));
        WeightHeader.Entry entry = reader.entry(WeightHeader.MatrixShape.of(plan));
        Map<String, Long> offsets = new HashMap<>();
        for (int i = 0; i < entry.offsets().size(); i++) {
            offsets.put(plan.buffers().get(i).what(), entry.offsets().get(i));
        }
        PackedMatrix matrix = MatrixLayout.allocate(weight, bias, (what, type, rows, columns) -> {
            long bytes = rows * columns * type.bytes();
            Buffer buffer = reader.isMapped()
                    ? kernels.adopt(what, type, rows, columns, reader.bytes(offsets.getOrDefault(what, 0L), bytes))
                    : kernels.allocate(what, type, rows, columns);
            taken.add(buffer);
            return buffer;
        });
        if (!reader.isMapped()) {
            reader.read(matrix, entry);
        }
        return matrix;
    }

    /** Where the matrices came from. */
    public WeightSource source() {
        if (packedAnew) {
            return WeightSource.MODEL;
        }
        return mapped ? WeightSource.MAPPED : WeightSource.READ;
    }

    /**
     * Called when a model has all its matrices: keeps them, if not all of them came from the file, and removes files that have
     * become useless.
     *
     * @param progress told after each matrix; what it throws ends the writing and is thrown here
     */
    public void keep(List<PackedMatrix> matrices, LoadProgress progress) {
        closeFile();
        if (folder == null || !packedAnew) {
            return;
        }
        try {
            WeightHeader plan = WeightHeader.plan(model, fingerprint, matrices);
            folder.removeUseless(model, file());
            folder.requireRoom(plan.fileBytes());
            folder.write(file(), channel -> WeightWriter.write(channel, plan, matrices, progress));
        } catch (IOException | UncheckedIOException | SecurityException e) {
            LOG.warn("packed weights of {} are not kept: {}", model, e.toString());
        }
    }

    private void closeFile() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }

    @Override
    public void close() {
        closeFile();
        mapping.close();
    }
}
