// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.opensearch.generate.loader.Refusals.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.generate.loader.json.TinyJson;

/** Folders in one file and in shards, and wrong ones. */
class HuggingFaceFolderTest {
    private static final TinyModel TINY = TinyModel.of("qwen3").withType(TensorType.BF16);

    @TempDir
    Path folder;

    @BeforeEach
    void write() throws IOException {
        TINY.writeHuggingFace(folder);
    }

    private void shard(Map<String, String> changes) throws IOException {
        Map<String, String> files = TINY.writeShards(folder);
        files.putAll(changes);
        Files.writeString(
                folder.resolve("model.safetensors.index.json"),
                TinyJson.of(Map.of("metadata", Map.of("total_size", 1), "weight_map", files)));
        Files.deleteIfExists(folder.resolve("model.safetensors"));
    }

    @Test
    void shardsAreTheSameModel() throws IOException {
        long whole;
        try (ModelSource source = ModelFiles.open(folder)) {
            whole = source.tensor("blk.1.ffn_up.weight")
                    .data()
                    .mismatch(source.tensor("blk.0.ffn_up.weight").data());
            assertEquals("BF16", source.tensor("output.weight").type().name());
        }
        shard(Map.of());
        try (ModelSource source = ModelFiles.open(folder)) {
            assertEquals(
                    whole,
                    source.tensor("blk.1.ffn_up.weight")
                            .data()
                            .mismatch(source.tensor("blk.0.ffn_up.weight").data()));
            assertTrue(source.tryTensor("blk.1.attn_k_norm.weight").isPresent());
            assertFalse(source.tryTensor("blk.2.attn_k_norm.weight").isPresent());
            refused("tensor nothing is missing", () -> source.tensor("nothing"));
        }
    }

    @Test
    void aTiedModelHasNoOutputMatrix() throws IOException {
        Map<String, Object> config = new HashMap<>(TINY.config());
        config.put("tie_word_embeddings", true);
        Files.writeString(folder.resolve("config.json"), TinyJson.of(config));
        try (ModelSource source = ModelFiles.open(folder)) {
            assertTrue(source.tryTensor("output.weight").isEmpty());
            assertTrue(source.config().tiedEmbeddings());
        }
    }

    @Test
    void wrongFoldersAreNamed() throws IOException {
        shard(Map.of("model.norm.weight", "../elsewhere.safetensors"));
        refused("model.norm.weight is ../elsewhere.safetensors, wanted the plain name", () -> ModelFiles.open(folder));
        shard(Map.of("model.norm.weight", "absent.safetensors"));
        refused("no such file", () -> ModelFiles.open(folder));
        shard(Map.of("model.extra.weight", "model-00001-of-00002.safetensors"));
        refused("weight_map.model.extra.weight is not in model-00001", () -> ModelFiles.open(folder));
        Files.delete(folder.resolve("model.safetensors.index.json"));
        refused("found neither", () -> ModelFiles.open(folder));
        Files.delete(folder.resolve("config.json"));
        refused("wanted config.json or one GGUF file in the folder, found neither", () -> ModelFiles.open(folder));
    }

    @Test
    void unknownTensorsAreNamed() throws IOException {
        new TinySafetensors()
                .tensor("model.layers.0.self_attn.sinks", TensorType.F32, 1, 1, new byte[4])
                .write(folder.resolve("model.safetensors"));
        refused("model.layers.0.self_attn.sinks is no part of", () -> ModelFiles.open(folder));
    }

    @Test
    void aFolderWithOneGgufIsThatModel(@TempDir Path other) throws IOException {
        Path file = TinyModel.of("llama").writeGguf(other);
        try (ModelSource source = ModelFiles.open(other)) {
            assertEquals(file, source.path());
        }
        Files.copy(file, other.resolve("second.gguf"));
        refused("and others", () -> ModelFiles.open(other));
        refused("no such file", () -> ModelFiles.open(other.resolve("absent")));
    }

    @Test
    void aClosedModelGivesNothing() {
        ModelSource source = ModelFiles.open(folder);
        source.close();
        source.close();
        assertThrows(IllegalStateException.class, source::tokenizer);
    }
}
