// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import com.carrotsearch.randomizedtesting.annotations.Name;
import com.carrotsearch.randomizedtesting.annotations.ParametersFactory;
import com.carrotsearch.randomizedtesting.annotations.ThreadLeakScope;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.opensearch.test.rest.yaml.ClientYamlTestCandidate;
import org.opensearch.test.rest.yaml.OpenSearchClientYamlSuiteTestCase;

/**
 * Runs the YAML tests in {@code rest-api-spec/test}, which call the APIs that {@code rest-api-spec/api} specifies, with OpenSearch's own
 * runner against a real node.
 */
@ThreadLeakScope(ThreadLeakScope.Scope.NONE)
public final class RestSpecIT extends OpenSearchClientYamlSuiteTestCase {
    private static @Nullable Node node;

    public RestSpecIT(@Name("yaml") ClientYamlTestCandidate candidate) {
        super(candidate);
    }

    /** One test for each section of each file. */
    @ParametersFactory
    public static Iterable<Object[]> parameters() throws Exception {
        return createParameters();
    }

    @BeforeClass
    public static void startNode() throws IOException {
        Node fresh = Node.install("generate.reactor");
        TinyModel.scripted(fresh.models().resolve("scripted.gguf"), NodeExtension.SCRIPT);
        TinyModel.endless(fresh.models().resolve("endless.gguf"));
        TinyModel.scripted(fresh.models().resolve("spare.gguf"), "Granite.");
        fresh.start(Map.of(
                "http.type",
                "reactor-netty4",
                "plugins.generate.default_model",
                "scripted",
                "plugins.generate.speculation",
                "true"));
        Asking.load(fresh, "scripted");
        Asking.load(fresh, "endless");
        node = fresh;
    }

    @AfterClass
    public static void stopNode() {
        if (node != null) {
            node.close();
            node = null;
        }
    }

    @Override
    protected String getTestRestCluster() {
        if (node == null) {
            throw new IllegalStateException("the node has not started");
        }
        return "127.0.0.1:" + node.port();
    }
}
