// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.util.ArrayList;
import java.util.List;
import org.opensearch.common.settings.Settings;
import org.opensearch.generate.rest.RestAnswersHandler;
import org.opensearch.generate.rest.RestCatGenerateHandler;
import org.opensearch.generate.rest.RestDeploymentsHandler;
import org.opensearch.generate.rest.RestGenerateHandler;
import org.opensearch.generate.rest.RestGenerateStreamHandler;
import org.opensearch.generate.rest.RestModelsHandler;
import org.opensearch.generate.rest.RestMultiGenerateHandler;
import org.opensearch.generate.rest.RestQueueHandler;
import org.opensearch.generate.rest.RestStatsHandler;
import org.opensearch.generate.rest.console.RestConsoleHandler;
import org.opensearch.generate.rest.openai.RestCompletionsHandler;
import org.opensearch.generate.rest.openai.RestOpenAiModelsHandler;
import org.opensearch.generate.rest.stream.Streaming;
import org.opensearch.rest.RestHandler;

/** All paths that the plugin answers. */
final class RestHandlers {
    private RestHandlers() {}

    /** @param settings the node's */
    static List<RestHandler> all(Settings settings) {
        Streaming streaming = new Streaming(settings);
        List<RestHandler> handlers = new ArrayList<>(List.of(
                new RestGenerateHandler(streaming),
                new RestGenerateStreamHandler(streaming),
                new RestAnswersHandler(),
                new RestMultiGenerateHandler(settings),
                new RestOpenAiModelsHandler(),
                new RestModelsHandler(),
                new RestDeploymentsHandler(),
                new RestStatsHandler(),
                new RestQueueHandler(),
                new RestCatGenerateHandler(),
                new RestConsoleHandler(streaming)));
        handlers.addAll(RestCompletionsHandler.all(streaming));
        return List.copyOf(handlers);
    }
}
