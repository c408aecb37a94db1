// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.Map;
import org.opensearch.action.admin.indices.mapping.get.GetMappingsRequest;
import org.opensearch.cluster.metadata.MappingMetadata;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.MappingSchema;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.transport.client.Client;

/** Answers that shall be documents of an index: the schema of its mapping, read with the caller's rights. */
public final class MappedFormats {
    private MappedFormats() {}

    /**
     * Gives the options to the listener, with a schema where they name an index.
     *
     * @param client reads mappings
     */
    public static void resolve(Client client, AnswerOptions options, ActionListener<AnswerOptions> listener) {
        ResponseFormat format = options.format();
        if (format.type() != ResponseFormat.Type.MAPPING) {
            listener.onResponse(options);
            return;
        }
        String index = format.text("index");
        client.admin()
                .indices()
                .getMappings(
                        new GetMappingsRequest().indices(index),
                        ActionListener.map(
                                listener, found -> options.withFormat(schema(format, index, found.mappings()))));
    }

    private static ResponseFormat schema(ResponseFormat format, String index, Map<String, MappingMetadata> found) {
        if (found.size() != 1) {
            throw new IllegalArgumentException(
                    "[response_format.index] must name one index, [" + index + "] names " + found.size());
        }
        Map<String, Object> mapping = found.values().iterator().next().sourceAsMap();
        return ResponseFormat.schema(MappingSchema.of(index, mapping, format.texts("fields")));
    }
}
