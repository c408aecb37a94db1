// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

@SuppressWarnings("NullAway.Init")
class ReportCommandTest {
    private static final String OLD =
            "{\"kind\":\"compare\",\"scenario\":\"rag-64\",\"command\":\"compare a\",\"commit\":\"c1\",\"rounds\":5,"
                    + "\"medians\":{\"answers.requests_per_minute\":{\"ours\":1,\"peer\":9}}}\n";
    private static final String NEW =
            "{\"kind\":\"compare\",\"scenario\":\"rag-64\",\"command\":\"compare a\",\"commit\":\"c2\",\"rounds\":5,"
                    + "\"medians\":{\"answers.requests_per_minute\":{\"ours\":1250,\"peer\":250},"
                    + "\"answers.ttft_ms.p50\":{\"ours\":20,\"peer\":10},\"answers.ttft_ms.count\":{\"ours\":4,\"peer\":4},"
                    + "\"beside/searches.latency_p99_over_first_phase\":{\"ours\":1.5,\"peer\":3},"
                    + "\"answers.errors\":{\"ours\":0,\"peer\":0}}}\n{\"kind\":\"serve\",\"scenario\":\"rag-64\"}\n";

    @TempDir
    Path folder;

    private Path results;
    private Path document;

    @BeforeEach
    void files() throws IOException {
        results = folder.resolve("results.jsonl");
        document = folder.resolve("performance.md");
        Files.writeString(results, OLD + NEW);
        Files.writeString(document, "before\n" + ReportCommand.BEGIN + "\nold\n" + ReportCommand.END + "\nafter\n");
    }

    @Test
    void theTableStandsBetweenTheMarkersAndSaysTheSameTwice() throws IOException {
        ReportCommand.write(List.of(results), document);
        String once = Files.readString(document);
        assertEquals("before\n" + ReportCommand.BEGIN + """

                        | comparison | measure | ours | peer | times better |
                        |---|---|---|---|---|
                        | rag-64 | requests/min | 1,250 | 250 | 5.00 |
                        | rag-64 | TTFT p50, ms | 20.0 | 10.0 | 0.50 |
                        | rag-64 | beside/searches: p99 beside answers over alone | 1.50 | 3.00 | 2.00 |

                        - rag-64, medians of 5 at commit `c2`: `compare a`

                        ![Ours over the peer](performance.svg)
                        """ + ReportCommand.END + "\nafter\n", once);
        ReportCommand.write(List.of(results), document);
        assertEquals(once, Files.readString(document));
    }

    @Test
    void thePlotHasABarForEachRow() throws Exception {
        ReportCommand.write(List.of(results), document);
        Document svg = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(folder.resolve(ReportCommand.PLOT).toFile());
        assertEquals(3, svg.getElementsByTagName("rect").getLength());
        assertEquals("svg", svg.getDocumentElement().getTagName());
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Files.writeString(document, "no markers\n");
        assertMessage(document + ": wanted a line " + ReportCommand.BEGIN, results);
        Files.writeString(results, "{\"kind\":\"serve\"}\n");
        assertMessage("no comparisons in ", results);
        assertMessage("no such file: ", folder.resolve("none.jsonl"));
    }

    private void assertMessage(String start, Path file) {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> ReportCommand.write(List.of(file), document));
        assertTrue(String.valueOf(error.getMessage()).startsWith(start), error::getMessage);
    }
}
