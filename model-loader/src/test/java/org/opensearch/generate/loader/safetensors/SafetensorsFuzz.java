// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.Mutations;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;

/** Bytes from outside as a safetensors file: they open, or give one error. */
class SafetensorsFuzz {
    private static final int MUTATIONS = 2000;

    @TempDir
    Path folder;

    static Stream<byte[]> seeds() {
        return Stream.of(valid());
    }

    @MethodSource("seeds")
    @FuzzTest
    void anyBytes(byte[] bytes) throws Exception {
        Mutations.read(bytes, this::read);
    }

    @Test
    void mutationsOfAValidFile() throws Exception {
        byte[] valid = valid();
        read(valid);
        Mutations.forAll(MUTATIONS, valid, valid.length - 56, this::read);
    }

    private void read(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.safetensors"), bytes);
        try (Arena arena = Arena.ofShared()) {
            SafetensorsFile file = SafetensorsFile.open(path, arena);
            for (String name : file.names()) {
                HuggingFaceNames.tryCanonical(name);
                Tensor tensor = file.tensor(name, name);
                Dequantizer.of(tensor).row(tensor.rows() - 1, new float[tensor.columns()]);
            }
        }
    }

    private static byte[] valid() {
        return new TinySafetensors()
                .tensor("model.norm.weight", TensorType.F32, 1, 4, new byte[16])
                .tensor("model.layers.0.mlp.up_proj.weight", TensorType.F16, 3, 4, new byte[24])
                .tensor("lm_head.weight", TensorType.BF16, 2, 4, new byte[16])
                .toBytes();
    }
}
