// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** A command's result: names and values, printed as lines for people or as one line of JSON. */
final class Report {
    private final Map<String, Object> values = new LinkedHashMap<>();

    Report add(String name, Object value) {
        values.put(name, value);
        return this;
    }

    void print(PrintStream out, boolean json) {
        if (json) {
            out.println(json());
        } else {
            values.forEach((name, value) -> out.println(name.replace('_', ' ') + ": " + text(value)));
        }
    }

    private static String text(Object value) {
        return value instanceof Double number ? String.format(Locale.ROOT, "%.2f", number) : value.toString();
    }

    private String json() {
        StringWriter line = new StringWriter();
        try (JsonGenerator json = new JsonFactory().createGenerator(line)) {
            json.writeStartObject();
            for (Map.Entry<String, Object> entry : values.entrySet()) {
                json.writeFieldName(entry.getKey());
                Object value = entry.getValue();
                if (value instanceof Double number) {
                    json.writeNumber(number);
                } else if (value instanceof Number number) {
                    json.writeNumber(number.longValue());
                } else if (value instanceof Boolean flag) {
                    json.writeBoolean(flag);
                } else {
                    json.writeString(value.toString());
                }
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }
}
