// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import org.junit.jupiter.api.extension.ExtendWith;

/** The console of a node that streams. */
@ExtendWith(StreamingNode.class)
class StreamedConsoleIT extends ConsoleTests {
    StreamedConsoleIT(Node node) {
        super(node, true);
    }
}
