// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.benchmarks.results.Json;

class KernelResultTest {
    private static final Limits LIMITS = Limits.of(Json.parse(
            "limits",
            "{\"level\":\"avx2\",\"threads\":2,\"read_gigabytes_per_second\":20,\"int8_teraops\":0.5,"
                    + "\"f32_teraflops\":0.25}"));
    private static final KernelResult RESULT = new KernelResult(
            "MatmulBenchmark.matmul", Map.of("tokens", "1"), "avx2", 1500, 10, 15, 0.03, 0, LIMITS, LIMITS);

    @Test
    void whatIsReachedStandsBesideTheLimit() {
        ObjectNode json = RESULT.toJson();
        assertEquals(75.0, json.at("/percent_of_limit/gigabytes").asDouble());
        assertEquals(6.0, json.at("/percent_of_limit/int8").asDouble());
        assertEquals(0.0, json.at("/percent_of_limit/f32").asDouble());
        assertEquals(20.0, json.at("/limits/gigabytes_per_second").asDouble());
        assertEquals("1", json.at("/parameters/tokens").asText());
    }

    @Test
    void aRowHasTheColumnsOfItsHead() {
        assertEquals(KernelResult.HEAD.length(), RESULT.row().length());
        assertTrue(RESULT.row().contains(" 75.0"), RESULT::row);
    }
}
