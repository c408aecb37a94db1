// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.LogEvent;
import org.apache.logging.log4j.core.Logger;
import org.apache.logging.log4j.core.appender.AbstractAppender;
import org.apache.logging.log4j.core.config.Property;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Settings;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.runner.engine.FinishReason;

/** Which answers become a line, at which level, and what it says. */
class SlowLogTest {
    private final ClusterSettings settings = new ClusterSettings(Settings.EMPTY, new HashSet<>(SlowLogSettings.all()));
    private final SlowLog log = new SlowLog(settings);
    private final Written written = new Written();
    private final Logger logger = (Logger) LogManager.getLogger(SlowLog.LOGGER);

    /** Keeps what is written. */
    private static final class Written extends AbstractAppender {
        private final List<LogEvent> events = new ArrayList<>();

        Written() {
            super("written", null, null, false, Property.EMPTY_ARRAY);
        }

        @Override
        public void append(LogEvent event) {
            events.add(event.toImmutable());
        }
    }

    @BeforeEach
    void listen() {
        written.start();
        logger.addAppender(written);
    }

    @AfterEach
    void leave() {
        logger.removeAppender(written);
    }

    private void set(String... keysAndValues) {
        Settings.Builder all = Settings.builder();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            all.put(SlowLogSettings.PREFIX + "." + keysAndValues[i], keysAndValues[i + 1]);
        }
        settings.applySettings(all.build());
    }

    /** 10 ms of retrieval, 20 of queue, 300 of prefill, 400 of decode; 800 in all. */
    private static SlowAnswer answer(String opaqueId, String prompt) {
        Answer answer = new Answer(
                "gen-1",
                "tiny",
                "Quartz.",
                FinishReason.STOP,
                null,
                new Answer.Usage(262, 17, 200, 0, 0),
                List.of(),
                new Answer.Context(1, 0, 0, 50, 0, 0),
                new Answer.Timings(0, 20, 300, 320, 40));
        return new SlowAnswer(
                answer, TimeUnit.MILLISECONDS.toNanos(10), TimeUnit.MILLISECONDS.toNanos(800), "ann", opaqueId, prompt);
    }

    private List<String> lines(SlowAnswer answer) {
        written.events.clear();
        log.record(answer);
        return written.events.stream()
                .map(event -> event.getLevel() + " " + event.getMessage().getFormattedMessage())
                .toList();
    }

    private List<String> lines() {
        return lines(answer("id-1", "Who?"));
    }

    @Test
    void nothingIsWrittenWithoutAThreshold() {
        assertEquals(List.of(), lines());
    }

    @Test
    void aLineSaysAllButThePrompt() {
        set("threshold.total.warn", "500ms");
        assertEquals(
                List.of("WARN took[800ms], took_millis[800], slow[total], model[tiny], answer_id[gen-1],"
                        + " finish_reason[stop], retrieve_millis[10.0], queue_millis[20.0], prefill_millis[300.0],"
                        + " decode_millis[400.0], prompt_tokens[262], cached_tokens[200], completion_tokens[17],"
                        + " user[ann], id[id-1]"),
                lines());
    }

    @Test
    void theWorstLevelNamesThePhasesThatPassedIt() {
        set(
                "threshold.total.warn", "1s",
                "threshold.prefill.info", "299ms",
                "threshold.decode.info", "401ms",
                "threshold.total.info", "700ms",
                "threshold.queue.trace", "1ms");
        List<String> lines = lines();
        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().startsWith("INFO "), lines::toString);
        assertTrue(lines.getFirst().contains("slow[prefill,total]"), lines::toString);
    }

    @Test
    void eachPhaseHasEachLevel() {
        for (String phase : List.of("retrieve", "queue", "prefill", "decode", "total")) {
            for (Level level : SlowLogSettings.LEVELS) {
                set("threshold." + phase + "." + level.name().toLowerCase(Locale.ROOT), "0ms");
                List<String> lines = lines();
                assertEquals(1, lines.size(), phase + " " + level);
                assertTrue(lines.getFirst().startsWith(level + " "), lines::toString);
                assertTrue(lines.getFirst().contains("slow[" + phase + "]"), lines::toString);
            }
        }
        set();
        assertEquals(List.of(), lines(), "off again");
    }

    @Test
    void aThresholdMustBePassed() {
        set("threshold.total.warn", "800ms");
        assertEquals(List.of(), lines());
        set("threshold.total.warn", "799ms");
        assertEquals(1, lines().size());
    }

    @Test
    void thePromptIsCutToItsLength() {
        set("threshold.total.warn", "0ms", "prompt_length", "4");
        assertTrue(lines(answer("", "What is it?")).getFirst().endsWith(", id[], prompt[What]"));
        assertTrue(lines(answer("", "Who")).getFirst().endsWith("prompt[Who]"));
        assertTrue(lines(answer("", "abc\uD83D\uDE00")).getFirst().endsWith("prompt[abc]"), "no half a character");
    }

    @Test
    void textFromOutsideIsEscapedInTheLineAndWholeInTheFields() {
        set("threshold.total.warn", "0ms", "prompt_length", "100");
        String prompt = "one\ntwo {} \"three\"";
        List<String> lines = lines(answer("a\r\nb", prompt));
        assertTrue(lines.getFirst().endsWith("id[a\\r\\nb], prompt[one\\ntwo {} \\\"three\\\"]"), lines::toString);
        SlowLogMessage message = SlowLogMessage.of(answer("a\r\nb", prompt), List.of(Phase.TOTAL), 100);
        assertEquals(prompt, message.getValueFor("prompt"));
        assertEquals("a\r\nb", message.getValueFor("id"));
        assertNull(
                SlowLogMessage.of(answer("", prompt), List.of(Phase.TOTAL), 0).getValueFor("prompt"));
    }

    @Test
    void anAnswerWithoutTokensHasNoDecodeTime() {
        SlowAnswer answer = answer("", "");
        Answer cut = new Answer(
                "gen-2",
                "tiny",
                "",
                FinishReason.TIMEOUT,
                null,
                new Answer.Usage(10, 0, 0, 0, 0),
                List.of(),
                answer.answer().context(),
                new Answer.Timings(0, 5, 0, 0, 0));
        assertEquals(0, new SlowAnswer(cut, 0, 1, "", "", "").nanos(Phase.DECODE));
        assertFalse(answer.nanos(Phase.DECODE) == 0);
    }
}
