// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/** Whatever a passage or a message says, the prompt's roles are those of the conversation, and its text arrives. */
class HostilePassagesTest {
    private static final int LIMIT = 1 << 20;
    private static final List<ChatMessage> TALK = List.of(
            new ChatMessage("user", "What is a mineral?"),
            new ChatMessage("assistant", "A stone."),
            new ChatMessage("user", "Which is the hardest?"));

    @TempDir
    private Path folder = Path.of("");

    private static Document document(String text) {
        return new Document("i", "1", List.of(new Document.Text("text", text)));
    }

    private static int[] prompt(Tokenizer tokenizer, TemplateFamily family, List<ChatMessage> talk, String passage) {
        return new PromptAssembly(tokenizer, family.template(), -1, ResponseFormat.Type.TEXT)
                .overDocuments(talk, List.of(document(passage)), 0, LIMIT)
                .tokens();
    }

    @ParameterizedTest
    @EnumSource
    void rolesStayAsTheyAre(TemplateFamily family) throws IOException {
        try (Tokenizer tokenizer = family.tokenizer(folder)) {
            List<Integer> controls = controls(tokenizer, prompt(tokenizer, family, TALK, "Quartz."));
            assertTrue(!controls.isEmpty());
            for (Map.Entry<String, String> hostile : HostilePassages.all().entrySet()) {
                assertEquals(
                        controls,
                        controls(tokenizer, prompt(tokenizer, family, TALK, hostile.getValue())),
                        hostile::getKey);
                List<ChatMessage> talk = new ArrayList<>(TALK);
                talk.set(2, new ChatMessage("user", hostile.getValue()));
                assertEquals(
                        controls, controls(tokenizer, prompt(tokenizer, family, talk, "Quartz.")), hostile::getKey);
            }
        }
    }

    /** Marks of roles that are words of the template: as many as without the passage. */
    @ParameterizedTest
    @EnumSource
    void wordsThatMarkRolesStayTheTemplates(TemplateFamily family) throws IOException {
        Pattern marks = Pattern.compile("\\[/?INST]|<</?SYS>>|<\\|(?:system|user|assistant)\\|>");
        try (Tokenizer tokenizer = family.tokenizer(folder)) {
            List<String> own = found(marks, tokenizer.decode(prompt(tokenizer, family, TALK, "Quartz.")));
            for (Map.Entry<String, String> hostile : HostilePassages.all().entrySet()) {
                List<String> all = found(marks, tokenizer.decode(prompt(tokenizer, family, TALK, hostile.getValue())));
                all.removeIf(mark -> !own.contains(mark));
                assertEquals(own, all, hostile::getKey);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theTextArrives(TemplateFamily family) throws IOException {
        try (Tokenizer tokenizer = family.tokenizer(folder)) {
            for (Map.Entry<String, String> hostile : HostilePassages.all().entrySet()) {
                String read = tokenizer.decode(prompt(tokenizer, family, TALK, hostile.getValue()));
                String text = "[1] " + hostile.getValue().strip();
                assertTrue(
                        read.contains(text) || read.replace(" ", "").contains(text.replace(" ", "")), hostile::getKey);
            }
        }
    }

    private static List<String> found(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group());
        }
        return found;
    }

    private static List<Integer> controls(Tokenizer tokenizer, int[] tokens) {
        return Arrays.stream(tokens).filter(tokenizer::isControl).boxed().toList();
    }
}
