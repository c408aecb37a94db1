// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.List;

/**
 * The text of one answer as it grows: text that may still become a stop text is held back, and the answer ends where the first
 * stop text is complete, whatever the borders of the pieces it came in.
 */
final class AnswerText {
    private final List<String> stops;
    private final StringBuilder certain = new StringBuilder();
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    AnswerText(List<String> stops) {
        this.stops = stops;
    }

    /** Adds a piece; returns the text that it makes certain. */
    String push(String piece) {
        if (stopped || piece.isEmpty()) {
            return "";
        }
        int searchFrom = held.length();
        held.append(piece);
        int end = Integer.MAX_VALUE;
        int start = held.length();
        for (String stop : stops) {
            int at = held.indexOf(stop, Math.max(0, searchFrom - stop.length() + 1));
            int stopEnd = at + stop.length();
            if (at >= 0 && (stopEnd < end || (stopEnd == end && at < start))) {
                end = stopEnd;
                start = at;
            }
        }
        stopped = end != Integer.MAX_VALUE;
        String text = held.substring(0, stopped ? start : held.length() - undecided());
        held.delete(0, stopped ? held.length() : text.length());
        certain.append(text);
        return text;
    }

    /** Nothing more comes: what was held back is text after all. Returns the whole answer. */
    String finish() {
        certain.append(held);
        held.setLength(0);
        return certain.toString();
    }

    /** Whether a stop text has come. */
    boolean stopped() {
        return stopped;
    }

    /** Length of the longest end of the held text with which a stop text begins. */
    private int undecided() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (stop.startsWith(held.substring(held.length() - length))) {
                    longest = length;
                }
            }
        }
        return longest;
    }
}
