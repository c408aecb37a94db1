// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class EventStreamTest {
    static List<Arguments> streams() {
        return List.of(
                Arguments.of("data: a\n\ndata: b\n\n", List.of("a", "b")),
                Arguments.of("data: a\r\n\r\ndata:b\r\n\r\n", List.of("a", "b")),
                Arguments.of(": a comment\n\nevent: token\nid: 7\ndata: a\nretry: 3\n\n", List.of("a")),
                Arguments.of("data: a\ndata: b\n\n", List.of("a\nb")),
                Arguments.of("data:  a \n\ndata\n\n", List.of(" a ", "")),
                Arguments.of("data: \u00fc\u20ac\n\n", List.of("\u00fc\u20ac")),
                Arguments.of("data: a\n\ndata: broken off", List.of("a")),
                Arguments.of("", List.of()));
    }

    @ParameterizedTest
    @MethodSource("streams")
    void dataOfEvents(String text, List<String> wanted) throws IOException {
        List<String> found = new ArrayList<>();
        try (EventStream events = new EventStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))) {
            for (Optional<String> data = events.next(); data.isPresent(); data = events.next()) {
                found.add(data.get());
            }
        }
        assertEquals(wanted, found);
    }
}
