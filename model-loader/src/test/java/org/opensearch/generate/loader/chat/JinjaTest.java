// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.opensearch.generate.loader.ModelFileException;

/** The template language, construct by construct; expected texts are those of Jinja under Hugging Face's settings. */
class JinjaTest {
    private static final List<ChatMessage> MESSAGES = List.of(
            new ChatMessage("user", " A b,c "), new ChatMessage("assistant", "Yes"), new ChatMessage("user", "ñ😀z"));

    private static String render(String jinja) {
        return ChatTemplates.of(Path.of("model"), jinja, Map.of("bos_token", "<s>")).render(MESSAGES).stream()
                .map(PromptPiece::text)
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @CsvSource(
            delimiterString = " => ",
            quoteCharacter = '`',
            ignoreLeadingAndTrailingWhitespace = false,
            textBlock = """
            {{ 1 + 2 * 3 ** 2 - 7 // 2 % 2 }} => 18
            {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / 2 }} => -4 2 3.5
            {{ 'a' ~ 1 ~ none ~ true }} => a1NoneTrue
            {{ 'a' 'b' "c\\n\\x41\\u00e9" }} => `abc\nAé`
            {{ not true or false and x }} => False
            {{ 1 if false else 2 if false else 3 }} => 3
            [{{ 'x' if false }}] => []
            {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} => True False
            {{ 'b' in 'abc' }} {{ 'x' not in ['x'] }} {{ 'role' in messages[0] }} => True False True
            {{ messages[0]['content'].strip().split(',')[-1] }} => c
            {{ messages[::-1][0].role }} {{ messages[1:]|length }} {{ messages[-1:]|length }} => user 2 1
            {{ messages[2].content[0] }}{{ messages[2].content[-1] }} {{ messages[2].content[1:2] }} => ñz 😀
            {{ messages[2].content[::-1] }} => z😀ñ
            {{ messages[0].content | trim | upper | replace('B', 'xx') }} => A xx,C
            {{ messages[9] is undefined }} {{ nothing is defined }} {{ nothing }}| => True False |
            {{ none is none }} {{ 1 is string }} {{ messages is iterable }} {{ {} is mapping }} => True False True True
            {{ 3 is odd }} {{ 4 is divisibleby 2 }} {{ 1 is not eq 1 }} {{ 2 is in [2] }} => True True False True
            {{ nothing | default('d') }} {{ '' | default('e', true) }} {{ '' | d('f') }}| => d e |
            {{ ['a', 1, none, {'k': [true, 1.5]}] | tojson }} => ["a", 1, null, {"k": [true, 1.5]}]
            {{ {'a': [1]} | tojson(indent=2) }} => `{\n  "a": [\n    1\n  ]\n}`
            {{ ['a', 1, "it's"] }} => ['a', 1, "it's"]
            {{ messages | map(attribute='role') | unique | join('-') }} => user-assistant
            {{ messages | selectattr('role', 'equalto', 'user') | list | length }} => 2
            {{ messages | rejectattr('role', 'eq', 'user') | map(attribute='content') | first }} => Yes
            {{ [3, 1, 2] | sort | join(',') }} {{ [1, 2] | sum }} {{ [1, 2] | max }} => 1,2,3 3 2
            {{ range(3) | list }} {{ range(5, 0, -2) | join }} => [0, 1, 2] 531
            {{ 'a-b-c'.split('-', 1) | last }} {{ 'a-b-c'.rsplit('-', 1) | first }} => b-c a-b
            {{ ' a  b '.split() | length }} {{ 'xxaxx'.lstrip('x') }} {{ 'ab\\n'.rstrip() }}| => 2 axx ab|
            {{ 'abc'.startswith(('x', 'a')) }} {{ 'abc'.endswith('d') }} {{ 'abc'.find('c') }} => True False 2
            {{ 'hello world'.title() }} {{ 'ABC'.capitalize() }} {{ 'a,b'.replace(',', '') }} => Hello World Abc ab
            {{ 'pre-x'.removeprefix('pre-') }} {{ 'x.y'.removesuffix('.y') }} => x x
            {{ {'a': 1}.get('b', 2) }} {{ {'a': 1}.items() | list }} {{ {'b': 1, 'a': 2} | dictsort }} => 2 [['a', 1]] [['a', 2], ['b', 1]]
            {% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}{{ v }}{{ ',' if not loop.last }}{% endfor %} => a1,b2
            {% for i in range(9) if i is odd %}{% if i > 5 %}{% break %}{% endif %}{{ loop.index0 }}{{ i }} {% endfor %} => `01 13 25 `
            {% for i in [] %}x{% else %}none{% endfor %} => none
            {% set x = 1 %}{% for i in [1] %}{% set x = 2 %}{% endfor %}{{ x }} => 1
            {% set ns = namespace(x=1) %}{% for i in [1, 2] %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }} => 4
            {% set a, b = 1, 2 %}{{ a }}{{ b }}{% set c %}[{{ a }}]{% endset %}{{ c }} => 12[1]
            {% macro m(a, b='x') %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(b=2, a=3) }} => 1x32
            {% raw %}{{ x }}{% endraw %} => {{ x }}
            {{ '{{ }} %}' }}{{ {'a': {'b': 1}}['a'] }} => {{ }} %}{'b': 1}
            {{ 'a\\nb' | indent(2) }} => `a\n  b`
            {{ '1' | int + 1 }} {{ 'x' | int }} {{ 2.7 | int }} {{ '1.5' | float }} => 2 0 2 1.5
            {{ (1, 2)[1] }} {{ [1, 2] + [3] }} {{ 'ab' * 2 }} => 2 [1, 2, 3] abab
            {{ strftime_now('%d %B %Y, %A %-d/%m') }} => 26 July 2024, Friday 26/07
            {{ bos_token }}{{ tools is none }}{{ add_generation_prompt }} => <s>TrueTrue
            """)
    void expressions(String jinja, String expected) {
        assertEquals(expected.replace("\\n", "\n"), render(jinja));
    }

    @Test
    void jsonEscapesWhatItMustAndNothingElse() {
        assertEquals("\"\\\"\\\\\\n<é\\u0001\"", render("{{ '\"\\\\\\n<é\\x01' | tojson }}"));
    }

    @Test
    void whiteSpaceAroundTags() {
        assertEquals("a\nb\n", render("a\n  {% if true %}\nb\n  {% endif %}\n"));
        assertEquals("ab", render("a\n  {%- if true -%}\n  b\n  {%- endif -%}\n"));
        assertEquals("a\n  xb", render("a\n  {%+ if true %}x{% endif %}b"));
        assertEquals("  1\n2", render("  {{ 1 }}\n{{- '\n' }}{{ 2 -}}\n"));
        assertEquals("x\ny", render("x\n{# comment #}\ny\n"));
        assertEquals("1 2", render("{% for i in [1, 2] %}\n    {{- i }}{{ ' ' if not loop.last }}\n{%- endfor %}"));
    }

    @Test
    void refusalComesInTheTemplatesWords() {
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> render("{{ raise_exception('no ' + 'way') }}"));
        assertTrue(refusal.toString().contains("no way"), refusal.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{{",
                "{% if %}",
                "{% if true %}",
                "{% endif %}",
                "{{ 1 + }}",
                "{{ 'a }}",
                "{# x",
                "{{ a b }}",
                "{% for %}",
                "{% for x of y %}{% endfor %}",
                "{{ x | nofilter }}",
                "{{ x is notest }}",
                "{% include 'x' %}",
                "{{ $ }}",
                "{% import 'os' as os %}",
                "{{ 99999999999999999999 }}",
                "{{ '\\u12' }}",
                "{% raw %}",
                "{% set x. = 1 %}"
            })
    void aTemplateThatCannotBeParsedNamesItsLine(String jinja) {
        ModelFileException wrong = assertThrows(ModelFileException.class, () -> render("\n" + jinja));
        assertTrue(wrong.toString().contains("line 2"), wrong.toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
                "{{ range(100000000) }}",
                "{{ 'a' * 9999999999 }}",
                "{{ 'a' * 999999999999999999 }}",
                "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
                "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
                "{% set ns = namespace(x=[]) %}{% for i in range(9999) %}{% set ns.x = [ns.x] %}{% endfor %}{{ {ns.x: 1} }}",
                "{% set ns = namespace(x=1) %}{% set ns.y = ns %}{{ ns }}",
                "{% set x = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' * 9999 %}{{ x.replace('a', x) }}",
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{{ 2 ** 100 }}",
                "{{ 9223372036854775807 + 1 }}",
                "{{ 1 // 0 }}",
                "{{ ''.__class__.__mro__ }}",
                "{{ messages.__class__.x }}",
                "{{ messages[0].getClass() }}",
                "{{ ''.getClass().forName('java.lang.Runtime') }}",
                "{{ messages.append(1) }}",
                "{{ raise_exception.__globals__['x'] }}",
                "{{ nothing.member }}",
                "{{ nothing() }}",
                "{{ 'a' + 1 }}",
                "{{ 'a' < 1 }}",
                "{{ messages[::0] }}",
                "{{ 'x'.split('') }}",
                "{{ ([] | max).x }}",
                "{{ [] | first + 'x' }}"
            })
    void aHostileTemplateIsOneErrorAndBounded(String jinja) {
        ModelFileException wrong = assertTimeoutPreemptively(
                Duration.ofSeconds(10), () -> assertThrows(ModelFileException.class, () -> render(jinja)));
        assertTrue(wrong.toString().contains("line 1"), wrong.toString());
    }

    @Test
    void deepNestingIsOneError() {
        for (String deep : List.of(
                "{{ " + "(".repeat(50_000) + "1" + ")".repeat(50_000) + " }}",
                "{{ " + "[".repeat(500) + "]".repeat(500) + " }}",
                "{{ 1" + "+1".repeat(50_000) + " }}",
                "{{ x" + ".x".repeat(50_000) + " }}",
                "{{ " + "not ".repeat(50_000) + "1 }}",
                "{% if 1 %}".repeat(50_000),
                "{{ x" + " if x else x".repeat(500) + " }}")) {
            assertThrows(ModelFileException.class, () -> render(deep));
        }
        assertEquals("1900", render("{{ 0" + "+2".repeat(950) + " }}"));
    }
}
