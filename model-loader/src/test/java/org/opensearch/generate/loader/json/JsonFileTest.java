// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.opensearch.generate.loader.Refusals.refused;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON within limits. */
class JsonFileTest {
    private static final Path FILE = Path.of("config.json");

    @TempDir
    Path folder;

    private static JsonObject parse(String json) {
        return JsonFile.parse(FILE, 0, json.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void valuesOfEveryKind() {
        JsonObject json = parse("""
                {"s": "ü", "i": 3, "d": 1.5, "t": true, "n": null, "o": {"x": 1}, "a": ["p", "q"], "f": [1, 2.5],
                 "big": 1000000000000000019884624838656, "os": [{"y": 2}], "ints": [1, 2]}""");
        assertEquals("ü", json.string("s"));
        assertEquals(3, json.integer("i", 0, 3));
        assertEquals(1.5, json.number("d"));
        assertEquals(3, json.number("i"));
        assertEquals(1e30, json.number("big"), 1e15);
        assertEquals(true, json.tryFlag("t").orElseThrow());
        assertFalse(json.has("n"));
        assertTrue(json.tryString("n").isEmpty());
        assertEquals(1, json.object("o").integer("x", 0, 9));
        assertEquals(List.of("p", "q"), json.strings("a"));
        assertArrayEquals(new float[] {1, 2.5f}, json.floats("f"));
        assertEquals(2, json.objects("os").get(0).integer("y", 0, 9));
        assertArrayEquals(new int[] {1, 2}, json.integers("ints", 0, 9));
        refused("config.json at byte 0: i is 3, wanted 0 to 2", () -> json.integer("i", 0, 2));
        refused("o.y is missing, wanted an integer", () -> json.object("o").integer("y", 0, 2));
        refused("s is the string \"ü\", wanted a number", () -> json.number("s"));
        refused("a has the string \"p\" in it, wanted an array of numbers", () -> json.floats("a"));
        refused("ints is 2, wanted 0 to 1", () -> json.integers("ints", 0, 1));
        assertEquals(57, refused("", () -> json.object("o").string("x")).offset());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "[]",
                "1",
                "{",
                "{\"a\"}",
                "{\"a\":}",
                "{\"a\":1}}",
                "{\"a\":1} x",
                "{\"a\":1,\"a\":2}",
                "{\"o\":{\"a\":1,\"a\":1}}",
                "{\"a\":1e999}",
                "{\"a\":NaN}",
                "{'a':1}",
                "{\"a\":01}",
                "{\"a\":\"\n\"}"
            })
    void whatIsNotJsonIsRefused(String json) {
        refused("wanted", () -> parse(json));
    }

    @Test
    void limitsHold() {
        refused("wanted JSON: ", () -> parse("{\"a\":" + "[".repeat(40) + "]".repeat(40) + "}"));
        refused("wanted JSON: ", () -> parse("{\"a\":" + "1".repeat(200) + "}"));
        refused("wanted at most 262144 values", () -> parse("{\"a\":[" + "1,".repeat(300_000) + "1]}"));
        byte[] malformed = {'{', '"', (byte) 0xC0, '"', ':', '1', '}'};
        refused("wanted JSON: ", () -> JsonFile.parse(FILE, 0, malformed));
    }

    @Test
    void unwantedKeysCostNothing() throws IOException {
        Path file = folder.resolve("tokenizer.json");
        Files.writeString(file, "{\"model\": [" + "1,".repeat(300_000) + "1], \"b\": 2, \"c\": 3}");
        JsonObject json = JsonFile.read(file, Set.of("b", "d")::contains);
        assertEquals(Set.of("b"), json.keys());
        refused("no such file", () -> JsonFile.read(folder.resolve("absent.json")));
    }
}
