// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.opensearch.common.io.stream.BytesStreamOutput;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.runner.engine.Priority;
import org.opensearch.generate.runner.sample.SamplingOptions;

/** A task on its way to another node. */
class AnswerTaskTest {
    private static final AnswerOptions OPTIONS = new AnswerOptions(
            "m",
            12,
            new SamplingOptions(0.5f, 3, 0.9f, 0.1f, 1.1f, 0.2f, 0.3f, 42),
            List.of("stop"),
            2,
            TimeValue.timeValueSeconds(3));

    private static AnswerTask sent(AnswerTask task) throws IOException {
        BytesStreamOutput out = new BytesStreamOutput();
        task.writeTo(out);
        return new AnswerTask(out.bytes().streamInput());
    }

    @Test
    void allOfItArrives() throws IOException {
        List<ChatMessage> messages =
                List.of(new ChatMessage("system", "Be brief."), new ChatMessage("user", "What is \uD83D\uDC8E?"));
        List<Document> documents = List.of(
                new Document("i", "1", List.of(new Document.Text("title", "Quartz"), new Document.Text("a[1].b", "x"))),
                new Document("j", "2", List.of()));
        AnswerTask task = new AnswerTask(
                        messages, documents, new ContextOptions(List.of("title", "a.*"), 99), OPTIONS, 7, 0)
                .of("somebody", "salt")
                .withPriority(Priority.INGEST);
        AnswerTask arrived = sent(task);
        assertEquals(task.messages(), arrived.messages());
        assertEquals(task.documents(), arrived.documents());
        assertEquals(task.context(), arrived.context());
        assertEquals(task.options(), arrived.options());
        assertEquals(7, arrived.defaultCompletionTokens());
        assertEquals("somebody", arrived.user());
        assertEquals(Priority.INGEST, arrived.priority());
        AnswerTask conversation = new AnswerTask(messages, null, ContextOptions.DEFAULT, OPTIONS, 7, 0);
        assertNull(sent(conversation).documents());
        assertEquals("n", sent(conversation.withModel("n")).options().model());
        assertEquals("", sent(conversation).cacheSalt());
        assertEquals("ann", sent(conversation.of("", "ann").withModel("n")).cacheSalt());
    }

    @Test
    void theTimeThatIsLeftArrives() throws IOException {
        List<ChatMessage> messages = List.of(new ChatMessage("user", "x"));
        long second = TimeUnit.SECONDS.toNanos(1);
        long before = System.nanoTime();
        AnswerTask arrived =
                sent(new AnswerTask(messages, null, ContextOptions.DEFAULT, OPTIONS, 7, before + 60 * second));
        long left = arrived.deadlineNanos() - System.nanoTime();
        assertTrue(left > 0 && left <= 60 * second, left + " ns");
        AnswerTask late = sent(new AnswerTask(messages, null, ContextOptions.DEFAULT, OPTIONS, 7, before - second));
        assertTrue(late.deadlineNanos() - System.nanoTime() <= 0);
        AnswerTask patient =
                sent(new AnswerTask(messages, null, ContextOptions.DEFAULT, OPTIONS, 7, AnswerTask.NO_DEADLINE));
        assertEquals(AnswerTask.NO_DEADLINE, patient.deadlineNanos());
    }
}
