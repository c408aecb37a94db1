// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.results;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultFileTest {
    @TempDir
    Path folder;

    @Test
    void linesAreAppended() {
        ResultFile file = new ResultFile(folder.resolve("new/day.jsonl"));
        file.append(ResultFile.line("serve", "benchmarks/serve one").put("round", 1));
        file.append(ResultFile.line("serve", "benchmarks/serve two").put("round", 2));
        List<JsonNode> lines = file.lines();
        assertEquals(2, lines.size());
        assertEquals("benchmarks/serve two", lines.getLast().path("command").asText());
        assertFalse(lines.getLast().path("commit").asText().isEmpty());
        assertTrue(lines.getLast().path("machine").path("cores").asInt() > 0);
    }

    @Test
    void aCommandCanBeGivenToAShellAgain() {
        assertEquals(
                "compare rag-64 --ours 'a b' 'Matmul|Rows' 'it'\\''s'",
                ResultFile.command("compare", "rag-64", "--ours", "a b", "Matmul|Rows", "it's"));
    }

    @Test
    void aBrokenLineIsNamed() throws IOException {
        Path path = folder.resolve("broken.jsonl");
        Files.writeString(path, "{}\n{\"a\": }\n");
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> new ResultFile(path).lines());
        assertTrue(
                String.valueOf(error.getMessage()).contains("broken.jsonl, line 2, line 1, column 7"),
                error::getMessage);
    }

    @Test
    void aMissingFileIsNamed() {
        Path path = folder.resolve("none.jsonl");
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> new ResultFile(path).lines());
        assertEquals("no such file: " + path, error.getMessage());
    }
}
