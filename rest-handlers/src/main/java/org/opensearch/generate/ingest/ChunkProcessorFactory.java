// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.ingest.Processor;

/** Makes processors of the type {@code generate_chunk}. Options are named as those of the processor {@code text_chunking}. */
public final class ChunkProcessorFactory implements Processor.Factory {
    /** Name of the type in pipelines. */
    public static final String TYPE = ChunkProcessor.TYPE;

    private static final String ALGORITHM = "fixed_token_length";
    private static final int TOKEN_LIMIT = 384;
    private static final int MOST_TOKENS = 1 << 20;

    private final Supplier<IngestEngine> engine;

    /** @param engine the node's, asked for by the first document */
    public ChunkProcessorFactory(Supplier<IngestEngine> engine) {
        this.engine = engine;
    }

    @Override
    public Processor create(
            Map<String, Processor.Factory> factories, String tag, String description, Map<String, Object> options) {
        Config config = new Config(TYPE, tag, options);
        String model = config.text("model");
        boolean ignoreMissing = config.flag("ignore_missing");
        Map<String, String> fields = fields(config);
        Config algorithm = config.object("algorithm");
        Config parameters = algorithm == null ? null : algorithm.object(ALGORITHM);
        if (parameters == null) {
            parameters = new Config(TYPE, tag, new LinkedHashMap<>());
        }
        int limit = (int) parameters.whole("token_limit", Splitter.LEAST_TOKENS, MOST_TOKENS, TOKEN_LIMIT);
        double overlap = parameters.number("overlap_rate", 0, 0.5, 0);
        int most = (int) parameters.whole(
                "max_chunk_limit", ChunkProcessor.Options.NO_LIMIT, MOST_TOKENS, ChunkProcessor.Options.NO_LIMIT);
        if (most == 0) {
            throw parameters.wrong("max_chunk_limit", "must be -1 for no limit, or at least 1, found [0]");
        }
        parameters.end();
        if (algorithm != null) {
            algorithm.end();
        }
        return new ChunkProcessor(
                tag,
                description,
                new ChunkProcessor.Options(model, fields, limit, overlap, most, ignoreMissing),
                engine);
    }

    private static Map<String, String> fields(Config config) {
        Config map = config.object("field_map");
        if (map == null || map.names().isEmpty()) {
            throw config.wrong("field_map", "must name at least one field and the field for its chunks");
        }
        Map<String, String> fields = new LinkedHashMap<>();
        for (String field : map.names()) {
            String target = map.requiredText(field);
            if (target.equals(field) || fields.containsValue(target)) {
                throw map.wrong(field, "needs a field of its own for its chunks, found [" + target + "]");
            }
            fields.put(field, target);
        }
        return fields;
    }
}
