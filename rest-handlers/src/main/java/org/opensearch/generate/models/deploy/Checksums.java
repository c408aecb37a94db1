// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Map;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.generate.models.deploy.DeployTask.Phase;

/** SHA-256 of files that are there. */
final class Checksums {
    private static final int BUFFER_BYTES = 1 << 20;

    private Checksums() {}

    /**
     * Checks the files of a model.
     *
     * @param path a file, or the folder of the files
     * @param checksums what they must be, by name
     * @throws ChecksumException if one is another
     */
    static void check(Path path, Map<String, String> checksums, DeployTask task) throws IOException {
        boolean folder = Files.isDirectory(path);
        Progress progress = new Progress(task);
        for (String name : checksums.keySet()) {
            progress.total(Files.size(folder ? path.resolve(name) : path));
        }
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        for (Map.Entry<String, String> wanted : checksums.entrySet()) {
            MessageDigest digest = MessageDigests.sha256();
            Path file = folder ? path.resolve(wanted.getKey()) : path;
            try (FileChannel in = FileChannel.open(file, StandardOpenOption.READ)) {
                update(digest, in, buffer, progress);
            }
            String found = HexFormat.of().formatHex(digest.digest());
            if (!found.equals(wanted.getValue())) {
                throw new ChecksumException(wanted.getKey(), wanted.getValue(), found);
            }
        }
    }

    /** Adds the rest of a file to a digest. */
    static void update(MessageDigest digest, FileChannel file, ByteBuffer buffer, Progress progress)
            throws IOException {
        while (file.read(buffer.clear()) > 0) {
            int count = buffer.flip().remaining();
            digest.update(buffer);
            progress.done(Phase.CHECKING, count);
        }
    }
}
