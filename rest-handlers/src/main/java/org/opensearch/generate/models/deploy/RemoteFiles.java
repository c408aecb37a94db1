// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.io.InputStream;

/** The place that a model is fetched from. */
interface RemoteFiles {
    /**
     * Bytes of a file.
     *
     * @throws java.nio.file.NoSuchFileException if it is not there
     */
    long length(String name) throws IOException;

    /**
     * A file from some byte on.
     *
     * @param from below {@code length}
     * @param length bytes of the whole file
     */
    InputStream open(String name, long from, long length) throws IOException;
}
