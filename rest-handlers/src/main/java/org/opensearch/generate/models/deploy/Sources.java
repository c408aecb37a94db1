// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.repositories.RepositoriesService;

/** Where this node may take models from. */
public final class Sources {
    private final Path modelFolder;
    private final Supplier<RepositoriesService> repositories;
    private final List<String> allowedUrls;

    /**
     * @param modelFolder the folder that holds models which users put there
     * @param repositories the node's snapshot repositories
     * @param allowedUrls what addresses may begin with; empty allows none
     */
    public Sources(Path modelFolder, Supplier<RepositoriesService> repositories, List<String> allowedUrls) {
        this.modelFolder = modelFolder;
        this.repositories = repositories;
        this.allowedUrls = List.copyOf(allowedUrls);
    }

    /** A file or folder of the model folder. */
    Path file(DeploymentSource source) {
        return modelFolder.resolve(source.location());
    }

    /** The place that the files of a source come from. */
    RemoteFiles open(DeploymentSource source) throws IOException {
        String location = source.location();
        int slash = location.lastIndexOf('/');
        String folder = source.folder() ? location : location.substring(0, Math.max(0, slash));
        return switch (source.kind()) {
            case FILE -> throw new IllegalArgumentException("a file of the model folder is not fetched");
            case REPOSITORY -> RepositoryFiles.open(repositories.get(), source.repository(), folder);
            case URL -> UrlFiles.open(folder, allowedUrls);
        };
    }

    /**
     * Finds out, as far as that is quick, whether the files of a source are there.
     *
     * @throws IOException if they are not
     * @throws RuntimeException if this node may not, or cannot, take them from there
     */
    public void check(DeploymentSource source) throws IOException {
        switch (source.kind()) {
            case FILE -> {
                // Each node has its own.
            }
            case REPOSITORY -> {
                RemoteFiles files = open(source);
                for (String name : source.files().keySet()) {
                    files.length(name);
                }
            }
            case URL -> open(source);
        }
    }
}
