// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.IOException;
import org.opensearch.common.network.NetworkModule;
import org.opensearch.common.settings.Settings;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.http.HttpTransportSettings;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;

/**
 * Whether this node's HTTP transport can stream replies.
 *
 * <h2>Idea</h2>
 * A transport that streams decides by the path, before the body is read, and sends the status with the headers at once. So a path
 * that streams could not answer an ordinary request with a status of its own. Streams have paths of their own, the ordinary path
 * and {@code /stream}; a body that asks for a stream on the ordinary path is sent there with a 307, which keeps method and body.
 */
public final class Streaming {
    private static final String TRANSPORT = "reactor-netty4";
    private static final String SUFFIX = "stream";

    private final String httpType;
    private final int mostBodyBytes;

    /** @param settings the node's */
    public Streaming(Settings settings) {
        httpType = NetworkModule.HTTP_TYPE_SETTING.get(settings);
        mostBodyBytes = Math.toIntExact(HttpTransportSettings.SETTING_HTTP_MAX_CONTENT_LENGTH
                .get(settings)
                .getBytes());
    }

    /** Whether it can. */
    public boolean supported() {
        return httpType.startsWith(TRANSPORT);
    }

    /** The longest body, {@code http.max_content_length}. */
    int mostBodyBytes() {
        return mostBodyBytes;
    }

    /** Throws {@link IllegalArgumentException}, which says what to do, if it cannot. */
    public void check() {
        if (!supported()) {
            throw new IllegalArgumentException(
                    "[stream] needs the plugin [transport-reactor-netty4] and [http.type: " + TRANSPORT
                            + "] on the node that is asked, which has [http.type: " + httpType
                            + "]; without them ask with [\"async\": true] and read the answer with GET /_generate/{id}");
        }
    }

    /** Sends the client to the path that streams. The location is relative, so that prefixes of proxies stay. */
    public static RestResponse redirect(RestRequest request, RestChannel channel) throws IOException {
        String path = request.rawPath();
        String last = path.substring(path.lastIndexOf('/') + 1);
        int query = request.uri().indexOf('?');
        String location = (last.isEmpty() ? SUFFIX : last + "/" + SUFFIX)
                + (query < 0 ? "" : request.uri().substring(query));
        try (XContentBuilder body = channel.newErrorBuilder()) {
            body.startObject()
                    .field("location", location)
                    .field("reason", "the answer is streamed from there; follow the redirect (curl -L)")
                    .endObject();
            RestResponse response = new BytesRestResponse(RestStatus.TEMPORARY_REDIRECT, body);
            response.addHeader("Location", location);
            return response;
        }
    }
}
