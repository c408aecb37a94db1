// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/** Where this node's models lie: in the model folder, or where a deployment says, which goes before. Any thread may call it. */
final class ModelFiles {
    private static final int DOWNLOAD_RETRY_SECONDS = 10;

    private final ModelFolder folder;
    private final Map<String, DeployedModel> deployed = new HashMap<>();

    ModelFiles(ModelFolder folder) {
        this.folder = folder;
    }

    /** All models that are there, by id. Reads the folder. */
    SortedMap<String, Path> list() {
        SortedMap<String, Path> files = folder.list();
        synchronized (this) {
            deployed.forEach((id, model) -> {
                if (model.path() == null) {
                    files.remove(id);
                } else {
                    files.put(id, model.path());
                }
            });
        }
        return files;
    }

    /** The ids of deployments on this node. */
    synchronized Set<String> deployed() {
        return Set.copyOf(deployed.keySet());
    }

    /** Notes where a deployment's model is. Returns whether this is the first word about it. */
    synchronized boolean deploy(String id, DeployedModel model) {
        return deployed.put(id, model) == null;
    }

    /** Forgets a deployment. Returns whether there was one. */
    synchronized boolean undeploy(String id) {
        return deployed.remove(id) != null;
    }

    /** A deployment's model that is not there: on its way, or failed to come. */
    synchronized @Nullable DeployedModel coming(String id) {
        DeployedModel model = deployed.get(id);
        return model == null || model.path() != null ? null : model;
    }

    /** Where a model lies that was listed there; null if it is a deployment's that has gone or changed since then. */
    synchronized @Nullable Path confirm(String id, @Nullable Path listed) {
        DeployedModel model = deployed.get(id);
        if (model != null) {
            return model.path();
        }
        return listed != null && folder.holds(id, listed) ? listed : null;
    }

    /**
     * Throws if a deployment's model is not there.
     *
     * @throws ModelUnavailableException if it failed to come
     * @throws ModelLoadingException if it is on its way
     */
    void requireNotComing(String id) {
        DeployedModel model = coming(id);
        if (model != null && model.error() != null) {
            throw ModelUnavailableException.ofDeployment(id, model.error());
        }
        if (model != null) {
            throw new ModelLoadingException(id, model.download().get().progress(), DOWNLOAD_RETRY_SECONDS);
        }
    }
}
