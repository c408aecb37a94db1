// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.get.MultiGetItemResponse;
import org.opensearch.action.get.MultiGetRequest;
import org.opensearch.action.get.MultiGetResponse;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.action.ActionListener;
import org.opensearch.ingest.IngestDocument;
import org.opensearch.search.fetch.subphase.FetchSourceContext;

/** Finds the stored versions of documents that are indexed again, with the rights of the request. */
final class StoredDocuments {
    private static final Logger LOG = LogManager.getLogger(StoredDocuments.class);

    private StoredDocuments() {}

    /**
     * What is stored of a document.
     *
     * @param source the fields asked for, as far as it has them
     */
    record Stored(Map<String, Object> source) {
        /** The value at a path; null if there is none. */
        @Nullable
        Object value(String path) {
            return XContentMapValues.extractValue(path, source);
        }
    }

    /**
     * Looks for documents that have an id. One that is not found, or that may not be read, is as good as new.
     *
     * @param listener gets what is stored of each, on the engine's pool
     */
    static void find(
            IngestEngine engine,
            List<IngestDocument> documents,
            List<String> paths,
            ActionListener<List<Stored>> listener) {
        MultiGetRequest request = new MultiGetRequest();
        Map<Integer, Integer> places = new HashMap<>();
        FetchSourceContext wanted = new FetchSourceContext(true, paths.toArray(String[]::new), new String[0]);
        for (int i = 0; i < documents.size(); i++) {
            Map<String, Object> fields = documents.get(i).getSourceAndMetadata();
            if (fields.get("_index") instanceof String index && fields.get("_id") instanceof String id) {
                places.put(i, request.getItems().size());
                request.add(new MultiGetRequest.Item(index, id)
                        .routing(fields.get("_routing") instanceof String routing ? routing : null)
                        .fetchSourceContext(wanted));
            }
        }
        if (places.isEmpty()) {
            listener.onResponse(none(documents.size()));
            return;
        }
        engine.client().multiGet(request, new ActionListener<>() {
            @Override
            public void onResponse(MultiGetResponse response) {
                List<Stored> all = none(documents.size());
                places.forEach((document, place) -> all.set(document, stored(response.getResponses()[place])));
                go(all);
            }

            @Override
            public void onFailure(Exception e) {
                LOG.debug("stored documents cannot be read", e);
                go(none(documents.size()));
            }

            private void go(List<Stored> all) {
                engine.run(listener, l -> l.onResponse(all));
            }
        });
    }

    private static List<Stored> none(int count) {
        List<Stored> none = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            none.add(new Stored(Map.of()));
        }
        return none;
    }

    private static Stored stored(MultiGetItemResponse item) {
        boolean found = !item.isFailed() && item.getResponse().isExists();
        Map<String, Object> source = found ? item.getResponse().getSourceAsMap() : null;
        return new Stored(source == null ? Map.of() : source);
    }
}
