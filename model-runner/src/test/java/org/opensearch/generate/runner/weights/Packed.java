// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.kernel.Buffer;
import org.opensearch.generate.runner.kernel.FileMemory;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.PackedMatrix;
import org.opensearch.generate.runner.kernel.ScalarKernels;

/** The packed bytes of some matrices of a model, loaded through a cache, and where they came from. */
record Packed(List<byte[]> bytes, WeightSource source) {
    static final int THREADS = 2;
    private static final List<String> NAMES =
            List.of("token_embd", "blk.0.attn_q", "blk.0.attn_v", "blk.1.ffn_down", "output");

    /** An ordinary folder. */
    static WeightFolder folder(Path path) {
        return new WeightFolder(path, FileChannel::open, FileMemory::tryMap);
    }

    /** A folder on a system that does not map files in huge pages. */
    static WeightFolder unmapped(Path path) {
        return new WeightFolder(path, FileChannel::open, (file, arena) -> Optional.empty());
    }

    static Packed load(Path model, WeightFolder folder) {
        return load(model, folder, LoadProgress.NONE);
    }

    static Packed load(Path model, WeightFolder folder, LoadProgress progress) {
        try (ModelSource source = ModelFiles.open(model);
                WeightCache cache = WeightCache.open(folder, source, THREADS);
                Kernels kernels = new ScalarKernels(THREADS, MemoryBudget.UNLIMITED)) {
            List<PackedMatrix> matrices = new ArrayList<>();
            for (String name : NAMES) {
                matrices.add(cache.matrix(
                        source.tensor(name + ".weight"),
                        source.tryTensor(name + ".bias").orElse(null),
                        kernels));
            }
            cache.keep(matrices, progress);
            return new Packed(
                    matrices.stream()
                            .flatMap(matrix -> matrix.buffers().stream())
                            .map(Packed::bytes)
                            .toList(),
                    cache.source());
        }
    }

    private static byte[] bytes(Buffer buffer) {
        return buffer.memory().toArray(ValueLayout.JAVA_BYTE);
    }

    /** All files of a folder. */
    static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }

    /** The only file of a folder. */
    static Path file(Path folder) throws IOException {
        List<Path> files = files(folder);
        if (files.size() != 1) {
            throw new AssertionError("one file wanted, found " + files);
        }
        return files.getFirst();
    }
}
