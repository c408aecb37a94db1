// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.KernelContract;
import org.opensearch.generate.runner.kernel.Kernels;
import org.opensearch.generate.runner.kernel.MemoryBudget;
import org.opensearch.generate.runner.kernel.Workers;

class CpuKernelsTest {
    private static final Path FOLDER = Path.of(System.getProperty("generate.native.dir"));

    @TestFactory
    Stream<DynamicContainer> eachLevelGivesTheBitsOfJava() {
        return CpuKernels.best(FOLDER).downwards().stream()
                .map(level ->
                        dynamicContainer(level.id(), KernelContract.tests(threads -> open(level.id(), FOLDER, threads)
                                .kernels())));
    }

    @TestFactory
    Stream<DynamicContainer> eachWayToMultiplyGivesTheBitsOfJava() {
        CpuLevel best = CpuKernels.best(FOLDER);
        return Arrays.stream(MatmulKernel.values())
                .filter(kernel -> kernel.at(best))
                .map(kernel -> dynamicContainer(
                        best.id() + ", " + kernel,
                        KernelContract.tests(
                                "matmul", threads -> kernels(CpuLibrary.load(best, FOLDER), kernel, threads))));
    }

    /** On processors without tiles, plain C stands in for those; the code around them is the same. */
    @TestFactory
    Stream<DynamicTest> tilesGiveTheBitsOfJava() {
        if (!CpuKernels.best(FOLDER).downwards().contains(CpuLevel.AVX512VNNI)) {
            return Stream.of();
        }
        CpuLibrary library = CpuLibrary.load(CpuLevel.AMX, FOLDER.resolveSibling("native-tiles-in-c"));
        return KernelContract.tests("matmul", threads -> kernels(library, MatmulKernel.TILES, threads));
    }

    private static Kernels kernels(CpuLibrary library, MatmulKernel kernel, int threads) {
        return new CpuKernels(library, MatmulChoice.always(kernel), new Workers(threads), MemoryBudget.UNLIMITED);
    }

    @Test
    void aChoiceIsMeasuredForEveryKindAndNumberOfTokens() {
        CpuLibrary library = CpuLibrary.load(CpuKernels.best(FOLDER), FOLDER);
        MatmulChoice choice = MatmulChoice.of(library);
        assertTrue(choice.toString().matches("(streamed|panels|tiles)(, \\w+ from \\d+ tokens)*"), choice.toString());
    }

    @Test
    void aWayToMultiplyThatGivesOtherBitsIsNotUsed() {
        CpuLevel best = CpuKernels.best(FOLDER);
        CpuLibrary library = CpuLibrary.load(best, FOLDER);
        MatmulChoice choice = MatmulChoice.measure(best, (matrix, x, tokens, from, to, out, row, kernel) -> {
            library.matmul(matrix, x, tokens, from, to, out, row, kernel);
            if (kernel != MatmulKernel.STREAMED) {
                float right = out.memory().getAtIndex(ValueLayout.JAVA_FLOAT, 0);
                out.memory().setAtIndex(ValueLayout.JAVA_FLOAT, 0, Math.nextUp(right));
            }
        });
        assertEquals("streamed", choice.toString());
    }

    @Test
    void autoTakesTheBestLevel() {
        CpuKernels.Opened opened = open("auto", FOLDER, 2);
        try (Kernels kernels = opened.kernels()) {
            assertEquals("cpu-" + CpuKernels.best(FOLDER).id(), kernels.name());
            assertEquals("", opened.fallback());
        }
    }

    @Test
    void javaCanBeAskedFor() {
        CpuKernels.Opened opened = open("java", FOLDER, 2);
        try (Kernels kernels = opened.kernels()) {
            assertEquals("java", kernels.name());
            assertEquals("", opened.fallback());
        }
    }

    @Test
    void withoutLibrariesJavaComputesAndSaysWhy(@TempDir Path empty) {
        CpuKernels.Opened opened = open("auto", empty, 1);
        try (Kernels kernels = opened.kernels()) {
            assertEquals("java", kernels.name());
            assertTrue(opened.fallback().contains("there is no"), opened.fallback());
        }
    }

    @Test
    void aBrokenLibraryIsPassedOver(@TempDir Path folder) throws IOException {
        Path source = FOLDER.resolve(CpuLibrary.platform());
        Path target = Files.createDirectory(folder.resolve(CpuLibrary.platform()));
        String best = CpuKernels.best(FOLDER).id();
        Files.copy(source.resolve("libgenerate-baseline.so"), target.resolve("libgenerate-baseline.so"));
        Files.write(target.resolve("libgenerate-" + best + ".so"), new byte[] {1, 2, 3});
        CpuKernels.Opened opened = open("auto", folder, 1);
        try (Kernels kernels = opened.kernels()) {
            assertEquals(best.equals("baseline") ? "java" : "cpu-baseline", kernels.name());
            assertTrue(opened.fallback().contains("libgenerate-" + best), opened.fallback());
        }
        assertThrows(DeviceException.class, () -> open(best, folder, 1));
    }

    @Test
    void aLevelOfAnotherFamilyIsNeverOffered() {
        for (CpuLevel level : CpuLevel.values()) {
            assertTrue(CpuKernels.LEVEL_NAMES.contains(level.id()), level.id());
            for (CpuLevel less : level.downwards()) {
                assertTrue(less.isFor(level.architecture()), level + " above " + less);
            }
        }
        CpuLevel other = CpuLibrary.architecture().equals("aarch64") ? CpuLevel.AVX2 : CpuLevel.DOTPROD;
        DeviceException refused = assertThrows(DeviceException.class, () -> open(other.id(), FOLDER, 1));
        assertTrue(String.valueOf(refused.getMessage()).contains(other.architecture()), refused.getMessage());
    }

    @Test
    void theLevelsOfAFamilyGoDownToTheBaseline() {
        assertEquals(List.of(CpuLevel.I8MM, CpuLevel.DOTPROD, CpuLevel.BASELINE), CpuLevel.I8MM.downwards());
        assertEquals(List.of(CpuLevel.AVX2, CpuLevel.BASELINE), CpuLevel.AVX2.downwards());
        assertEquals(List.of(CpuLevel.BASELINE), CpuLevel.BASELINE.downwards());
        assertEquals(CpuLevel.DOTPROD, CpuLevel.of("aarch64", 1));
        assertEquals(CpuLevel.AVX2, CpuLevel.of("x86_64", 1));
        assertEquals(CpuLevel.BASELINE, CpuLevel.of("riscv64", 1));
    }

    @Test
    void aLevelAskedForByNameIsHadOrIsAnError(@TempDir Path empty) {
        assertThrows(DeviceException.class, () -> open("avx2", empty, 1));
        assertThrows(IllegalArgumentException.class, () -> open("avx1", FOLDER, 1));
    }

    private static CpuKernels.Opened open(String level, Path folder, int threads) {
        return CpuKernels.open(level, folder, threads, MemoryBudget.UNLIMITED);
    }
}
