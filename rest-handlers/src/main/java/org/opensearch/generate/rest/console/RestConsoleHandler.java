// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.console;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.rest.stream.Streaming;
import org.opensearch.rest.BaseRestHandler;
import org.opensearch.rest.BytesRestResponse;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_plugins/_generate/console} and the files of that page. */
public final class RestConsoleHandler extends BaseRestHandler {
    private static final String CONSOLE = "/_plugins/_generate/console";
    private static final String PAGE = "index.html";
    /** What the page must know of the node before it asks. */
    private static final String NODE = "node.json";

    private static final List<String> FILES = List.of(
            PAGE,
            "base.css",
            "console.css",
            "icon.svg",
            "main.js",
            "ask.js",
            "api.js",
            "answer.js",
            "passages.js",
            "live.js",
            "waiting.js",
            "numbers.js");

    /** Fields of the page's form, which its address may fill. */
    private static final List<String> FORM =
            List.of("index", "question", "model", "fields", "size", "length", "temperature", "stop");

    private final Map<String, ConsoleFile> files = new HashMap<>();

    /** @param streaming what the node's transport can */
    public RestConsoleHandler(Streaming streaming) {
        FILES.forEach(name -> files.put(name, ConsoleFile.read(name)));
        String node = "{\"streams\": " + streaming.supported() + "}";
        files.put(NODE, ConsoleFile.of("application/json", node.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String getName() {
        return "generate_console";
    }

    @Override
    public List<Route> routes() {
        return List.of(
                new Route(RestRequest.Method.GET, CONSOLE), new Route(RestRequest.Method.GET, CONSOLE + "/{file}"));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
        // The page reads them from its address.
        FORM.forEach(request::param);
        String name = request.param("file", PAGE);
        if (name.equals(PAGE) && request.rawPath().endsWith("/")) {
            return channel -> channel.sendResponse(withoutSlash());
        }
        ConsoleFile file = files.get(name);
        if (file == null) {
            throw new OpenSearchStatusException("the console has no file [{}]", RestStatus.NOT_FOUND, name);
        }
        return channel -> channel.sendResponse(file.response(request));
    }

    /** The page's links are relative, so that prefixes of proxies stay; behind a slash they would lead nowhere. */
    private static RestResponse withoutSlash() {
        RestResponse response = new BytesRestResponse(RestStatus.TEMPORARY_REDIRECT, "text/plain", BytesArray.EMPTY);
        response.addHeader("Location", "../console");
        return response;
    }
}
