// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.opensearch.common.hash.MessageDigests;
import org.opensearch.generate.models.deploy.DeployTask.Phase;

/**
 * Brings the files of a model into its folder, each byte once through a buffer.
 *
 * <h2>Failures</h2>
 * A file has its name only after its checksum was right. What came before a failure stays, and the next run goes on from there;
 * it hashes what is there first. A file with the wrong checksum is deleted. Where a part of it came in an earlier run, it is
 * fetched once more from its first byte, since a crash may have spoiled that part.
 */
final class Fetch {
    private static final int BUFFER_BYTES = 1 << 20;
    /** After so many bytes it is looked again whether the disk has room, which others take as well. */
    private static final int ROOM_BYTES = 1 << 28;

    private final RemoteFiles source;
    private final DeploymentFolder folder;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    private final Progress progress;

    Fetch(RemoteFiles source, DeploymentFolder folder, DeployTask task) {
        this.source = source;
        this.folder = folder;
        progress = new Progress(task);
    }

    /**
     * Brings all files.
     *
     * @param checksums SHA-256 by name
     * @throws ChecksumException if a file is another one than the deployment names
     */
    void run(Map<String, String> checksums) throws IOException {
        Map<String, Long> lengths = new LinkedHashMap<>();
        Set<Path> wanted = new HashSet<>();
        for (Map.Entry<String, String> file : checksums.entrySet()) {
            long length = source.length(file.getKey());
            progress.total(length);
            lengths.put(file.getKey(), length);
            wanted.add(folder.file(file.getKey()));
            wanted.add(folder.part(file.getKey(), file.getValue()));
        }
        folder.keepOnly(wanted);
        long present = 0;
        for (Map.Entry<String, String> file : checksums.entrySet()) {
            Path part = folder.part(file.getKey(), file.getValue());
            if (Files.exists(folder.file(file.getKey()))) {
                Files.move(folder.file(file.getKey()), part, StandardCopyOption.REPLACE_EXISTING);
            }
            present += Files.exists(part) ? Files.size(part) : 0;
        }
        folder.requireRoom(Math.max(0, progress.totalBytes() - present));
        for (Map.Entry<String, String> file : checksums.entrySet()) {
            one(file.getKey(), file.getValue(), lengths.getOrDefault(file.getKey(), 0L));
        }
        folder.complete(checksums);
    }

    private void one(String name, String sha256, long length) throws IOException {
        Path part = folder.part(name, sha256);
        long before = progress.doneBytes();
        boolean resumed = Files.exists(part);
        String found = fetch(name, part, length);
        if (!found.equals(sha256) && resumed) {
            Files.delete(part);
            progress.back(before);
            found = fetch(name, part, length);
        }
        if (!found.equals(sha256)) {
            Files.delete(part);
            throw new ChecksumException(name, sha256, found);
        }
        folder.moveWhole(part, folder.file(name));
    }

    /** Fetches what is missing of a file. Returns the SHA-256 of all of it. */
    private String fetch(String name, Path part, long length) throws IOException {
        MessageDigest digest = MessageDigests.sha256();
        try (FileChannel out =
                FileChannel.open(part, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long at = Math.min(out.size(), length);
            out.truncate(at);
            Checksums.update(digest, out, buffer, progress);
            if (at < length) {
                try (InputStream in = source.open(name, at, length)) {
                    copy(in, out, length - at, digest, name);
                }
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private void copy(InputStream in, FileChannel out, long bytes, MessageDigest digest, String name)
            throws IOException {
        long left = bytes;
        long nextLook = bytes - ROOM_BYTES;
        while (left > 0) {
            if (left <= nextLook) {
                folder.requireRoom(left);
                nextLook = left - ROOM_BYTES;
            }
            int count = in.read(buffer.array(), 0, (int) Math.min(BUFFER_BYTES, left));
            if (count < 0) {
                throw new EOFException("file [" + name + "] ended " + left + " bytes early");
            }
            digest.update(buffer.array(), 0, count);
            buffer.position(0).limit(count);
            while (buffer.hasRemaining()) {
                out.write(buffer);
            }
            left -= count;
            progress.done(Phase.DOWNLOADING, count);
        }
    }
}
