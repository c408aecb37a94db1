// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/**
 * What every implementation of {@link Kernels} on the host owes: for each {@link KernelCase}, with any number of threads, the same
 * bits as {@link ScalarKernels} with one, in the outputs and in the inputs, and no byte written beside them.
 */
public final class KernelContract {
    private static final int MOST_THREADS = 8;

    private KernelContract() {}

    /** A test for each operation, over all of its cases, with 1 to 8 threads. */
    public static Stream<DynamicTest> tests(IntFunction<Kernels> withThreads) {
        return tests(withThreads, IntStream.rangeClosed(1, MOST_THREADS).toArray());
    }

    /** A test for each operation, over all of its cases, with each of these numbers of threads. */
    public static Stream<DynamicTest> tests(IntFunction<Kernels> withThreads, int... threadCounts) {
        return KernelCases.all().stream()
                .map(KernelCase::operation)
                .distinct()
                .map(operation -> dynamicTest(operation, () -> check(operation, withThreads, threadCounts)));
    }

    /** The test of one operation. */
    public static Stream<DynamicTest> tests(String operation, IntFunction<Kernels> withThreads) {
        return Stream.of(dynamicTest(
                operation,
                () -> check(
                        operation,
                        withThreads,
                        IntStream.rangeClosed(1, MOST_THREADS).toArray())));
    }

    private static void check(String operation, IntFunction<Kernels> withThreads, int[] threadCounts) {
        List<KernelCase> cases = KernelCases.all().stream()
                .filter(c -> c.operation().equals(operation))
                .toList();
        List<List<byte[]>> wanted = new ArrayList<>();
        try (Kernels definition = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            for (KernelCase row : cases) {
                wanted.add(bytes(row, definition));
            }
        }
        for (int threads : threadCounts) {
            try (Kernels kernels = withThreads.apply(threads)) {
                for (int i = 0; i < cases.size(); i++) {
                    List<byte[]> found = bytes(cases.get(i), kernels);
                    if (cases.get(i).values() != KernelRun.Values.NOT_FINITE) {
                        same(cases.get(i) + " on " + kernels.name() + " with " + threads, wanted.get(i), found);
                    }
                }
            }
        }
    }

    private static List<byte[]> bytes(KernelCase row, Kernels kernels) {
        try (KernelRun run = new KernelRun(kernels, row.values(), row.toString().hashCode())) {
            row.body().accept(run);
            return run.bytes();
        }
    }

    private static void same(String what, List<byte[]> wanted, List<byte[]> found) {
        assertEquals(wanted.size(), found.size(), what);
        for (int i = 0; i < wanted.size(); i++) {
            ByteBuffer a = ByteBuffer.wrap(wanted.get(i)).order(ByteOrder.nativeOrder());
            ByteBuffer b = ByteBuffer.wrap(found.get(i)).order(ByteOrder.nativeOrder());
            int at = a.mismatch(b);
            if (at >= 0) {
                int word = at / 4 * 4;
                throw new AssertionError(what + ": buffer " + i + " differs at byte " + at + " with guard, wanted "
                        + a.getFloat(word) + " or 0x" + Integer.toHexString(a.getInt(word)) + ", found "
                        + b.getFloat(word) + " or 0x" + Integer.toHexString(b.getInt(word)));
            }
        }
    }
}
