// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import static org.junit.jupiter.params.provider.Arguments.arguments;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.opensearch.generate.loader.ModelFileException;

/** Any template over any message: text, a refusal or one {@link ModelFileException}, in bounded time. */
class ChatTemplateFuzz {
    static Stream<Arguments> seeds() {
        return Stream.of(
                arguments("{% for m in messages %}{{ m.role + m['content'] | trim }}{% endfor %}", "</s>{{ 1 }}"),
                arguments(
                        "{% set ns = namespace(a=1) %}{% set ns.a = ns.a ~ messages[::-1] %}{{ ns.a[1:-1:2] }}",
                        "a\0b"),
                arguments(
                        "{% if messages is not none and 1 < 2 <= 3 or x %}{{ [1, {'a': 2.5}] | tojson }}{% endif %}",
                        "é"),
                arguments(
                        "{% macro a(b, c=1) %}{{ b * c }}{% endmacro %}{{ a('x', c=3) }}{# #}{%- raw %}{{{% endraw %}",
                        ""),
                arguments(
                        "{{ range(3) | map('string') | join('%') }}{{ 7 // 2 % 3 ** 2 }}{{ 'a\\x41' 'b' }}", "\uD800"),
                arguments("{{ strftime_now('%d %b') }}{{ raise_exception(messages) }}", "x"),
                arguments("{% for a, b in [(1, 2)] if a %}{% continue %}{% else %}{% break %}{% endfor %}", "x"),
                arguments(
                        "{{ ''.split() | first | default('x', true) | replace('', 'y', -1) | indent(2, true) }}", "x"),
                arguments("{{ - - 1 }}{{ 1e9 ** 9 }}{{ 'x'[0][::-1] }}{{ messages[-9:9:-9223372036854775808] }}", "x"));
    }

    @MethodSource("seeds")
    @FuzzTest(maxDuration = "2m")
    void renders(@Nullable String jinja, @Nullable String content) {
        if (jinja == null || content == null) {
            return;
        }
        try {
            List<PromptPiece> pieces = ChatTemplates.of(Path.of("model"), jinja, Map.of("eos_token", "</s>"))
                    .render(List.of(new ChatMessage("user", content), new ChatMessage(content, jinja)));
            for (PromptPiece piece : pieces) {
                if (piece.text().isEmpty()) {
                    throw new AssertionError("an empty piece");
                }
            }
        } catch (ModelFileException | IllegalArgumentException expected) {
            if (expected.getMessage() == null) {
                throw new AssertionError("an error without words", expected);
            }
        }
    }
}
