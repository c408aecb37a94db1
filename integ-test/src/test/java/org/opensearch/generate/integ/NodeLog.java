// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a node wrote into its log. */
final class NodeLog {
    private static final Pattern ENTRY = Pattern.compile("^(?=\\[\\d{4}-)", Pattern.MULTILINE);

    private NodeLog() {}

    /** Warnings and errors that have to do with the plugin, each with its stack trace. */
    static Stream<String> warnings(Node node) {
        return ENTRY.splitAsStream(node.log())
                .filter(entry -> entry.contains("][WARN ]") || entry.contains("][ERROR]") || entry.contains("][FATAL]"))
                .filter(entry -> entry.contains("generate"));
    }
}
