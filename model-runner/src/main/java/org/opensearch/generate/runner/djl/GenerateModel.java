// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import ai.djl.BaseModel;
import ai.djl.MalformedModelException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Blocks;
import ai.djl.translate.ArgumentsUtil;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.ThreadOptions;

/**
 * A {@link LanguageModel} as DJL sees it. Arguments of the criteria that count when it is loaded: {@code threads}, {@code
 * context}, {@code kernel_level}, {@code native_folder}.
 */
public final class GenerateModel extends BaseModel {
    private @Nullable LanguageModel language;

    GenerateModel(String name, NDManager manager) {
        super(name);
        this.manager = manager;
        this.dataType = DataType.FLOAT32;
    }

    /** The loaded model. */
    public LanguageModel language() {
        if (language == null) {
            throw new IllegalStateException(getName() + " is not loaded");
        }
        return language;
    }

    /**
     * Loads a GGUF file, or a folder.
     *
     * @param path the file or folder, or the folder that holds the GGUF file {@code name}
     * @param name file name, with or without {@code .gguf}, or null
     */
    @Override
    public void load(Path path, @Nullable String name, @Nullable Map<String, ?> arguments)
            throws IOException, MalformedModelException {
        setModelDir(path);
        Map<String, ?> given = arguments == null ? Map.of() : arguments;
        LoadOptions defaults = LoadOptions.defaults();
        String folder = ArgumentsUtil.stringValue(given, "native_folder", System.getProperty("generate.native.dir"));
        String cache = ArgumentsUtil.stringValue(given, "cache_folder", null);
        LoadOptions options = new LoadOptions(
                ThreadOptions.of(ArgumentsUtil.intValue(
                        given, "threads", defaults.threads().count())),
                defaults.kvBytes(),
                defaults.kvType(),
                ArgumentsUtil.intValue(given, "context", defaults.maxContext()),
                defaults.maxStepTokens(),
                defaults.maxSequences(),
                defaults.maxQueue(),
                ArgumentsUtil.stringValue(given, "device", defaults.device()),
                ArgumentsUtil.stringValue(given, "kernel_level", defaults.kernelLevel()),
                folder == null ? null : Path.of(folder),
                cache == null ? null : Path.of(cache),
                defaults.budget());
        try {
            language = LanguageModel.load(file(path, name), options, LoadProgress.NONE);
        } catch (ModelFileException e) {
            throw new MalformedModelException(e.getMessage(), e);
        }
        setBlock(Blocks.identityBlock());
        wasLoaded = true;
    }

    private Path file(Path path, @Nullable String name) throws IOException {
        if (!Files.exists(path)) {
            throw new NoSuchFileException(path.toString());
        }
        String wanted = name == null ? getName() : name;
        return Stream.of(wanted, wanted + ".gguf")
                .map(path::resolve)
                .filter(Files::isRegularFile)
                .findFirst()
                .orElse(path);
    }

    @Override
    public void close() {
        if (language != null) {
            language.close();
            language = null;
        }
        super.close();
    }
}
