// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;

/** Who may read a kept answer, and when it leaves; time passes when the test runs what is due. */
class KeptAnswersTest {
    private static final int BYTES = 10_000;
    private final List<Runnable> later = new ArrayList<>();
    private final KeptAnswers answers = new KeptAnswers(
            () -> "node",
            () -> new KeptAnswers.Limits(3, BYTES, TimeValue.timeValueMinutes(1)),
            (delay, what) -> later.add(what));

    private KeptAnswer finished(int characters) {
        KeptAnswer answer = answers.begin("ann");
        answer.onText("x".repeat(characters), List.of(), List.of());
        answer.onFailure(new IllegalStateException("over"));
        return answer;
    }

    @Test
    void onlyItsOwnerReadsAndRemovesAnAnswer() {
        KeptAnswer answer = answers.begin("ann");
        assertSame(answer, answers.get(answer.id(), "ann"));
        Exception other = assertThrows(ResourceNotFoundException.class, () -> answers.get(answer.id(), "bob"));
        Exception none = assertThrows(ResourceNotFoundException.class, () -> answers.get("none", "bob"));
        assertEquals(none.getMessage(), other.getMessage(), "nothing tells that there is one");
        assertThrows(ResourceNotFoundException.class, () -> answers.remove(answer.id(), ""));
        answers.remove(answer.id(), "ann");
        assertEquals(0, answers.size());
    }

    @Test
    void idsCannotBeGuessed() {
        String one = answers.begin("").id();
        String other = answers.begin("").id();
        assertNotEquals(one, other);
        assertEquals(36, one.length(), "24 random bytes and the node");
        assertEquals("node", KeptAnswers.node(one));
        assertEquals("", KeptAnswers.node("short"));
    }

    @Test
    void theUserIsTheOneTheSecurityPluginNames() {
        ThreadContext context = new ThreadContext(Settings.EMPTY);
        assertEquals("", Owner.of(context));
        context.putTransient(Owner.USER_INFO, "ann\\|b|role1,role2|all_access|tenant");
        assertEquals("ann\\|b", Owner.of(context));
    }

    @Test
    void aFinishedAnswerLeavesWhenItsTimeIsOver() {
        finished(10);
        assertEquals(1, answers.size());
        later.forEach(Runnable::run);
        assertEquals(0, answers.size());
    }

    @Test
    void theOldestFinishedAnswerGivesWay() {
        KeptAnswer oldest = finished(10);
        KeptAnswer running = answers.begin("ann");
        KeptAnswer younger = finished(10);
        KeptAnswer next = answers.begin("ann");
        assertThrows(ResourceNotFoundException.class, () -> answers.get(oldest.id(), "ann"));
        for (KeptAnswer kept : List.of(running, younger, next)) {
            assertSame(kept, answers.get(kept.id(), "ann"));
        }
    }

    @Test
    void runningAnswersNeverGiveWay() {
        for (int i = 0; i < 3; i++) {
            answers.begin("ann");
        }
        OpenSearchStatusException full = assertThrows(OpenSearchStatusException.class, () -> answers.begin("bob"));
        assertEquals(RestStatus.TOO_MANY_REQUESTS, full.status());
        assertEquals(List.of("1"), full.getHeader("Retry-After"));
        assertEquals(3, answers.size());
    }

    @Test
    void bytesAreBounded() {
        KeptAnswer first = finished(3000);
        KeptAnswer second = finished(3000);
        assertThrows(ResourceNotFoundException.class, () -> answers.get(first.id(), "ann"));
        assertSame(second, answers.get(second.id(), "ann"));
        assertTrue(second.bytes() <= BYTES);
    }

    @Test
    void aReaderIsToldWhenThereIsMore() {
        KeptAnswer answer = answers.begin("");
        List<KeptAnswerResponse> told = new ArrayList<>();
        ActionListener<KeptAnswerResponse> reader = ActionListener.wrap(told::add, e -> {});
        assertTrue(answer.read(0, reader));
        answer.onText("Qua", List.of(), List.of());
        assertEquals("Qua", told.getLast().text());
        assertEquals(3, told.getLast().next());
        assertTrue(answer.read(3, reader));
        answer.leave(reader);
        assertEquals("", told.getLast().text());
        answer.leave(reader);
        assertEquals(2, told.size(), "told once");
        assertTrue(answer.read(3, reader));
        answer.onFailure(new IllegalStateException("over"));
        assertEquals("failed", told.getLast().state());
        assertFalse(answer.read(99, reader));
        assertEquals("", told.getLast().text());
        assertEquals(3, told.getLast().next());
    }

    @Test
    void removingStopsWhatRuns() {
        List<String> stopped = new ArrayList<>();
        KeptAnswer early = answers.begin("");
        answers.remove(early.id(), "");
        early.cancelBy(() -> stopped.add("early"));
        KeptAnswer running = answers.begin("");
        running.cancelBy(() -> stopped.add("running"));
        answers.remove(running.id(), "");
        KeptAnswer done = answers.begin("");
        done.cancelBy(() -> stopped.add("done"));
        done.onFailure(new IllegalStateException("over"));
        answers.remove(done.id(), "");
        assertEquals(List.of("early", "running"), stopped);
    }
}
