// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.GuideState;

class MappingSchemaTest {
    private static final Map<String, Object> MAPPING =
            XContentHelper.convertToMap(JsonXContent.jsonXContent, """
            {"properties": {
              "title": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
              "pages": {"type": "short"},
              "price": {"type": "half_float"},
              "printed": {"type": "date"},
              "stamp": {"type": "date", "format": "epoch_millis"},
              "vector": {"type": "knn_vector", "dimension": 4},
              "place": {"type": "geo_point"},
              "author": {"properties": {"name": {"type": "keyword"}, "born": {"type": "date", "format": "yyyy-MM-dd"}}}
            }}""", true);

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "title,pages|{\"title\":\"a\",\"pages\":null}|true",
                "pages,title|{\"pages\":32767, \"title\":\"x\"}|true",
                "pages|{\"pages\":32768}|false",
                "pages|{}|false",
                "price|{\"price\":-65504.0}|true",
                "price|{\"price\":65504.5}|false",
                "printed|{\"printed\":\"2026-02-28\"}|true",
                "printed|{\"printed\":\"now\"}|false",
                "place|{\"place\":{\"lat\":-90,\"lon\":12.5}}|true",
                "place|{\"place\":{\"lat\":-90.5,\"lon\":12.5}}|false",
                "author.name|{\"author\":{\"name\":\"A\"}}|true",
                "author|{\"author\":{\"born\":null,\"name\":\"A\"}}|true",
                "author|{\"author\":null}|true",
                "a*,title|{\"author\":null,\"title\":\"b\"}|true",
                "''|{\"author\":null,\"pages\":1,\"place\":null,\"price\":2.5,\"printed\":null,\"title\":\"t\"}|true",
            })
    void documentsOfAMapping(String fields, String text, boolean accepted) {
        List<String> wanted = fields.isEmpty() ? List.of() : List.of(fields.split(",", -1));
        GuideState start =
                Guide.jsonSchema(MappingSchema.of("books", MAPPING, wanted)).start(0);
        assertEquals(
                accepted,
                start.after(text.getBytes(StandardCharsets.UTF_8))
                        .filter(GuideState::isAccepting)
                        .isPresent());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "missing|no field [missing]",
                "stamp|format [epoch_millis]",
                "vector|[knn_vector]",
                "title,author.age|[author.age]"
            })
    void whatCannotBeWrittenIsNamed(String fields, String part) {
        String message = String.valueOf(assertThrows(
                        IllegalArgumentException.class,
                        () -> MappingSchema.of("books", MAPPING, List.of(fields.split(",", -1))))
                .getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void anIndexWithoutFieldsHasNoSchema() {
        assertThrows(IllegalArgumentException.class, () -> MappingSchema.of("empty", Map.of(), List.of()));
    }
}
