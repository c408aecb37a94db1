// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;

/** Passages that try to be more than text: the corpus that nodes are tested with too. */
final class HostilePassages {
    private static final String FILE = "integ-test/src/test/resources/hostile-passages.ndjson";

    private HostilePassages() {}

    /** Texts by what they try. */
    static Map<String, String> all() throws IOException {
        Path root = Path.of(Objects.requireNonNull(System.getProperty("generate.root"), "run mvn"));
        Map<String, String> all = new LinkedHashMap<>();
        for (String line : Files.readAllLines(root.resolve(FILE))) {
            Map<String, Object> passage = XContentHelper.convertToMap(JsonXContent.jsonXContent, line, true);
            all.put(text(passage, "name"), text(passage, "text"));
        }
        return all;
    }

    private static String text(Map<String, Object> passage, String field) {
        return Objects.requireNonNull(passage.get(field), field).toString();
    }
}
