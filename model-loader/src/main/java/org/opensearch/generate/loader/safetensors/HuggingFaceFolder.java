// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.json.JsonFile;
import org.opensearch.generate.loader.json.JsonObject;

/**
 * A Hugging Face folder: its configuration, and the tensors of {@code model.safetensors} or of the files that
 * {@code model.safetensors.index.json} names, by canonical name.
 *
 * @param bytes length of all tensor files
 * @param config what {@code config.json} and {@code generation_config.json} say
 * @param tensors tensors by canonical name
 */
public record HuggingFaceFolder(long bytes, ModelConfig config, Map<String, Tensor> tensors) {
    private static final String WHOLE = "model.safetensors";
    private static final String INDEX = "model.safetensors.index.json";
    private static final int MAX_SHARDS = 1 << 10;

    /** Opens a folder; the tensors' data stay valid until {@code arena} is closed. */
    public static HuggingFaceFolder open(Path folder, Arena arena) {
        HuggingFaceConfig config = HuggingFaceConfig.read(folder);
        Map<String, SafetensorsFile> shards = Files.exists(folder.resolve(WHOLE))
                ? Map.of(WHOLE, SafetensorsFile.open(folder.resolve(WHOLE), arena))
                : shards(folder, arena);
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        long bytes = 0;
        for (SafetensorsFile shard : shards.values()) {
            bytes += shard.bytes();
            for (String name : shard.names()) {
                add(shard, name, tensors);
            }
        }
        Tensor embedding = tensors.get("token_embd.weight");
        if (embedding == null) {
            throw new ModelFileException(folder, 0, "tensor model.embed_tokens.weight is missing");
        }
        ModelConfig model = config.model(embedding.rows(), tensors.containsKey("output.weight"));
        if (model.tiedEmbeddings()) {
            tensors.remove("output.weight");
        }
        return new HuggingFaceFolder(bytes, model, tensors);
    }

    private static void add(SafetensorsFile shard, String name, Map<String, Tensor> tensors) {
        if (HuggingFaceNames.isSuperfluous(name)) {
            return;
        }
        String canonical = HuggingFaceNames.tryCanonical(name)
                .orElseThrow(() -> shard.wrong(name, "is no part of a llama, mistral, qwen2 or qwen3 model"));
        if (tensors.putIfAbsent(canonical, shard.tensor(name, canonical)) != null) {
            throw shard.wrong(name, "occurs in two files");
        }
    }

    private static Map<String, SafetensorsFile> shards(Path folder, Arena arena) {
        Path path = folder.resolve(INDEX);
        if (!Files.exists(path)) {
            throw new ModelFileException(
                    folder, 0, "wanted " + WHOLE + " or " + INDEX + " in the folder, found neither");
        }
        JsonObject weights = JsonFile.read(path).object("weight_map");
        Map<String, SafetensorsFile> shards = new TreeMap<>();
        for (String name : weights.keys()) {
            String file = weights.string(name);
            if (!file.matches("[A-Za-z0-9_][A-Za-z0-9._-]{0,200}")) {
                throw weights.wrong(name, "is " + file + ", wanted the plain name of a file in the folder");
            }
            SafetensorsFile shard = shards.get(file);
            if (shard == null) {
                if (shards.size() == MAX_SHARDS) {
                    throw weights.wrong(name, "makes more than " + MAX_SHARDS + " files");
                }
                shard = SafetensorsFile.open(folder.resolve(file), arena);
                shards.put(file, shard);
            }
            if (!shard.has(name)) {
                throw weights.wrong(name, "is not in " + file);
            }
        }
        return shards;
    }
}
