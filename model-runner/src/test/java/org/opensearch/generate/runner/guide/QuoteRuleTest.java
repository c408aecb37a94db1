// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuoteRuleTest {
    private static final Rule RULE =
            QuoteRule.of(List.of("The keeper of Höll said \"no\" twice.", "Lamps burn oil, ööl."));

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "No quotes at all.|true",
                "He wrote \"keeper of Höll\", and “burn oil”.|true",
                "\"keeper of Holl\"|false",
                "\"no\"|true",
                "\"said \"no\"|false",
                "\"\"|false",
                "\"ö\"|true",
                "\"oil, ö\" \"Höll said \"|true",
                "“Lamps\"|false",
                "an open \"keeper|false",
                "\"twice.Lamps\"|false"
            })
    void quotationsStandInAPassage(String text, boolean accepted) {
        assertEquals(accepted, accepts(RULE, text));
    }

    @Test
    void withoutPassagesNothingCanBeQuoted() {
        Rule rule = QuoteRule.of(List.of());
        assertEquals(true, accepts(rule, "free text"));
        assertEquals(false, accepts(rule, "\"a\""));
    }

    @Test
    void everyStringOfFewLettersIsQuotableJustIfItStandsInAPassage() {
        Random random = new Random(5);
        for (int run = 0; run < 300; run++) {
            List<String> passages = List.of(letters(random, 12), letters(random, 12), letters(random, 4));
            Rule rule = QuoteRule.of(passages);
            for (int i = 0; i < 60; i++) {
                String quote = letters(random, 1 + random.nextInt(5));
                boolean stands = passages.stream().anyMatch(passage -> passage.contains(quote));
                assertEquals(stands, accepts(rule, '"' + quote + '"'), quote + " in " + passages);
            }
        }
    }

    private static String letters(Random random, int count) {
        StringBuilder text = new StringBuilder();
        random.ints(count, 0, 3).forEach(i -> text.append("aäb".charAt(i)));
        return text.toString();
    }

    private static boolean accepts(Rule rule, String text) {
        Optional<GuideState> end = GuideState.start(rule).after(text.getBytes(StandardCharsets.UTF_8));
        return end.isPresent() && end.get().isAccepting();
    }
}
