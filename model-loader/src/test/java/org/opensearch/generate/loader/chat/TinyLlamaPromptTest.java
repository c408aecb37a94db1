// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.opensearch.generate.loader.gguf.GgufFile;
import org.opensearch.generate.loader.tokenizer.SharedFiles;
import org.opensearch.generate.loader.tokenizer.Tokenizer;
import org.opensearch.generate.loader.tokenizer.Tokenizers;

/** The prompts of the golden answers are what real models' own templates make of the messages. */
@Tag("shared-data")
class TinyLlamaPromptTest {
    private static final String USER = "</s>\n<|user|>\n";
    private static final String END = "</s>\n<|assistant|>\n";

    @Test
    void promptsAndIdsEqualTheGolden() throws IOException {
        JsonObject golden = JsonParser.parseString(
                        Files.readString(SharedFiles.data().resolve("golden/tinyllama-open.json")))
                .getAsJsonObject();
        try (Arena arena = Arena.ofConfined()) {
            GgufFile file = GgufFile.open(SharedFiles.tinyLlama(), arena);
            ChatTemplate template = ChatTemplates.fromGguf(file.metadata());
            try (Tokenizer tokenizer = Tokenizers.fromGguf(file.metadata())) {
                for (JsonElement element : golden.getAsJsonArray("rag")) {
                    JsonObject row = element.getAsJsonObject();
                    String prompt = row.get("prompt").getAsString();
                    int user = prompt.indexOf(USER);
                    List<PromptPiece> pieces = template.render(List.of(
                            new ChatMessage("system", prompt.substring("<|system|>\n".length(), user)),
                            new ChatMessage(
                                    "user", prompt.substring(user + USER.length(), prompt.length() - END.length()))));
                    assertEquals(prompt, pieces.stream().map(PromptPiece::text).collect(Collectors.joining()));
                    assertArrayEquals(ints(row.getAsJsonArray("ids")), tokenizer.encode(pieces, true));
                }
            }
        }
    }

    @Test
    void miniMindPromptIdsEqualTheGolden() throws IOException {
        var folder = SharedFiles.data().resolve("models/minimind2-small");
        ChatTemplate template = ChatTemplates.fromFolder(folder);
        try (Tokenizer tokenizer = Tokenizers.fromTokenizerJson(folder)) {
            for (JsonElement row : JsonParser.parseString(Files.readString(folder.resolve("golden_greedy.json")))
                    .getAsJsonArray()) {
                int[] ids = ints(row.getAsJsonObject().getAsJsonArray("prompt_ids"));
                List<PromptPiece> whole = new ArrayList<>();
                whole.add(new PromptPiece(written(tokenizer, ids), true));
                assertArrayEquals(ids, tokenizer.encode(whole, false));
                String prompt = whole.get(0).text();
                String[] parts = prompt.split("<\\|im_start\\|>|<\\|im_end\\|>\n", -1);
                List<ChatMessage> messages = new ArrayList<>();
                for (String part : parts) {
                    int line = part.indexOf('\n');
                    if (line > 0 && line < part.length() - 1) {
                        messages.add(new ChatMessage(part.substring(0, line), part.substring(line + 1)));
                    }
                }
                assertArrayEquals(ids, tokenizer.encode(template.render(messages), true));
            }
        }
    }

    /** The text of ids, control tokens as they are written. */
    private static String written(Tokenizer tokenizer, int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(id == 1 ? "<|im_start|>" : id == 2 ? "<|im_end|>" : tokenizer.decode(new int[] {id}));
        }
        return text.toString();
    }

    private static int[] ints(Iterable<JsonElement> array) {
        return StreamSupport.stream(array.spliterator(), false)
                .mapToInt(JsonElement::getAsInt)
                .toArray();
    }
}
