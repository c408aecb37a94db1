// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.nio.file.Path;

/** A model file that is truncated, hostile or merely wrong: names the file, the byte offset, what was wanted and what was found. */
public final class ModelFileException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Path file;
    private final long offset;

    /**
     * @param file the file that is wrong
     * @param offset byte offset of the wrong part, 0 where the whole file is meant
     * @param problem what was wanted and what was found
     */
    public ModelFileException(Path file, long offset, String problem) {
        super(file + " at byte " + offset + ": " + problem);
        this.file = file;
        this.offset = offset;
    }

    /** The file that is wrong. */
    public Path file() {
        return file;
    }

    /** Byte offset of the wrong part. */
    public long offset() {
        return offset;
    }
}
