// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class GuideTest {
    private static final List<String> WORDS = List.of(
            "{\"",
            "\":",
            "\": \"",
            "\",",
            "\"}",
            "}}",
            "]}",
            "true",
            "fal",
            "null",
            "12",
            "34,",
            ", ",
            "\", \"",
            "[[",
            "aa",
            "ab",
            "name",
            "\"name\"",
            "äö",
            "ä\"",
            "\n  ",
            "\\\"",
            "1}",
            "-",
            "0.5",
            "abc",
            "\":{\"",
            "\"]");

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "a* aaa b",
                "a|bc bc ab",
                "[a-c]{2,3} abc abcd",
                "(ab)+? abab aba",
                "\\d+\\.\\d 12.5 12.",
                "[^x]y äy xy",
                "^a$ a b",
                "a{2} aa a",
                "\\u00e4 ä a",
                "[\\w-]+ a-b_9 a.b",
                "(?:a|b)c? bc cc",
                "\\u{1F600} 😀 x",
                "a\\|b a|b a"
            })
    void regularExpressionsMatchAsAWhole(String pattern, String good, String bad) {
        Rule rule = Texts.plain("test", Pattern.whole(pattern));
        assertTrue(accepts(rule, good));
        assertFalse(accepts(rule, bad));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a(",
                "a)",
                "[a",
                "*a",
                "a**",
                "a{3,2}",
                "(?=a)",
                "(?<x>a)",
                "\\1",
                "\\b",
                "\\pL",
                "a{99999}",
                "x^y",
                "\\",
                "[z-a]",
                "(a{1000}){1000}",
                "((a{999}b{999}){50}c{999}){50}",
                "\\01",
                "\\ud800",
                "\ud800"
            })
    void whatIsNoRegularLanguageIsRefused(String pattern) {
        String message = String.valueOf(
                assertThrows(GuideException.class, () -> Pattern.whole(pattern)).getMessage());
        assertTrue(message.contains("[" + pattern + "], at "), message);
    }

    @Test
    void anExpressionThatIsTooComplexSaysSo() {
        String message = String.valueOf(
                assertThrows(GuideException.class, () -> Texts.plain("regex", Pattern.whole("(a|b)*a(a|b){20}")))
                        .getMessage());
        assertTrue(message.contains("too complex"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|true",
                "{}|[1, {\"a\": \"b\\n\"}, -0.5e3, null]",
                "{}|{}",
                "{}|\"\\u00e4\"",
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'string'}},'required':['a']}|{\"a\": 1}",
                "{'type':'object','properties':{'a':{'type':'integer'},'b':{'type':'string'}},'required':['a']}|{\"a\":1,\"b\":\"x\"}",
                "{'properties':{'a':{},'b':{},'c':{'const':null}}}|{\"a\":1, \"c\": null}",
                "{'properties':{'a':true},'additionalProperties':{'type':'integer'}}|{\"b\":1,\"aa\":2}",
                "{'items':{'enum':[1,'x',[null]]},'minItems':2,'maxItems':3}|[1,[null],\"x\"]",
                "{'prefixItems':[{'type':'null'}],'items':false}|[null]",
                "{'type':'string','pattern':'^a\\\\x22b$'}|\"a\\\"b\"",
                "{'type':'string','pattern':'ab','maxLength':4}|\"xaby\"",
                "{'type':'string','format':'date'}|\"2026-02-28\"",
                "{'type':['integer','null'],'minimum':-5,'maximum':120}|-5",
                "{'type':'integer','exclusiveMinimum':99,'maximum':1000}|100",
                "{'type':'number','minimum':0,'maximum':1}|0.75",
                "{'type':'number','minimum':0,'maximum':1}|1.0",
                "{'$ref':'#/$defs/tree','$defs':{'tree':{'properties':{'next':{'$ref':'#/$defs/tree'}}}}}|{\"next\":{\"next\":{}}}",
                "{'anyOf':[{'const':'ab'},{'const':'abc'},{'type':'array'}]}|\"abc\"",
                "{'oneOf':[{'type':'string'},{'type':'integer'}]}|7",
                "{'oneOf':[{'$ref':'#/$defs/a'},{'$ref':'#/$defs/b'}],'$defs':{'a':{'type':'null'},'b':{'const':1}}}|1",
                "{'properties':{'a':true,'b':true,'c':true},'required':['b']}|{\"b\":1,\"c\":2}",
                "{'properties':{},'additionalProperties':false}|{ }",
                "{'type':'string','maxLength':300}|\"äö\\n\"",
            })
    void whatASchemaAllowsIsAccepted(String schema, String text) {
        assertTrue(accepts(JsonSchema.rule(Parsed.json(schema.replace('\'', '"'))), text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{}|tru",
                "{}|[1,]",
                "{}|{\"a\"}",
                "{}|01",
                "{}|\"\\ud800\"",
                "{}|{\"a\":1,}",
                "{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']}|{}",
                "{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']}|{\"a\":1.5}",
                "{'type':'object','properties':{'a':{'type':'integer'}},'required':['a']}|{\"a\":1,\"b\":2}",
                "{'properties':{'a':true},'additionalProperties':{'type':'integer'}}|{\"b\":1,\"a\":2}",
                "{'items':{'type':'integer'},'minItems':2}|[1]",
                "{'items':{'type':'integer'},'maxItems':2}|[1,2,3]",
                "{'type':'string','pattern':'^a$'}|\"aa\"",
                "{'type':'string','minLength':3}|\"ää\"",
                "{'type':'integer','minimum':-5,'maximum':120}|121",
                "{'type':'integer','minimum':-5,'maximum':120}|-6",
                "{'type':'number','minimum':0,'maximum':1}|1.01",
                "{'type':'number','minimum':0,'maximum':1}|-0.5",
            })
    void whatASchemaForbidsIsNot(String schema, String text) {
        assertFalse(accepts(JsonSchema.rule(Parsed.json(schema.replace('\'', '"'))), text));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'type':'object','minProperties':1}|minProperties",
                "{'type':'string','format':'color'}|format",
                "{'properties':{'a':{'not':{}}}}|#/properties/a",
                "{'$ref':'other.json'}|other.json",
                "{'$ref':'#/x'}|points to nothing",
                "{'type':'strange'}|strange",
                "{'allOf':[{},{}]}|allOf",
                "{'oneOf':[{},{'type':'string'}]}|exclude each other",
                "{'oneOf':[{'type':['object','null'],'properties':{'a':{'const':1}},'required':['a']},{'type':['object','null'],'properties':{'a':{'const':2}},'required':['a']}]}|exclude each other",
                "{'oneOf':[{'const':1},{'const':1.0}]}|exclude each other",
                "{'properties':{'a':{'$ref':'#'}},'required':['a']}|no finite text",
                "{'anyOf':[{'type':'null'},{'items':{'$ref':'#/anyOf/1'},'minItems':1}]}|no finite text",
                "{'properties':{'a':{'$id':'b','type':'null'}}}|$id",
                "{'enum':['\\ud800']}|surrogate",
                "{'properties':{'\\udc00':true}}|surrogate",
                "{'type':'integer','minimum':1e400}|minimum",
                "{'required':[1]}|required",
                "{'type':'string','minLength':10000,'maxLength':10000}|maxLength",
                "{'type':'string','maxLength':9000,'pattern':'a{250}'}|too complex together",
                "{'type':'integer','minimum':3,'maximum':2}|bounds",
                "{'enum':[1],'type':'string'}|no value",
                "{'type':'array','minItems':-1}|minItems",
                "false|allows nothing",
                "{'type':'number','minimum':0.5}|whole",
                "{'required':['a'],'additionalProperties':false}|forbids",
                "{'type':'integer','multipleOf':2}|multipleOf"
            })
    void whatIsNotKeptIsAnErrorThatSaysWhere(String schema, String part) {
        Object parsed = Parsed.json(schema.replace('\'', '"'));
        String message = String.valueOf(assertThrows(GuideException.class, () -> Guide.jsonSchema(parsed))
                .getMessage());
        assertTrue(message.contains(part), message);
    }

    @Test
    void masksAreWhatTryingEachTokenGives() {
        WordTokenizer tokenizer = new WordTokenizer(WORDS);
        TokenMasks masks = masks(tokenizer);
        Random random = new Random(11);
        List<Guide> guides = List.of(
                Guide.jsonSchema(true),
                Guide.jsonObject(),
                Guide.jsonSchema(Map.of("properties", Map.of("name", Map.of("type", "string"), "aa", true))),
                Guide.jsonSchema(
                        Parsed.json("{\"anyOf\":[{\"enum\":[\"ab\",\"abc\",\"aä\"]},{\"items\":{\"$ref\":\"#\"}}]}")),
                Guide.jsonSchema(Map.of("type", "string", "minLength", 20, "maxLength", 45)),
                Guide.jsonSchema(Map.of("items", Map.of("type", "string", "minLength", 3))),
                Guide.quotes(List.of("true or \"fal\" 12, 34, name of äö", "aa ab abc")),
                Guide.regex("(ab|a)*(ä.)?12{0,3}"));
        int compared = 0;
        for (int run = 0; run < 120; run++) {
            Guide guide = guides.get(run % guides.size());
            GuideState state = guide.start(run % 2);
            for (int step = 0; step < 16; step++) {
                TokenMask mask = masks.of(guide, state);
                int allowed = 0;
                for (int id = 0; id < tokenizer.size(); id++) {
                    boolean fits = tokenizer.isControl(id)
                            ? state.isAccepting()
                            : state.after(tokenizer.bytes(id)).isPresent();
                    assertEquals(fits, mask.allows(id), "token " + id + " after step " + step + " of run " + run);
                    allowed += fits ? 1 : 0;
                    compared++;
                }
                assertEquals(allowed, mask.count());
                int id = pick(mask, tokenizer.size(), random);
                if (tokenizer.isControl(id)) {
                    break;
                }
                state = state.after(tokenizer.bytes(id)).orElseThrow();
            }
        }
        assertTrue(compared > 50_000);
    }

    @Test
    void aMaskLeavesOthersWithoutChance() {
        WordTokenizer tokenizer = new WordTokenizer(WORDS);
        TokenMasks masks = masks(tokenizer);
        Guide guide = Guide.choice(List.of("true", "false"));
        GuideState state = guide.start(0);
        float[] logits = new float[tokenizer.size() + 3];
        masks.of(guide, state).apply(logits);
        for (int id = 0; id < logits.length; id++) {
            assertEquals(masks.of(guide, state).allows(id) ? 0f : Float.NEGATIVE_INFINITY, logits[id]);
        }
        GuideState end = state.after(utf8("true")).orElseThrow();
        assertTrue(end.isFinal());
        assertTrue(masks.of(guide, end).allows(tokenizer.end()));
        assertEquals(1, masks.of(guide, end).count());
        assertEquals(2, masks.computed());
    }

    @Test
    void whereTextGoesOnInOneWayTheLongestTokenIsForced() {
        WordTokenizer tokenizer = new WordTokenizer(WORDS);
        TokenMasks masks = masks(tokenizer);
        Guide guide = Guide.jsonSchema(
                Parsed.json("{\"properties\":{\"name\":{\"const\":\"abc\"}},\"required\":[\"name\"]}"));
        GuideState state = guide.start(0);
        assertTrue(masks.forced(guide, state).isEmpty(), "a token goes on to where there is a choice");
        state = state.after((byte) '{').orElseThrow();
        assertTrue(masks.forced(guide, state).isEmpty(), "white space may follow");
        state = state.after(utf8("\"")).orElseThrow();
        assertEquals(256 + WORDS.indexOf("name"), masks.forced(guide, state).orElseThrow());
        state = state.after(utf8("name")).orElseThrow();
        assertTrue(masks.forced(guide, state).isEmpty(), "a token reaches beyond what is forced");
        state = state.after(utf8("\": \"")).orElseThrow();
        assertEquals(256 + WORDS.indexOf("abc"), masks.forced(guide, state).orElseThrow());
    }

    @Test
    void spacesThatATokenizerLeavesOutStandBeforeTheText() {
        GuideState json = Guide.jsonObject().start(1);
        assertTrue(json.after(utf8(" {}")).orElseThrow().isAccepting());
        assertTrue(json.after(utf8("{}")).orElseThrow().isAccepting());
        assertTrue(json.after(utf8("  {}")).isEmpty());
        GuideState text = Guide.regex("[ a]+").start(1);
        assertTrue(text.after(utf8("a")).isEmpty());
        assertTrue(text.after(utf8("  a")).orElseThrow().isAccepting());
    }

    @Test
    void memoryOfMasksIsBounded() {
        MaskMemory memory = new MaskMemory(10_000);
        Guide first = Guide.choice(List.of("a"));
        Guide second = Guide.choice(List.of("b"));
        memory.put(first, "a", "1", 3_200);
        memory.put(second, "a", "2", 3_200);
        assertEquals("1", memory.get(first, "a"));
        memory.put(first, "b", "3", 3_200);
        assertNull(memory.get(second, "a"));
        assertEquals("1", memory.get(first, "a"));
        memory.put(first, "c", "4", 3_200);
        assertNull(memory.get(first, "b"));
        assertEquals("4", memory.get(first, "c"));
        for (int i = 0; i < 100; i++) {
            memory.put(i % 3 == 0 ? first : second, i, "x", 50L * i);
            assertTrue(memory.bytes() <= 10_000);
        }
    }

    @Test
    void optionalMembersByTheHundredsAreAllPossible() {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < 1_000; i++) {
            properties.put("field" + i, Map.of("type", "integer"));
        }
        GuideState state = Guide.jsonSchema(Map.of("properties", properties)).start(0);
        assertTrue(state.after(utf8("{\"field999\":1}")).orElseThrow().isAccepting());
        assertTrue(
                state.after(utf8("{\"field3\":1, \"field10\":2}")).orElseThrow().isAccepting());
        assertTrue(state.after(utf8("{\"field10\":1, \"field3\"")).isEmpty());
    }

    private static TokenMasks masks(WordTokenizer tokenizer) {
        return new TokenMasks(tokenizer, tokenizer.size(), Set.of(tokenizer.end()));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static int pick(TokenMask mask, int size, Random random) {
        int left = random.nextInt(mask.count());
        for (int id = 0; id < size; id++) {
            if (mask.allows(id) && left-- == 0) {
                return id;
            }
        }
        throw new AssertionError("a mask of " + mask.count() + " has fewer tokens");
    }

    private static boolean accepts(Rule rule, String text) {
        Optional<GuideState> end = GuideState.start(rule).after(text.getBytes(StandardCharsets.UTF_8));
        return end.isPresent() && end.get().isAccepting();
    }
}
