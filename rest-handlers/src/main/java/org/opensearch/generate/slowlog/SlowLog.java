// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.slowlog;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLongArray;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.common.logging.Loggers;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.generate.action.async.Owner;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.tasks.Task;

/**
 * Writes a line for each answer of which a phase took longer than a threshold, at the worst level whose threshold was passed.
 *
 * <h2>Idea</h2>
 * As the search slow log: a threshold for each phase and level, off by default, changed while the node runs; a logger of its own,
 * {@value #LOGGER}, that {@code log4j2.properties} can send to a file. But one line an answer, which names the phases that were slow.
 *
 * <h2>Threads</h2>
 * Any. Thresholds are read without a lock; a change takes effect with the next answer.
 */
public final class SlowLog {
    /** The logger's name. */
    public static final String LOGGER = SlowLogSettings.PREFIX;

    private static final Logger LOG = LogManager.getLogger(LOGGER);
    private static final int LEVELS = SlowLogSettings.LEVELS.size();

    /** Nanoseconds by phase and level; negative is off. */
    private final Map<Phase, AtomicLongArray> thresholds = new EnumMap<>(Phase.class);

    private volatile int promptLength;

    /** @param settings the node's, which tell of changes */
    public SlowLog(ClusterSettings settings) {
        // Thresholds decide what is written, at every level.
        Loggers.setLevel(LOG, "trace");
        for (Map.Entry<Phase, List<Setting<TimeValue>>> phase : SlowLogSettings.THRESHOLDS.entrySet()) {
            AtomicLongArray nanos = new AtomicLongArray(LEVELS);
            thresholds.put(phase.getKey(), nanos);
            for (int i = 0; i < LEVELS; i++) {
                int level = i;
                Setting<TimeValue> setting = phase.getValue().get(level);
                nanos.set(level, settings.get(setting).nanos());
                settings.addSettingsUpdateConsumer(setting, value -> nanos.set(level, value.nanos()));
            }
        }
        promptLength = settings.get(SlowLogSettings.PROMPT_LENGTH);
        settings.addSettingsUpdateConsumer(SlowLogSettings.PROMPT_LENGTH, value -> promptLength = value);
    }

    /**
     * Begins to watch a request, in its thread context.
     *
     * @param retrieveNanos how long its search took, which is over
     */
    public Watch watch(ThreadContext context, long retrieveNanos) {
        return new Watch(
                System.nanoTime() - retrieveNanos,
                retrieveNanos,
                Owner.of(context),
                Objects.requireNonNullElse(context.getHeader(Task.X_OPAQUE_ID), ""));
    }

    /** A request on its way. */
    public final class Watch {
        private final long startNanos;
        private final long retrieveNanos;
        private final String user;
        private final String opaqueId;

        private Watch(long startNanos, long retrieveNanos, String user, String opaqueId) {
            this.startNanos = startNanos;
            this.retrieveNanos = retrieveNanos;
            this.user = user;
            this.opaqueId = opaqueId;
        }

        /** An answer of it is whole; returns it. */
        public Answer seen(AnswerTask task, Answer answer) {
            long total = System.nanoTime() - startNanos;
            record(new SlowAnswer(answer, retrieveNanos, total, user, opaqueId, task.question()));
            return answer;
        }
    }

    void record(SlowAnswer answer) {
        for (int level = 0; level < LEVELS; level++) {
            List<Phase> slow = new ArrayList<>();
            for (Map.Entry<Phase, AtomicLongArray> phase : thresholds.entrySet()) {
                long threshold = phase.getValue().get(level);
                if (threshold >= 0 && answer.nanos(phase.getKey()) > threshold) {
                    slow.add(phase.getKey());
                }
            }
            if (!slow.isEmpty()) {
                LOG.log(SlowLogSettings.LEVELS.get(level), SlowLogMessage.of(answer, slow, promptLength));
                return;
            }
        }
    }
}
