// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.LoadOptions;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.secure_sm.AccessController;

/**
 * Loads models under the node's agent. The tokenizer library unpacks and loads native code: it needs our own rights alone on the
 * stack, our class loader as the thread's, and a cache folder that a node may write to.
 */
final class ModelLoading {
    private static final String TOKENIZER_CACHE = "DJL_CACHE_DIR";

    private ModelLoading() {}

    /** Must be called before the first model is loaded. */
    static void unpackLibrariesTo(Path folder) {
        System.setProperty(TOKENIZER_CACHE, folder.toString());
    }

    static LanguageModel load(Path path, LoadOptions options, LoadProgress progress) {
        Thread thread = Thread.currentThread();
        ClassLoader before = thread.getContextClassLoader();
        thread.setContextClassLoader(ModelLoading.class.getClassLoader());
        try {
            Supplier<LanguageModel> load = () -> LanguageModel.load(path, options, progress);
            return AccessController.doPrivileged(load);
        } finally {
            thread.setContextClassLoader(before);
        }
    }
}
