// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.blobstore.BlobContainer;
import org.opensearch.common.blobstore.BlobMetadata;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.repositories.Repository;
import org.opensearch.repositories.RepositoryMissingException;
import org.opensearch.repositories.blobstore.BlobStoreRepository;

/** A folder in a snapshot repository, whatever the repository is made of. */
final class RepositoryFiles implements RemoteFiles {
    private final BlobContainer container;
    private final String where;

    private RepositoryFiles(BlobContainer container, String where) {
        this.container = container;
        this.where = where;
    }

    /**
     * Opens a folder of a registered repository.
     *
     * @param path names parted by slashes; empty for the repository's own folder
     * @throws RepositoryMissingException if there is no such repository
     * @throws NoSuchFileException if there is no such folder
     * @throws IllegalArgumentException if the repository cannot hold files of other kinds than snapshots
     */
    static RepositoryFiles open(RepositoriesService repositories, String name, String path) throws IOException {
        Repository repository = repositories.repository(name);
        if (!(repository instanceof BlobStoreRepository blobs)) {
            throw new IllegalArgumentException("repository [" + name + "] is of type ["
                    + repository.getMetadata().type() + "], which has no files to read");
        }
        BlobContainer container = blobs.blobStore().blobContainer(blobs.basePath());
        if (!path.isEmpty()) {
            for (String segment : path.split("/", -1)) {
                // Not by its whole path: some stores make folders that are asked for.
                BlobContainer child = child(container, segment, name);
                if (child == null) {
                    throw new NoSuchFileException("repository [" + name + "] has no folder [" + path + "]");
                }
                container = child;
            }
        }
        return new RepositoryFiles(
                container, "repository [" + name + "]" + (path.isEmpty() ? "" : ", folder [" + path + "]"));
    }

    private static @Nullable BlobContainer child(BlobContainer container, String segment, String repository)
            throws IOException {
        try {
            return container.children().get(segment);
        } catch (UnsupportedOperationException e) {
            throw new IllegalArgumentException("repository [" + repository + "] cannot tell what folders it has", e);
        }
    }

    @Override
    public long length(String name) throws IOException {
        BlobMetadata blob;
        try {
            blob = container.listBlobsByPrefix(name).get(name);
        } catch (UnsupportedOperationException e) {
            throw new IllegalArgumentException(where + " cannot tell what files it has", e);
        }
        if (blob == null) {
            throw new NoSuchFileException(where + " has no file [" + name + "]");
        }
        return blob.length();
    }

    @Override
    public InputStream open(String name, long from, long length) throws IOException {
        if (from > 0) {
            try {
                return container.readBlob(name, from, length - from);
            } catch (UnsupportedOperationException e) {
                InputStream whole = container.readBlob(name);
                whole.skipNBytes(from);
                return whole;
            }
        }
        return container.readBlob(name);
    }
}
