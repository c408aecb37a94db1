// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Files of this repository that say what the plugin is. */
final class Repository {
    private static final Path ROOT = Path.of(Optional.ofNullable(System.getProperty("generate.root"))
            .orElseThrow(() -> new IllegalStateException("run mvn")));

    private Repository() {}

    static Path file(String path) {
        return ROOT.resolve(path);
    }

    /**
     * Rows of a document's tables whose first cell is one name in backticks, without their outer bars.
     *
     * @return the cells of each row, stripped
     */
    static List<List<String>> rows(String document) {
        try {
            List<List<String>> rows = new ArrayList<>();
            for (String line : Files.readAllLines(file(document))) {
                if (line.matches("\\| `[^`]+` \\|.*\\|")) {
                    rows.add(List.of(line.substring(1, line.length() - 1).split("\\|")).stream()
                            .map(String::strip)
                            .toList());
                }
            }
            return rows;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A cell without its backticks. */
    static String bare(String cell) {
        return cell.replace("`", "");
    }
}
