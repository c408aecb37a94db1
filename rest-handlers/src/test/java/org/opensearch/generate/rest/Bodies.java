// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.io.IOException;
import java.util.List;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.search.SearchModule;

/** Request bodies, parsed as a node parses them: with OpenSearch's own queries. */
final class Bodies {
    static final SearchModule SEARCH = new SearchModule(Settings.EMPTY, List.of());
    private static final NamedXContentRegistry QUERIES = new NamedXContentRegistry(SEARCH.getNamedXContents());

    private Bodies() {}

    static GenerateRequest parse(byte[] body, String... indices) throws IOException {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(QUERIES, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, body)) {
            return GenerateBody.parse(parser).request(indices, SearchRequest.DEFAULT_INDICES_OPTIONS);
        }
    }
}
