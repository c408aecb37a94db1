// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.models.LoadedModel;
import org.opensearch.generate.rag.Document;
import org.opensearch.ingest.AbstractProcessor;
import org.opensearch.ingest.IngestDocument;

/**
 * The processor {@value #TYPE}: splits texts by a model's tokenizer and writes them as objects with their offsets. Never works on
 * the thread that calls it.
 */
final class ChunkProcessor extends AbstractProcessor {
    static final String TYPE = "generate_chunk";

    private final Supplier<IngestEngine> engine;
    private final Options options;

    /**
     * What a pipeline says.
     *
     * @param model whose tokenizer counts; null for the default
     * @param fields paths of texts, each with the path that their chunks are written to
     * @param tokenLimit most tokens of a chunk
     * @param overlapRate share of those that a chunk may have in common with the one before, 0 to 0.5
     * @param maxChunks most chunks of a document's field, or {@value #NO_LIMIT}
     * @param ignoreMissing whether a document without a field's text gets no list of chunks, rather than an empty one
     */
    record Options(
            @Nullable String model,
            Map<String, String> fields,
            int tokenLimit,
            double overlapRate,
            int maxChunks,
            boolean ignoreMissing) {
        static final int NO_LIMIT = -1;
    }

    ChunkProcessor(@Nullable String tag, @Nullable String description, Options options, Supplier<IngestEngine> engine) {
        super(tag, description);
        this.options = options;
        this.engine = engine;
    }

    @Override
    public void execute(IngestDocument document, BiConsumer<IngestDocument, Exception> handler) {
        ActionListener<LoadedModel> back = new ActionListener<>() {
            @Override
            public void onResponse(LoadedModel model) {
                Exception failure = null;
                try {
                    chunk(document, model.model().tokenizer());
                } catch (RuntimeException e) {
                    failure = e;
                } finally {
                    model.decRef();
                }
                Handlers.tell(handler, document, failure);
            }

            @Override
            public void onFailure(Exception e) {
                Handlers.tell(handler, document, e);
            }
        };
        engine.get().withModel(options.model(), back);
    }

    @Override
    public IngestDocument execute(IngestDocument document) {
        throw new UnsupportedOperationException("[" + TYPE + "] works asynchronously only");
    }

    @Override
    public String getType() {
        return TYPE;
    }

    /** Writes the chunks of all fields, or fails and writes none. */
    void chunk(IngestDocument document, Tokenizer tokenizer) {
        Splitter splitter = new Splitter(
                tokenizer, options.tokenLimit(), (int) Math.floor(options.tokenLimit() * options.overlapRate()));
        Map<String, Object> all = new LinkedHashMap<>();
        options.fields().forEach((field, target) -> {
            List<Document.Text> texts = Targets.texts(document, field);
            if (!texts.isEmpty() || !options.ignoreMissing()) {
                all.put(target, chunks(field, texts, splitter));
            }
        });
        Targets.check(document, all.keySet());
        all.forEach(document::setFieldValue);
    }

    private List<Map<String, Object>> chunks(String field, List<Document.Text> texts, Splitter splitter) {
        List<Map<String, Object>> chunks = new ArrayList<>();
        for (int item = 0; item < texts.size(); item++) {
            String value = texts.get(item).value();
            for (Splitter.Chunk chunk : splitter.split(value)) {
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("text", value.substring(chunk.start(), chunk.end()));
                entry.put("start", chunk.start());
                entry.put("end", chunk.end());
                entry.put("tokens", chunk.tokens());
                if (texts.size() > 1) {
                    entry.put("item", item);
                }
                chunks.add(entry);
            }
        }
        if (options.maxChunks() != Options.NO_LIMIT && chunks.size() > options.maxChunks()) {
            throw new IllegalArgumentException("field [" + field + "] makes " + chunks.size()
                    + " chunks, [max_chunk_limit] allows " + options.maxChunks());
        }
        return chunks;
    }
}
