// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import java.nio.file.Path;
import java.util.Objects;

/** Where tests tagged {@code shared-data} find their files. */
public final class SharedFiles {
    private SharedFiles() {}

    /** The folder named by the system property {@code generate.test.data}. */
    public static Path data() {
        String data = Objects.requireNonNull(System.getProperty("generate.test.data"), "generate.test.data");
        return Path.of(Objects.requireNonNull(System.getProperty("generate.root"), "generate.root"))
                .resolve(data);
    }

    /** TinyLlama in the cache folder. */
    public static Path tinyLlama() {
        String cache = System.getenv("GENERATE_CACHE");
        if (cache == null) {
            String parent = System.getenv("XDG_CACHE_HOME");
            Path folder = parent == null ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(parent);
            cache = folder.resolve("opensearch-generate").toString();
        }
        return Path.of(cache).resolve("tinyllama.gguf");
    }
}
