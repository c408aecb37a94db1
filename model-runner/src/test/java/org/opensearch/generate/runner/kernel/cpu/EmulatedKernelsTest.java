// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.generate.runner.kernel.KernelContract;

/** The kernels of aarch64 on whatever machine this is, and the way there with this machine's own. */
class EmulatedKernelsTest {
    private static final Path FOLDER = Path.of(System.getProperty("generate.native.dir"));

    private final List<Replay> open = new ArrayList<>();

    @TestFactory
    @Tag("aarch64-compiler")
    @Tag("aarch64-emulator")
    Stream<DynamicContainer> eachLevelOfAarch64GivesTheBitsOfJava() {
        return CpuLevel.I8MM.downwards().stream().map(level -> contract("aarch64", level, 1, 3, 8));
    }

    @TestFactory
    Stream<DynamicContainer> soDoesTheBaselineOfThisMachineInAnotherProcess() {
        return Stream.of(contract(CpuLibrary.architecture(), CpuLevel.BASELINE, 3));
    }

    @ParameterizedTest
    @Tag("aarch64-compiler")
    @Tag("aarch64-emulator")
    @CsvSource({
        "cortex-a53, BASELINE",
        "cortex-a72, BASELINE",
        "cortex-a76, DOTPROD",
        "neoverse-n1, DOTPROD",
        "max, I8MM"
    })
    void aProcessorGetsTheLevelThatItCanRun(String processor, CpuLevel level) throws IOException {
        assertEquals(
                level,
                CpuLevel.of(
                        "aarch64",
                        replay("aarch64", processor, CpuLevel.BASELINE).level()));
    }

    @Test
    void theProcessAnswersForTheLevelOfThisMachine() throws IOException {
        long level = replay(CpuLibrary.architecture(), "max", CpuLevel.BASELINE).level();
        assertEquals(CpuKernels.best(FOLDER), CpuLevel.of(CpuLibrary.architecture(), level));
    }

    private DynamicContainer contract(String architecture, CpuLevel level, int... threads) {
        try {
            Replay replay = replay(architecture, "max", level);
            return dynamicContainer(architecture + " " + level.id(), KernelContract.tests(replay::kernels, threads));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private Replay replay(String architecture, String processor, CpuLevel level) throws IOException {
        Replay replay = new Replay(architecture, processor, level, FOLDER);
        open.add(replay);
        return replay;
    }

    @AfterEach
    void close() {
        open.forEach(Replay::close);
    }
}
