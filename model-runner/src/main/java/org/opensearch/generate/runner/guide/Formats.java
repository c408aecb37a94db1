// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Map;
import java.util.TreeSet;
import org.apache.lucene.util.automaton.Automaton;

/** The values of {@code format} that are kept, as regular expressions; dates as RFC 3339 writes them. */
final class Formats {
    private static final String DATE =
            "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    private static final String CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?";
    /** Validators disagree on times of day in zones behind UTC, whose date is another. */
    private static final String TIME = CLOCK + "Z";

    private static final String ZONE = "(Z|[-+](0[0-9]|1[0-3]):[0-5][0-9])";
    private static final String BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";
    private static final String LABEL = "([A-Za-z0-9]-?){0,29}[A-Za-z0-9]";

    private static final Map<String, String> PATTERNS = Map.of(
            "date",
            DATE,
            "time",
            TIME,
            "date-time",
            DATE + "T" + CLOCK + ZONE,
            "uuid",
            "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
            "ipv4",
            "(" + BYTE + "\\.){3}" + BYTE,
            "email",
            "[A-Za-z0-9_+-]{1,16}(\\.[A-Za-z0-9_+-]{1,16}){0,2}@(" + LABEL + "\\.){1,3}[A-Za-z]{2,16}",
            "hostname",
            LABEL + "(\\." + LABEL + "){0,3}");

    private Formats() {}

    /** The texts of a format. */
    static Automaton of(String format, String path) {
        String pattern = PATTERNS.get(format);
        if (pattern == null) {
            throw JsonSchema.error(
                    path, "[format] is one of " + new TreeSet<>(PATTERNS.keySet()) + ", found [" + format + "]");
        }
        return Pattern.whole(pattern);
    }
}
