// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.report;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Rows as a Markdown table, with the commands below it. */
final class Table {
    private Table() {}

    static String markdown(List<Row> rows) {
        StringBuilder text =
                new StringBuilder("| comparison | measure | ours | peer | times better |\n|---|---|---|---|---|\n");
        Set<String> commands = new LinkedHashSet<>();
        for (Row row : rows) {
            text.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %s | %s | %.2f |\n",
                    row.scenario(),
                    row.measure(),
                    number(row.ours()),
                    number(row.peer()),
                    row.better()));
            commands.add("- " + row.scenario() + ", medians of " + row.rounds() + " at commit `" + row.commit() + "`: `"
                    + row.command() + "`\n");
        }
        text.append('\n');
        commands.forEach(text::append);
        return text.toString();
    }

    /** Three significant digits, whole from 100 on. */
    static String number(double value) {
        double size = Math.abs(value);
        return String.format(Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : "%.2f", value);
    }
}
