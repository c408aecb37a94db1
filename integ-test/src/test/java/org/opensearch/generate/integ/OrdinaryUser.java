// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Who runs a node: the caller, or a user of our own if the caller is root, as whom OpenSearch refuses to run. */
final class OrdinaryUser {
    private static final String NAME = "opensearch-generate";
    private static final boolean ROOT = "root".equals(System.getProperty("user.name"));

    private OrdinaryUser() {}

    /** The command line that runs a command as that user. */
    static List<String> command(List<String> command) throws IOException {
        if (!ROOT) {
            return command;
        }
        if (run(List.of("id", NAME)) != 0) {
            check(List.of(
                    "useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", NAME));
        }
        List<String> line = new ArrayList<>(List.of("setpriv", "--reuid", NAME, "--regid", NAME, "--clear-groups"));
        line.addAll(command);
        return line;
    }

    /** Hands a folder to that user, with all in it. */
    static void own(Path folder) throws IOException {
        if (ROOT) {
            command(List.of());
            check(List.of("chown", "-R", NAME + ":" + NAME, folder.toString()));
        }
    }

    private static void check(List<String> command) throws IOException {
        int status = run(command);
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with status " + status);
        }
    }

    private static int run(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start()
                    .waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
