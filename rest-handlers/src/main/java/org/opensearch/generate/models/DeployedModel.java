// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.models.ModelInfo.Download;
import org.opensearch.generate.models.ModelInfo.State;

/**
 * The model of a deployment on this node: there, on its way, or failed to come.
 *
 * @param path where it lies; null as long as it does not
 * @param download how far it is
 * @param error why it did not come; null if it is there or on its way
 */
public record DeployedModel(
        @Nullable Path path,
        Supplier<Download> download,
        @Nullable String error) {
    /** A model that is there. */
    public static DeployedModel at(Path path) {
        return new DeployedModel(path, () -> Download.WAITING, null);
    }

    /** A model that is on its way. */
    public static DeployedModel coming(Supplier<Download> download) {
        return new DeployedModel(null, download, null);
    }

    /** A model that did not come. */
    public static DeployedModel failed(String error) {
        return new DeployedModel(null, () -> Download.WAITING, error);
    }

    /** What the node tells of one that is not there. */
    ModelInfo info(String id, boolean isDefault) {
        if (error != null) {
            return new ModelInfo(id, State.FAILED, isDefault, null, error, null, null);
        }
        Download now = download.get();
        return new ModelInfo(id, State.DOWNLOADING, isDefault, now.progress(), null, now, null);
    }
}
