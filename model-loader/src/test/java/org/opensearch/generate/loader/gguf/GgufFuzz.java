// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.gguf;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Mutations;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;

/** Bytes from outside as a GGUF file: they open as a model, or give one error. */
class GgufFuzz {
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
        Mutations.forAll(MUTATIONS, valid, valid.length - 9 * 32 * 32, this::read);
    }

    private void read(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.gguf"), bytes);
        try (Arena arena = Arena.ofShared()) {
            GgufFile file = GgufFile.open(path, arena);
            file.metadata().keys().forEach(key -> readAnyway(file.metadata(), key));
            for (Tensor tensor : file.tensors().values()) {
                if (tensor.columns() < 1 << 20) {
                    Dequantizer.of(tensor).row(tensor.rows() - 1, new float[tensor.columns()]);
                }
            }
        }
        try (ModelSource source = ModelFiles.open(path)) {
            source.tensor("output_norm.weight");
        }
    }

    /** Each getter, whatever the key's type; only one of them fits. */
    private static void readAnyway(GgufMetadata metadata, String key) {
        List<Runnable> getters = List.of(
                () -> metadata.tryString(key),
                () -> metadata.tryInteger(key, -1, Integer.MAX_VALUE),
                () -> metadata.tryNumber(key),
                () -> metadata.tryFlag(key),
                () -> metadata.strings(key),
                () -> metadata.integers(key),
                () -> metadata.floats(key));
        for (Runnable getter : getters) {
            try {
                getter.run();
            } catch (ModelFileException expected) {
                if (expected.offset() < 0) {
                    throw new AssertionError(expected);
                }
            }
        }
    }

    /** A llama of one layer, 32 wide. */
    private static byte[] valid() {
        byte[] square = new byte[32 * 34];
        TinyGguf gguf = new TinyGguf()
                .put("general.architecture", "llama")
                .put("llama.context_length", 64)
                .put("llama.embedding_length", 32)
                .put("llama.block_count", 1)
                .put("llama.feed_forward_length", 32)
                .put("llama.attention.head_count", 2)
                .put("llama.attention.head_count_kv", 2)
                .put("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .put("llama.rope.scaling.type", "yarn")
                .put("llama.rope.scaling.factor", 2f)
                .put("tokenizer.ggml.model", "llama")
                .put("tokenizer.ggml.tokens", List.of("<s>", "</s>", "a"))
                .put("tokenizer.ggml.scores", new float[] {0, 0, 1})
                .put("tokenizer.ggml.token_type", new int[] {3, 3, 1})
                .put("tokenizer.ggml.eos_token_id", 1)
                .put("tokenizer.ggml.add_bos_token", true)
                .vector("output_norm.weight", new float[32])
                .vector("blk.0.attn_norm.weight", new float[32])
                .vector("blk.0.ffn_norm.weight", new float[32]);
        for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down")) {
            gguf.tensor("blk.0." + name + ".weight", TensorType.Q8_0, 32, 32, square);
        }
        gguf.tensor("token_embd.weight", TensorType.Q8_0, 32, 32, square);
        return gguf.tensor("output.weight", TensorType.Q8_0, 32, 32, square).toBytes();
    }
}
