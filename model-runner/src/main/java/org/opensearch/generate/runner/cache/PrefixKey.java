// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Names a page by everything its keys and values depend on: the salt and all tokens from the start of the sequence to the
 * page's end. It is the SHA-256 of the parent's key and the page's tokens, so nobody can make two prefixes meet.
 */
public record PrefixKey(long a, long b, long c, long d) {
    private static final int BYTES = 4 * Long.BYTES;

    /** The key before the first page. */
    public static PrefixKey root(String salt) {
        return of(salt.getBytes(StandardCharsets.UTF_8));
    }

    /** The key of the page that follows, which holds {@code count} tokens from {@code from} on. */
    public PrefixKey next(int[] tokens, int from, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(BYTES + count * Integer.BYTES);
        bytes.putLong(a).putLong(b).putLong(c).putLong(d);
        for (int i = from; i < from + count; i++) {
            bytes.putInt(tokens[i]);
        }
        return of(bytes.array());
    }

    private static PrefixKey of(byte[] bytes) {
        try {
            ByteBuffer digest =
                    ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(bytes));
            return new PrefixKey(digest.getLong(), digest.getLong(), digest.getLong(), digest.getLong());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
