// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.rag.Citation;

/** Partial text on its way to another node. */
class TextSenderTest {
    private final List<AnswerText> messages = new ArrayList<>();
    private final List<ActionListener<Void>> replies = new ArrayList<>();
    private int broken;
    private boolean ended;
    private final TextSender sender = new TextSender(
            7,
            (message, listener) -> {
                messages.add(message);
                replies.add(listener);
            },
            () -> broken++);

    private void write(String text) {
        sender.onText(text, List.of(), List.of());
    }

    @Test
    void oneMessageIsOnItsWayAtATimeAndCarriesAllThatWasWrittenMeanwhile() {
        sender.onStarted("gen-1", "m");
        assertEquals(1, messages.size());
        assertTrue(messages.getFirst().first());
        assertEquals("gen-1", messages.getFirst().id());
        assertEquals("", messages.getFirst().text());
        write("a");
        write("b");
        Citation citation = new Citation(1, "i", "d", "f", 0, 1);
        sender.onText("c", List.of(citation), List.of());
        assertEquals(1, messages.size());
        replies.getFirst().onResponse(null);
        assertEquals(2, messages.size());
        assertFalse(messages.get(1).first());
        assertEquals("abc", messages.get(1).text());
        assertEquals(List.of(citation), messages.get(1).citations());
        assertEquals(7, messages.get(1).stream());
        replies.get(1).onResponse(null);
        assertEquals(2, messages.size());
        write("d");
        assertEquals("d", messages.get(2).text());
    }

    @Test
    void theEndWaitsForTheText() {
        sender.onStarted("gen-1", "m");
        write("a");
        sender.finish(() -> ended = true);
        assertFalse(ended);
        replies.get(0).onResponse(null);
        assertFalse(ended);
        replies.get(1).onResponse(null);
        assertTrue(ended);
        assertEquals(2, messages.size());
    }

    @Test
    void whenNobodyTakesTheTextItIsSaidOnceAndNothingIsKept() {
        sender.onStarted("gen-1", "m");
        replies.getFirst().onFailure(new IllegalStateException("gone"));
        assertEquals(1, broken);
        write("a");
        assertEquals(1, messages.size());
        sender.finish(() -> ended = true);
        assertTrue(ended);
        assertEquals(1, broken);
    }
}
