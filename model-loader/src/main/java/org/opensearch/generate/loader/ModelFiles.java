// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.opensearch.generate.loader.chat.ChatTemplates;
import org.opensearch.generate.loader.gguf.GgufConfig;
import org.opensearch.generate.loader.gguf.GgufFile;
import org.opensearch.generate.loader.gguf.GgufMetadata;
import org.opensearch.generate.loader.safetensors.HuggingFaceFolder;
import org.opensearch.generate.loader.tokenizer.Tokenizers;

/** Opens a model: the one entrance to all formats. */
public final class ModelFiles {
    private ModelFiles() {}

    /**
     * Opens a GGUF file, a Hugging Face folder (with {@code config.json}), or a folder that holds one GGUF file. The whole
     * model is checked against its own configuration before this returns, so that every tensor of the architecture is there
     * with its shape. Nothing stays open on failure.
     *
     * @throws ModelFileException if a file is missing, truncated, hostile, or of a kind that we do not read
     */
    public static ModelSource open(Path path) {
        Arena arena = Arena.ofShared();
        try {
            OpenModel model;
            if (!Files.isDirectory(path)) {
                model = gguf(path, arena);
            } else if (Files.exists(path.resolve("config.json"))) {
                model = huggingFace(path, arena);
            } else {
                model = gguf(onlyGguf(path), arena);
            }
            ModelTensors.check(path, model.config(), model.tensors());
            return model;
        } catch (RuntimeException | Error failure) {
            arena.close();
            throw failure;
        }
    }

    private static Path onlyGguf(Path folder) {
        List<Path> files;
        try (Stream<Path> entries = Files.list(folder)) {
            files = entries.filter(file -> file.toString().endsWith(".gguf"))
                    .sorted()
                    .limit(2)
                    .toList();
        } catch (IOException failure) {
            throw MappedFile.unreadable(folder, failure);
        }
        if (files.size() != 1) {
            String found = files.isEmpty() ? "neither" : files.get(0).getFileName() + " and others";
            throw new ModelFileException(
                    folder, 0, "wanted config.json or one GGUF file in the folder, found " + found);
        }
        return files.get(0);
    }

    private static OpenModel gguf(Path path, Arena arena) {
        GgufFile file = GgufFile.open(path, arena);
        GgufMetadata metadata = file.metadata();
        return new OpenModel(
                path,
                "gguf",
                file.bytes(),
                GgufConfig.read(file),
                file.tensors(),
                arena,
                () -> Tokenizers.fromGguf(metadata),
                () -> ChatTemplates.fromGguf(metadata));
    }

    private static OpenModel huggingFace(Path path, Arena arena) {
        HuggingFaceFolder folder = HuggingFaceFolder.open(path, arena);
        return new OpenModel(
                path,
                "safetensors",
                folder.bytes(),
                folder.config(),
                folder.tensors(),
                arena,
                () -> Tokenizers.fromTokenizerJson(path),
                () -> ChatTemplates.fromFolder(path));
    }
}
