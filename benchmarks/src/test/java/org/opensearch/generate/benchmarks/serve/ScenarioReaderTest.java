// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.benchmarks.results.ResultFile;

class ScenarioReaderTest {
    private static final String GOOD = """
            {"name": "n", "about": "a", "phases": [{"name": "p", "loads": [
              {"name": "l", "kind": "answers", "arrivals": {"concurrency": 2}, "requests": 3,
               "prompt_tokens": 50, "new_tokens": 8},
              {"name": "m", "kind": "searches", "arrivals": {"poisson_per_second": 0.5}, "warm_up": 1}]}]}
            """;

    @Test
    void everyFieldIsRead() {
        Scenario scenario = ScenarioReader.parse("text", GOOD);
        assertEquals(
                List.of(
                        new Scenario.Load(
                                "l",
                                Scenario.Kind.ANSWERS,
                                new Scenario.Concurrency(2),
                                OptionalInt.of(3),
                                0,
                                50,
                                0,
                                1,
                                8),
                        new Scenario.Load(
                                "m",
                                Scenario.Kind.SEARCHES,
                                new Scenario.Poisson(0.5),
                                OptionalInt.empty(),
                                1,
                                0,
                                0,
                                1,
                                0)),
                scenario.phases().getFirst().loads());
    }

    static Stream<Path> shipped() throws IOException {
        try (Stream<Path> files = Files.list(ResultFile.root().resolve("benchmarks/scenarios"))) {
            return files.toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("shipped")
    void aShippedScenarioIsGoodAndCalledAsItsFile(Path file) {
        Scenario scenario = ScenarioReader.open(file.toString());
        assertEquals(file.getFileName() + "", scenario.name() + ".json");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"requests\": 3         | \"requests\": 0 | "
                        + "text: phases[0].loads[0].requests: wanted a whole number from 1 to 1000000, found 0",
                "\"requests\": 3         | \"requests\": 2.5 | "
                        + "text: phases[0].loads[0].requests: wanted a whole number from 1 to 1000000, found 2.5",
                "\"requests\": 3,        | `` | text: phases[0].loads: wanted one load at least with requests",
                "\"kind\": \"answers\"   | \"kind\": \"x\" | "
                        + "text: phases[0].loads[0].kind: wanted answers or searches, found x",
                "\"new_tokens\": 8       | \"new_token\": 8 | "
                        + "text: phases[0].loads[0].new_tokens: wanted a whole number from 1 to 1000000, found nothing",
                "\"warm_up\": 1          | \"warmup\": 1 | text: phases[0].loads[1].warmup: wanted no such field",
                "{\"concurrency\": 2}    | {} | "
                        + "text: phases[0].loads[0].arrivals: wanted concurrency or poisson_per_second, found neither",
                "0.5                     | -1 | text: phases[0].loads[1].arrivals.poisson_per_second: wanted a number above 0",
                "\"name\": \"m\"         | \"name\": \"l\" | text: phases[0].loads[1].name: wanted a name of its own",
                "\"about\": \"a\"        | \"about\": 7 | text: about: wanted a text, found 7",
                "\"about\": \"a\",       | \"about\" \"a\", | text, line 1, column 23: ",
                "[{\"name\": \"p\"       | [[],{\"name\": \"p\" | text: phases[0]: wanted an object, found []",
            })
    void whatIsWrongIsNamed(String from, String to, String message) {
        String text = GOOD.replace(from, to);
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> ScenarioReader.parse("text", text));
        assertTrue(String.valueOf(error.getMessage()).startsWith(message), error::getMessage);
    }

    @Test
    void anUnknownNameIsAMissingFile() {
        IllegalArgumentException error =
                assertThrows(IllegalArgumentException.class, () -> ScenarioReader.open("nosuch"));
        assertTrue(String.valueOf(error.getMessage()).endsWith("nosuch.json"), error::getMessage);
    }
}
