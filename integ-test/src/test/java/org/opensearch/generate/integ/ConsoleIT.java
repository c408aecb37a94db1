// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The console of a stock node, which cannot stream. */
@ExtendWith(NodeExtension.class)
class ConsoleIT extends ConsoleTests {
    ConsoleIT(Node node) {
        super(node, false);
    }

    @BeforeAll
    static void prepare(Node node) {
        Asking.index(node, StreamingNode.INDEX);
        Asking.load(node, "scripted");
        Asking.load(node, "endless");
    }
}
