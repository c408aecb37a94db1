// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.TinyTensors;

class MatrixLayoutTest {
    private static final String PACKED_OF_VERSION_1 = "17d6abce";

    /** Packed weights are kept in files from one release to the next. */
    @Test
    void whoeverChangesWhatPackedBytesAreChangesTheVersion() {
        CRC32C checksum = new CRC32C();
        try (Kernels kernels = new ScalarKernels(1, MemoryBudget.UNLIMITED)) {
            for (TensorType type : TensorType.values()) {
                byte[] data = TinyTensors.random(type, 37 * 512, 0.5f, new Random(7));
                PackedMatrix matrix = kernels.pack(TinyTensors.tensor("w", type, 37, 512, data), null);
                matrix.buffers()
                        .forEach(buffer -> checksum.update(buffer.memory().asByteBuffer()));
            }
        }
        assertEquals(
                PACKED_OF_VERSION_1,
                Long.toHexString(checksum.getValue()),
                "packed bytes have changed: raise MatrixLayout.VERSION (now " + MatrixLayout.VERSION
                        + "), then record their checksum here");
    }
}
