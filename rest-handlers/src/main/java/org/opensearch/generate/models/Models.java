// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

/** The models of this node. */
public final class Models {
    private final ModelFolder folder;
    private final Supplier<String> defaultModel;

    public Models(Path folder, Supplier<String> defaultModel) {
        this.folder = new ModelFolder(folder);
        this.defaultModel = defaultModel;
    }

    /** All models of the folder, by id. Reads the folder: not for a transport thread. */
    public List<ModelInfo> list() {
        var files = folder.list();
        String chosen = defaultModel.get();
        return files.keySet().stream()
                .map(id -> new ModelInfo(
                        id,
                        ModelInfo.State.AVAILABLE,
                        chosen.isEmpty() ? files.size() == 1 : chosen.equals(id),
                        null,
                        null,
                        null))
                .toList();
    }
}
