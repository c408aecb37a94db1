// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.weights;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.kernel.MatrixLayout;

/**
 * Which packed weights a model's files give, as a SHA-256 that is cheap to take.
 *
 * <h2>Idea</h2>
 * Hashing all bytes would take as long as packing them. So the hash is over each file's size, time of modification and up to
 * {@value #SAMPLES} samples of {@value #SAMPLE_BYTES} bytes spread evenly over it, the first and last bytes among them; and over
 * the version of the layout and the byte order. Names and places do not count: a model that is moved keeps its fingerprint. Two
 * trainings of one model differ almost everywhere, so the samples tell them apart even where sizes and times agree. What is not
 * seen is an edit of a few bytes that leaves the time of modification as it was.
 */
final class ModelFingerprint {
    private static final int SAMPLES = 256;
    private static final int SAMPLE_BYTES = 4096;

    private ModelFingerprint() {}

    /** The files that hold a model's tensors, in order; none if it does not come from files. */
    static List<Path> files(ModelSource source) throws IOException {
        Path path = source.path();
        if (!Files.isDirectory(path)) {
            return Files.isRegularFile(path) ? List.of(path) : List.of();
        }
        try (Stream<Path> entries = Files.list(path)) {
            return entries.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
        }
    }

    /** In hexadecimal. */
    static String of(List<Path> files) throws IOException {
        MessageDigest digest = sha256();
        update(digest, MatrixLayout.VERSION, ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 1 : 0, files.size());
        for (Path file : files) {
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                long bytes = channel.size();
                update(digest, bytes, Files.getLastModifiedTime(file).toMillis());
                sample(digest, channel, bytes);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void sample(MessageDigest digest, FileChannel channel, long bytes) throws IOException {
        ByteBuffer sample = ByteBuffer.allocate(SAMPLE_BYTES);
        long last = Math.max(0, bytes - SAMPLE_BYTES);
        long count = Math.min(SAMPLES, Math.ceilDiv(bytes, SAMPLE_BYTES));
        for (long i = 0; i < count; i++) {
            sample.clear();
            // Below 2^8 samples of files below 2^54 bytes: no overflow.
            long at = count == 1 ? 0 : last * i / (count - 1);
            while (sample.hasRemaining() && channel.read(sample, at + sample.position()) >= 0) {
                // A read may give less than is asked for.
            }
            digest.update(sample.flip());
        }
    }

    private static void update(MessageDigest digest, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES);
        for (long value : values) {
            bytes.putLong(value);
        }
        digest.update(bytes.flip());
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
