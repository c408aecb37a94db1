// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The folder that holds a node's models: GGUF files, and folders in Hugging Face's layout. Links are followed. */
public final class ModelFolder {
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
    private static final String EXTENSION = ".gguf";
    private final Path folder;

    ModelFolder(Path folder) {
        this.folder = folder;
    }

    /** Throws {@link IllegalArgumentException} if the text cannot be the id of a model. */
    public static void checkId(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException(
                    "a model id is 1 to 128 letters, digits, dots, dashes and underscores and begins with a letter or digit");
        }
    }

    /** The models that are there now, by id. Names that cannot be an id are passed over. */
    SortedMap<String, Path> list() {
        SortedMap<String, Path> models = new TreeMap<>();
        if (!Files.isDirectory(folder)) {
            return models;
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = entry.getFileName().toString();
                boolean gguf = name.toLowerCase(Locale.ROOT).endsWith(EXTENSION) && Files.isRegularFile(entry);
                String id = gguf ? name.substring(0, name.length() - EXTENSION.length()) : name;
                if (ID.matcher(id).matches() && (gguf || isModel(entry))) {
                    models.merge(id, entry, (a, b) -> a.compareTo(b) <= 0 ? a : b);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot list the model folder", e);
        }
        return models;
    }

    /** Whether a path is where this folder has a model of some id. */
    boolean holds(String id, Path path) {
        String name = String.valueOf(path.getFileName());
        return folder.equals(path.getParent()) && (name.equals(id) || name.equalsIgnoreCase(id + EXTENSION));
    }

    /** Whether the folder is a model: one with a configuration, or with a GGUF file. */
    private static boolean isModel(Path entry) throws IOException {
        if (!Files.isDirectory(entry)) {
            return false;
        }
        if (Files.isRegularFile(entry.resolve("config.json"))) {
            return true;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(entry, "*" + EXTENSION)) {
            return files.iterator().hasNext();
        }
    }
}
