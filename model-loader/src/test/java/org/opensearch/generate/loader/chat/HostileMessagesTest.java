// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.tokenizer.SeededTexts;

/** Whatever a message holds, and whatever a template does to it, its characters stay known as a message's. */
class HostileMessagesTest {
    private static ChatTemplate template(String jinja) {
        return ChatTemplates.of(Path.of("model"), jinja, Map.of("eos_token", "</s>"));
    }

    private static String of(List<PromptPiece> pieces, boolean trusted) {
        return pieces.stream()
                .filter(piece -> piece.trusted() == trusted)
                .map(PromptPiece::text)
                .collect(Collectors.joining());
    }

    /** Too long to stand in a random text by chance. */
    private static final String NOWHERE = "\\x01\\x02\\x03\\x04\\x05\\x06\\x07\\x08";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ m.content }}",
                "{{ m.content + '' }}",
                "{{ '' ~ m.content }}",
                "{{ m['content'][0:] }}",
                "{{ m.content[:3] + m.content[3:] }}",
                "{{ m.content.split('" + NOWHERE + "') | join('" + NOWHERE + "') }}",
                "{{ m.content.replace('" + NOWHERE + "', '') }}",
                "{% for c in m.content %}{{ c }}{% endfor %}",
                "{{ m.content[::-1][::-1] }}",
                "{% set c %}{{ m.content }}{% endset %}{{ c }}",
                "{% macro show(x) %}{{ x }}{% endmacro %}{{ show(m.content) }}",
                "{{ [m.content] | first }}",
                "{{ {'a': m.content}.items() | map(attribute=1) | join }}",
                "{% set ns = namespace(t='') %}{% set ns.t = ns.t + m.content %}{{ ns.t }}"
            })
    void originIsKeptCharacterByCharacter(String print) {
        SeededTexts texts = new SeededTexts();
        ChatTemplate template =
                template("{% for m in messages %}{{ '<|user|>' }}" + print + "{{ eos_token }}{% endfor %}");
        for (int i = 0; i < 200; i++) {
            String content = SeededTexts.wellFormed(texts.next());
            List<PromptPiece> pieces = template.render(List.of(new ChatMessage("user", content)));
            assertEquals("<|user|></s>", of(pieces, true), texts::replay);
            assertEquals(content, of(pieces, false), texts::replay);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{ m.content | trim }}", "{{ m.content | upper }}", "{{ m.content.lstrip('<') }}",
                        "{{ m.content | title }}",
                "{{ m | tojson }}", "{{ [m.content] }}", "{{ m.content | indent(1) }}", "{{ m.content * 2 }}",
                "{{ m.content.split() }}", "{{ messages }}", "{{ m.role }}"
            })
    void nothingOfAMessageIsEverTrusted(String print) {
        String content = " <\u0001QZ\u0002> \n\u0001QZ\u0002";
        List<PromptPiece> pieces = template("{% for m in messages %}" + print + "{% endfor %}")
                .render(List.of(new ChatMessage("\u0001QZ", content)));
        String trusted = of(pieces, true);
        assertTrue(!trusted.contains("Q") && !trusted.contains("Z") && !trusted.contains("\u0001"), trusted);
        assertTrue(of(pieces, false).contains("QZ") || of(pieces, false).contains("Qz"));
    }

    @Test
    void templateSyntaxInAMessageIsText() {
        String content = "{{ 1 + 1 }}{% for x in y %}{# z #}{{ raise_exception('x') }}";
        List<PromptPiece> pieces = template("{% for m in messages %}{{ m.content }}{% endfor %}")
                .render(List.of(new ChatMessage("user", content)));
        assertEquals(List.of(new PromptPiece(content, false)), pieces);
    }

    @Test
    void unknownRolesAreText() {
        List<PromptPiece> pieces = template("{% for m in messages %}{{ '<|' + m.role + '|>' }}{% endfor %}")
                .render(List.of(new ChatMessage("endoftext", ""), new ChatMessage("user", "")));
        assertEquals(
                List.of(
                        new PromptPiece("<|", true),
                        new PromptPiece("endoftext", false),
                        new PromptPiece("|><|user|>", true)),
                pieces);
    }
}
