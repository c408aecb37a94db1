// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class PromptsTest {
    private static final Corpus CORPUS = new Corpus(
            List.of("one two three four five.", "six seven eight.", "nine ten eleven twelve."),
            List.of("Why?", "What now?"));
    private static final TokensPerWord TOKENS = new TokensPerWord(10, 2);

    private static Prompts prompts(int shared, int perContext, long seed) {
        Scenario.Load load = new Scenario.Load(
                "l",
                Scenario.Kind.ANSWERS,
                new Scenario.Concurrency(1),
                OptionalInt.of(1),
                0,
                110,
                shared,
                perContext,
                8);
        return new Prompts(CORPUS, load, TOKENS, seed);
    }

    @Test
    void aPromptHasTheWantedWordsAndIsTheSameEachTime() {
        Prompt prompt = prompts(0, 1, 1).prompt(3);
        assertEquals(50, Prompts.words(prompt.whole()));
        assertEquals(prompt, prompts(0, 1, 1).prompt(3));
        assertTrue(prompt.user().endsWith("What now?"), prompt::user);
    }

    @Test
    void promptsShareTheirPrefixAndNothingElse() {
        Prompt first = prompts(30, 1, 1).prompt(0);
        Prompt second = prompts(30, 1, 1).prompt(1);
        assertEquals(10, Prompts.words(first.system()));
        assertEquals(first.system(), second.system());
        assertEquals(50, Prompts.words(second.whole()));
        assertNotEquals(line(first, 0), line(second, 0));
    }

    @Test
    void anotherSeedHasOtherContextsAndTheSamePrefix() {
        Prompt first = prompts(30, 1, 1).prompt(0);
        Prompt second = prompts(30, 1, 2).prompt(0);
        assertEquals(first.system(), second.system());
        assertNotEquals(line(first, 0), line(second, 0));
    }

    @Test
    void questionsOnAContextDifferOnlyAtTheEnd() {
        Prompts prompts = prompts(0, 2, 1);
        Prompt first = prompts.prompt(2);
        Prompt second = prompts.prompt(3);
        String common = line(first, 0) + "\n" + line(first, 1).substring(0, 100);
        assertTrue(second.user().startsWith(common), second::user);
        assertNotEquals(line(first, 2), line(second, 2));
    }

    @Test
    void wordsOfTokens() {
        assertEquals(TOKENS, TokensPerWord.parse("10,2"));
        assertEquals(45, TOKENS.words(100));
        assertEquals(1, TOKENS.words(5));
        assertThrows(IllegalArgumentException.class, () -> TokensPerWord.parse("10"));
        assertThrows(IllegalArgumentException.class, () -> TokensPerWord.parse("10,0"));
        assertThrows(IllegalArgumentException.class, () -> TokensPerWord.parse("a,b"));
    }

    @Test
    void tokensPerWordAreLearnedFromTwoPrompts() {
        Corpus corpus = Corpus.sample();
        TokensPerWord found = TokensPerWord.measure(corpus, prompt -> 12 + 3 * Prompts.words(prompt.whole()));
        assertEquals(new TokensPerWord(12, 3), found);
        assertThrows(IllegalArgumentException.class, () -> TokensPerWord.measure(corpus, prompt -> 0));
    }

    private static String line(Prompt prompt, int number) {
        return prompt.user().split("\n", -1)[number];
    }
}
