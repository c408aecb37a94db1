// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.opensearch.OpenSearchParseException;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.TinyModel;
import org.opensearch.ingest.IngestDocument;

/** What the processor writes, and which options it takes. */
class ChunkProcessorTest {
    private static final Map<String, Object> SMALL = Map.of("fixed_token_length", Map.of("token_limit", 12));

    @TempDir
    private Path folder = Path.of("");

    private static IngestDocument document(Map<String, Object> source) {
        return new IngestDocument("index", "id", null, null, null, new HashMap<>(source));
    }

    private static ChunkProcessor processor(Map<String, Object> options) {
        return (ChunkProcessor) new ChunkProcessorFactory(() -> {
                    throw new IllegalStateException("not asked here");
                })
                .create(Map.of(), "tag", "description", new HashMap<>(options));
    }

    private void chunk(IngestDocument document, Map<String, Object> options) throws IOException {
        try (ModelSource source = ModelFiles.open(TinyModel.of("qwen2").writeGguf(folder))) {
            processor(options).chunk(document, source.tokenizer());
        }
    }

    @Test
    void chunksCarryTextOffsetsAndTokens() throws IOException {
        IngestDocument document = document(Map.of("body", "One here. Two there."));
        chunk(document, Map.of("field_map", Map.of("body", "chunks"), "algorithm", SMALL));
        assertEquals(
                List.of(
                        Map.of("text", "One here. ", "start", 0, "end", 10, "tokens", 10),
                        Map.of("text", "Two there.", "start", 10, "end", 20, "tokens", 10)),
                document.getFieldValue("chunks", List.class));
    }

    @Test
    void toleranceOfMissingAndNestedFields() throws IOException {
        Map<String, Object> options =
                Map.of("field_map", Map.of("sections.body", "chunks", "a.b", "meta.chunks"), "algorithm", SMALL);
        IngestDocument document = document(new HashMap<>(Map.of(
                "sections", List.of(Map.of("body", "First."), Map.of("other", 1), Map.of("body", "Second.")), "x", 1)));
        chunk(document, options);
        assertEquals(
                List.of(
                        Map.of("text", "First.", "start", 0, "end", 6, "tokens", 6, "item", 0),
                        Map.of("text", "Second.", "start", 0, "end", 7, "tokens", 7, "item", 1)),
                document.getFieldValue("chunks", List.class));
        assertEquals(List.of(), document.getFieldValue("meta.chunks", List.class));

        IngestDocument bare = document(Map.of("x", 1));
        Map<String, Object> ignoring = new HashMap<>(options);
        ignoring.put("ignore_missing", true);
        chunk(bare, ignoring);
        assertFalse(bare.hasField("chunks"));
        assertFalse(bare.hasField("meta"));
    }

    @Test
    void aDocumentThatCannotTakeAllChunksIsLeftAsItIs() {
        IngestDocument document = document(Map.of("a", "Text.", "b", "Text.", "scalar", 1));
        assertThrows(
                IllegalArgumentException.class,
                () -> chunk(document, Map.of("field_map", Map.of("a", "a_chunks", "b", "scalar.chunks"))));
        assertFalse(document.hasField("a_chunks"));
        IllegalArgumentException many = assertThrows(
                IllegalArgumentException.class,
                () -> chunk(
                        document(Map.of("a", "One here. Two there.")),
                        Map.of(
                                "field_map",
                                Map.of("a", "chunks"),
                                "algorithm",
                                Map.of("fixed_token_length", Map.of("token_limit", 12, "max_chunk_limit", 1)))));
        assertTrue(String.valueOf(many.getMessage()).contains("[max_chunk_limit]"), many.getMessage());
    }

    @Test
    void wrongOptionsAreNamed() {
        refused(Map.of(), "field_map");
        refused(Map.of("field_map", Map.of()), "field_map");
        refused(Map.of("field_map", Map.of("a", "a")), "field_map.a");
        refused(Map.of("field_map", Map.of("a", 1)), "field_map.a");
        refused(algorithm("fixed_token_length", Map.of("token_limit", 7)), "token_limit");
        refused(algorithm("fixed_token_length", Map.of("overlap_rate", 0.6)), "overlap_rate");
        refused(algorithm("fixed_token_length", Map.of("max_chunk_limit", 0)), "max_chunk_limit");
        refused(algorithm("fixed_token_length", Map.of("tokenizer", "standard")), "tokenizer");
        refused(algorithm("delimiter", Map.of()), "algorithm.delimiter");
    }

    private static Map<String, Object> algorithm(String name, Map<String, Object> parameters) {
        return Map.of("field_map", Map.of("a", "b"), "algorithm", Map.of(name, parameters));
    }

    private static void refused(Map<String, Object> options, String named) {
        OpenSearchParseException refusal = assertThrows(OpenSearchParseException.class, () -> processor(options));
        assertTrue(String.valueOf(refusal.getMessage()).contains(named), refusal.getMessage());
    }
}
