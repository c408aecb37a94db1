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
                .filter(entry -> entry.contains("][WARN ]") || isError(entry))
                .filter(entry -> entry.contains("generate"));
    }

    /**
     * Errors that have to do with the plugin, and buffers that nobody gave back. A reply that a stopping node can no longer send is no
     * error: the network says so of each.
     */
    static Stream<String> errors(Node node) {
        return ENTRY.splitAsStream(node.log())
                .filter(entry -> !entry.contains("Event loop shut down?"))
                .filter(entry -> (isError(entry) && entry.contains("generate")) || entry.contains("LEAK:"));
    }

    private static boolean isError(String entry) {
        return entry.contains("][ERROR]") || entry.contains("][FATAL]");
    }
}
