// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.xcontent.XContentHelper;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.generate.runner.guide.Guide;

class ResponseFormatTest {
    private static ResponseFormat format(String json) {
        return ResponseFormat.of(XContentHelper.convertToMap(JsonXContent.jsonXContent, json.replace('\'', '"'), true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'json_object'}|{\"a\": [1]}",
                "{'type':'json_schema','json_schema':{'name':'n','strict':true,'schema':{'properties':{'b':{'type':'null'},'a':{}}}}}|{\"b\":null,\"a\":1}",
                "{'type':'regex','regex':'[a-c]+'}|abc",
                "{'type':'choice','choices':['yes','no']}|no",
            })
    void textsOfAFormat(String json, String text) {
        Guide guide = format(json).guide();
        assertNotNull(guide);
        assertTrue(guide.start(0)
                .after(text.getBytes(StandardCharsets.UTF_8))
                .orElseThrow()
                .isAccepting());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}|response_format.type",
                "{'type':'xml'}|json_object",
                "{'type':'quotes'}|quotes",
                "{'type':'text','regex':'a'}|response_format.regex",
                "{'type':'regex'}|response_format.regex",
                "{'type':'choice','choices':[]}|response_format.choices",
                "{'type':'choice','choices':['a',1]}|response_format.choices",
                "{'type':'json_schema'}|response_format.json_schema",
                "{'type':'json_schema','json_schema':{'name':'n'}}|response_format.json_schema.schema",
                "{'type':'json_schema','json_schema':{'schema':{},'mode':1}}|response_format.json_schema.mode",
                "{'type':'mapping'}|response_format.index",
                "{'type':'mapping','index':'i','fields':'f'}|response_format.fields",
            })
    void whatIsWrongIsNamed(String both) {
        String[] parts = both.split("\\|", -1);
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> format(parts[0]))
                .getMessage());
        assertTrue(message.contains(parts[1]), message);
    }

    @Test
    void itGoesToOtherNodes() throws IOException {
        ResponseFormat format = format("{'type':'mapping','index':'i','fields':['b','a']}");
        BytesStreamOutput out = new BytesStreamOutput();
        format.writeTo(out);
        ResponseFormat arrived = new ResponseFormat(out.bytes().streamInput());
        assertEquals(format, arrived);
        assertEquals("i", arrived.text("index"));
        assertEquals(List.of("b", "a"), arrived.texts("fields"));
    }

    @Test
    void aLanguageIsMadeOnce() {
        Guides guides = new Guides();
        ResponseFormat format = format("{'type':'regex','regex':'a+'}");
        assertSame(guides.of(format, List.of()), guides.of(format("{'type':'regex','regex':'a+'}"), List.of()));
        assertNull(guides.of(ResponseFormat.TEXT, List.of()));
    }

    @Test
    void quotationsAreFoundInTheirPassages() {
        List<Passage> passages = List.of(
                new Passage(
                        1,
                        "i",
                        "a",
                        List.of(
                                new Passage.Part("title", "Höll", 4),
                                new Passage.Part("text", "A \"lamp\" burns.", 8))),
                new Passage(2, "i", "b", List.of(new Passage.Part("text", "It burns oil, it does.", 22))));
        assertEquals(
                List.of(
                        new Quote("lamp", "i", "a", "text", 3, 7),
                        new Quote("burns oil", "i", "b", "text", 3, 12),
                        new Quote("Höll", "i", "a", "title", 0, 4)),
                Quote.in("The \"lamp\" “burns oil” in \"Höll\", and \"it do", passages));
        Guide guide = new Guides().of(ResponseFormat.QUOTES, passages);
        assertNotNull(guide);
        assertTrue(
                guide.start(0).after("“burns”".getBytes(StandardCharsets.UTF_8)).isPresent());
        assertTrue(
                guide.start(0)
                        .after("\"burns.".getBytes(StandardCharsets.UTF_8))
                        .isEmpty(),
                "is not shown");
    }
}
