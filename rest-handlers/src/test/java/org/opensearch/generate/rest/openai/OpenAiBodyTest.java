// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.openai;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.xcontent.DeprecationHandler;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.index.query.QueryBuilders;
import org.opensearch.search.SearchModule;

/** What OpenAI's bodies mean here, and which are refused. */
class OpenAiBodyTest {
    private static final NamedXContentRegistry QUERIES =
            new NamedXContentRegistry(new SearchModule(Settings.EMPTY, List.of()).getNamedXContents());

    private static OpenAiBody parse(Endpoint endpoint, String body) throws IOException {
        try (XContentParser parser =
                JsonXContent.jsonXContent.createParser(QUERIES, DeprecationHandler.THROW_UNSUPPORTED_OPERATION, body)) {
            return OpenAiBody.parse(endpoint, parser);
        }
    }

    @Test
    void whatClientsSendIsUnderstood() throws IOException {
        OpenAiBody body = parse(Endpoint.CHAT, """
                {"model": "tiny", "messages": [{"role": "developer", "content": "Be kind.", "name": "x"},
                   {"role": "user", "content": [{"type": "text", "text": "Who "}, {"type": "text", "text": "is it?"}]}],
                 "max_tokens": 7, "temperature": 0.5, "stop": null, "n": 1, "user": "u", "stream": true, "tools": [],
                 "stream_options": {"include_usage": true}, "response_format": {"type": "text"}, "logit_bias": {}}""");
        assertTrue(body.stream());
        assertTrue(body.includeUsage());
        assertEquals(
                List.of(new ChatMessage("system", "Be kind."), new ChatMessage("user", "Who is it?")),
                body.request().messages());
        assertEquals("tiny", body.request().options().model());
        assertEquals(7, body.request().options().maxCompletionTokens());
        assertEquals(0.5f, body.request().options().sampling().temperature());
        assertFalse(body.request().retrieves());
    }

    @Test
    void fieldsOfOursStandBesideTheirs() throws IOException {
        OpenAiBody body = parse(Endpoint.CHAT, """
                {"messages": [{"role": "user", "content": "Who?"}], "index": ["wiki", "news-*"], "size": 2,
                 "query": {"match": {"text": "who"}}, "context": {"fields": ["text"]}, "top_k": 3, "timeout": "5s"}""");
        assertArrayEquals(new String[] {"wiki", "news-*"}, body.request().indices());
        assertEquals(QueryBuilders.matchQuery("text", "who"), body.request().query());
        assertEquals(2, body.request().size());
        assertEquals(List.of("text"), body.request().context().fields());
        assertArrayEquals(
                new String[] {"wiki"},
                parse(Endpoint.TEXT, "{\"prompt\": \"Who?\", \"index\": \"wiki\"}")
                        .request()
                        .indices());
    }

    @Test
    void theFormatOfTheAnswerKeepsItsOrder() throws IOException {
        String json = parse(Endpoint.CHAT, """
                {"messages": [{"role": "user", "content": "Who?"}], "response_format": {"type": "json_schema",
                 "json_schema": {"name": "n", "strict": true, "schema": {"type": "object", "properties": {
                 "zebra": {"type": "null"}, "apple": {"type": "null"}, "mango": {"type": "null"}}}}}}""").request().options().format().json();
        assertTrue(
                json.indexOf("zebra") < json.indexOf("apple") && json.indexOf("apple") < json.indexOf("mango"), json);
    }

    @Test
    void aPromptIsTheUsersMessage() throws IOException {
        for (String prompt : List.of("\"Who?\"", "[\"Who?\"]")) {
            assertEquals(
                    List.of(new ChatMessage("user", "Who?")),
                    parse(Endpoint.TEXT, "{\"prompt\": " + prompt + "}")
                            .request()
                            .messages());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '~',
            value = {
                "CHAT ~ {} ~ messages",
                "CHAT ~ {\"messages\": \"x\"} ~ messages",
                "CHAT ~ {\"messages\": []} ~ messages",
                "CHAT ~ {\"messages\": [{\"role\": \"user\"}]} ~ messages[0].content",
                "CHAT ~ {\"messages\": [{\"role\": \"tool\", \"content\": \"x\"}]} ~ role",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]} ~ text",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"n\": 2} ~ [n]",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tools\": [{}]} ~ tools",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"temperature\": 9} ~ temperature",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"tempo\": 9} ~ tempo",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"async\": true} ~ async",
                "CHAT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}], \"index\": 3} ~ index",
                "TEXT ~ {\"messages\": [{\"role\": \"user\", \"content\": \"x\"}]} ~ prompt",
                "TEXT ~ {\"prompt\": [1, 2]} ~ prompt",
                "TEXT ~ {\"prompt\": [\"a\", \"b\"]} ~ prompt",
                "TEXT ~ {\"prompt\": \"x\", \"logprobs\": 2} ~ logprobs",
            })
    void whatWeCannotDoIsRefusedAndNamed(Endpoint endpoint, String body, String named) {
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, () -> parse(endpoint, body));
        assertTrue(String.valueOf(refused.getMessage()).contains(named), refused.toString());
    }
}
