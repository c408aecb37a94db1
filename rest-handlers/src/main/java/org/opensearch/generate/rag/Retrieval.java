// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.index.query.MultiMatchQueryBuilder;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.fetch.subphase.FetchSourceContext;

/** What stands between a question and its documents: the query made of it, the texts of hits, the source that a reply shows. */
public final class Retrieval {
    private Retrieval() {}

    /** The query for a request that has none: the question's words in the context fields, or in all. */
    public static QueryBuilder query(String question, List<String> fields) {
        MultiMatchQueryBuilder query = new MultiMatchQueryBuilder(question);
        (fields.isEmpty() ? List.of("*") : fields).forEach(query::field);
        return query.lenient(true);
    }

    /** The documents of the hits, in rank order. */
    public static List<Document> documents(SearchHits hits, ContextOptions context) {
        List<Document> documents = new ArrayList<>();
        for (SearchHit hit : hits) {
            documents.add(Document.of(hit, context));
        }
        return documents;
    }

    /**
     * Reduces the source of hits to what the reply shall show. Retrieval itself takes all of it, so that the model can read
     * fields that the reply leaves out.
     */
    public static void show(SearchHits hits, @Nullable FetchSourceContext wanted) throws IOException {
        if (wanted == null) {
            return;
        }
        for (SearchHit hit : hits) {
            if (!wanted.fetchSource()) {
                hit.sourceRef(null);
            } else if (hit.hasSource()) {
                Map<String, Object> shown =
                        XContentMapValues.filter(hit.getSourceAsMap(), wanted.includes(), wanted.excludes());
                hit.sourceRef(BytesReference.bytes(XContentFactory.jsonBuilder().map(shown)));
            }
        }
    }
}
