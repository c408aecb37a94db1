// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Valid bytes with something wrong in them, again and again: bits flipped, numbers replaced by extreme ones, pieces cut out,
 * repeated or swapped. A reader may take each or throw {@link ModelFileException}; nothing else, in bounded memory and time. A
 * failing case says the seed that runs it alone, as the first.
 */
public final class Mutations {
    private static final long[] EXTREMES = {
        0,
        1,
        -1,
        0x7F,
        0x80,
        0xFF,
        0x7FFF,
        0xFFFF,
        0x7FFFFFFF,
        0x80000000L,
        0xFFFFFFFFL,
        1L << 32,
        1L << 62,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    private static final long MOST_BYTES = 64 << 20;
    private static final long MOST_NANOS = 10_000_000_000L;

    /** Reads bytes. */
    @FunctionalInterface
    public interface Reader {
        void read(byte[] bytes) throws Exception;
    }

    private Mutations() {}

    /** Gives {@code count} mutations of {@code valid} to a reader; most of them within its first {@code head} bytes. */
    public static void forAll(int count, byte[] valid, int head, Reader reader) {
        String given = System.getProperty("test.seed", "");
        long seed = given.isEmpty() ? ThreadLocalRandom.current().nextLong() : Long.parseUnsignedLong(given, 16);
        for (int i = 0; i < count; i++, seed++) {
            byte[] mutated = mutate(valid, head, new Random(seed));
            try {
                check(mutated, reader);
            } catch (Exception | AssertionError | StackOverflowError | OutOfMemoryError problem) {
                throw new AssertionError("replay with -Dtest.seed=" + Long.toHexString(seed), problem);
            }
        }
    }

    /** Gives bytes to a reader, which may refuse them. */
    public static void read(byte[] bytes, Reader reader) throws Exception {
        try {
            reader.read(bytes);
        } catch (ModelFileException expected) {
            if (expected.offset() < 0 || String.valueOf(expected.getMessage()).length() > 1 << 20) {
                throw new AssertionError("offset " + expected.offset(), expected);
            }
        }
    }

    /** As {@link #read}, within bounds of memory and time. */
    public static void check(byte[] bytes, Reader reader) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocatedBefore = threads.getCurrentThreadAllocatedBytes();
        long start = System.nanoTime();
        read(bytes, reader);
        long nanos = System.nanoTime() - start;
        long allocated = threads.getCurrentThreadAllocatedBytes() - allocatedBefore;
        if (nanos > MOST_NANOS || allocated > MOST_BYTES) {
            throw new AssertionError(nanos / 1_000_000 + " ms, " + allocated + " bytes allocated");
        }
    }

    private static byte[] mutate(byte[] valid, int head, Random random) {
        byte[] bytes = valid.clone();
        for (int i = 1 + random.nextInt(3); i > 0 && bytes.length > 8; i--) {
            int within = random.nextInt(8) == 0 ? bytes.length : Math.min(head, bytes.length);
            int at = random.nextInt(within - 7);
            int length = 1 + random.nextInt(Math.min(40, bytes.length - at));
            ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            switch (random.nextInt(8)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> buffer.putInt(at, (int) EXTREMES[random.nextInt(EXTREMES.length)]);
                case 3 -> buffer.putLong(at, EXTREMES[random.nextInt(EXTREMES.length)]);
                case 4 -> buffer.putLong(at, buffer.getLong(at) + random.nextInt(17) - 8);
                case 5 -> bytes = Arrays.copyOf(bytes, bytes.length - random.nextInt(bytes.length / 2));
                case 6 -> bytes = splice(bytes, at, length, 0);
                default -> bytes = splice(bytes, at, length, 2 + random.nextInt(3));
            }
        }
        return bytes;
    }

    /** A piece, repeated: not at all cuts it out. */
    private static byte[] splice(byte[] bytes, int at, int length, int times) {
        TinyBytes spliced = new TinyBytes().bytes(Arrays.copyOf(bytes, at));
        for (int i = 0; i < times; i++) {
            spliced.bytes(Arrays.copyOfRange(bytes, at, at + length));
        }
        return spliced.bytes(Arrays.copyOfRange(bytes, at + length, bytes.length))
                .toArray();
    }
}
