// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The Java kernels with any number of threads against themselves with one, and the table's own completeness. */
class KernelContractTest {
    private static final Set<String> NOT_OPERATIONS = Set.of(
            "name",
            "allocate",
            "adopt",
            "free",
            "resize",
            "allocatedBytes",
            "upload",
            "download",
            "allocateActivations",
            "pack",
            "products",
            "close");

    @TestFactory
    Stream<DynamicTest> java() {
        return KernelContract.tests(threads -> new ScalarKernels(threads, MemoryBudget.UNLIMITED));
    }

    @Test
    void everyOperationHasCases() {
        Set<String> operations = Arrays.stream(Kernels.class.getMethods())
                .map(Method::getName)
                .filter(name -> !NOT_OPERATIONS.contains(name))
                .collect(Collectors.toCollection(TreeSet::new));
        Set<String> tested =
                KernelCases.all().stream().map(KernelCase::operation).collect(Collectors.toCollection(TreeSet::new));
        assertEquals(operations, tested);
    }
}
