// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.opensearch.generate.benchmarks.node.Http;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.serve.Corpus;

/**
 * What the load works on: an index of the sample passages that stays as it is, one that documents are written to, pipelines, a
 * loaded model.
 *
 * @param corpus what is searched and asked
 * @param model the model's id
 * @param streams whether the nodes can stream
 * @param enriches whether a model writes to documents as they are ingested
 */
record Scene(Corpus corpus, String model, boolean streams, boolean enriches) {
    /** The index that questions are asked of. */
    static final String READ = "soak-read";
    /** The index that documents are written to. */
    static final String WRITTEN = "soak-written";
    /** Name of the search pipeline and of the ingest pipeline. */
    static final String PIPELINE = "soak";
    /** Tokens of each answer. */
    static final int NEW_TOKENS = 16;

    private static final int ENRICHED_TOKENS = 8;

    /** Makes all of it anew. Throws {@link IllegalArgumentException} if the model cannot be loaded. */
    static Scene set(Http http, String model) throws IOException, InterruptedException {
        Corpus corpus = Corpus.sample();
        for (String index : new String[] {READ, WRITTEN}) {
            http.ask("DELETE", "/" + index, "");
            http.call("PUT", "/" + index, "{\"settings\": {\"number_of_shards\": 2, \"number_of_replicas\": 0}}");
        }
        StringBuilder bulk = new StringBuilder();
        for (int i = 0; i < corpus.passages().size(); i++) {
            bulk.append("{\"index\": {\"_id\": \"").append(i).append("\"}}\n");
            bulk.append(Json.object().put("text", corpus.passages().get(i))).append('\n');
        }
        http.call("POST", "/" + READ + "/_bulk?refresh=true", bulk.toString());
        http.loadModel(model);
        boolean enriches = http.get("/_nodes/ingest").toString().contains("{\"type\":\"generate\"}");
        http.call(
                "PUT", "/_ingest/pipeline/" + PIPELINE, ingest(model, enriches).toString());
        http.call(
                "PUT",
                "/_search/pipeline/" + PIPELINE,
                "{\"response_processors\": [{\"generate\": {\"model_id\": \"" + model
                        + "\", \"context_field_list\": [\"text\"], \"max_completion_tokens\": " + NEW_TOKENS + "}}]}");
        boolean streams = http.get("/_nodes/settings").toString().contains("reactor-netty4");
        return new Scene(corpus, model, streams, enriches);
    }

    private static ObjectNode ingest(String model, boolean enriches) {
        ObjectNode pipeline = Json.object();
        ObjectNode processor = pipeline.putArray("processors").addObject();
        if (enriches) {
            processor
                    .putObject("generate")
                    .put("field", "text")
                    .put("target_field", "summary")
                    .put("prompt", "Summarise number {{number}}: {{text}}")
                    .put("model", model)
                    .put("max_tokens", ENRICHED_TOKENS);
        } else {
            processor.putObject("set").put("field", "summary").put("value", "{{text}}");
        }
        return pipeline;
    }
}
