// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.opensearch.generate.benchmarks.results.Json;

/** A program that prints its numbers as one line of JSON, through the shell. */
record CommandSide(String name, String command) implements Side {
    @Override
    public ObjectNode measure(int round) throws InterruptedException {
        String out;
        int status;
        try {
            Process process = new ProcessBuilder("sh", "-c", command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            process.getOutputStream().close();
            out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            status = process.waitFor();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (status != 0) {
            throw new IllegalArgumentException("status " + status + " of: " + command);
        }
        List<String> lines = out.lines().filter(line -> line.startsWith("{")).toList();
        if (lines.size() != 1) {
            throw new IllegalArgumentException("wanted one line of JSON, found " + lines.size() + " from: " + command);
        }
        JsonNode numbers = Json.parse("the output of " + command, lines.getFirst());
        ObjectNode line =
                Json.object().put("scenario", name).put("round", round).put("program", command);
        line.set("numbers", numbers);
        return line;
    }

    @Override
    public String kind() {
        return "command";
    }

    @Override
    public void close() {}
}
