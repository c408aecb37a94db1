// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.rest.RestStatus;

/**
 * The answers that this node keeps for those who asked for them, bounded in number, bytes and time.
 *
 * <h2>Idea</h2>
 * A finished answer leaves when its time is over, or earlier, the oldest first, where more answers or bytes are kept than the limits
 * allow. Running ones never leave; when they alone reach the limit, no more are begun. Whoever has not asked for an answer is told
 * that there is none.
 *
 * <h2>Threads</h2>
 * Any; the map is under this object's lock.
 */
public final class KeptAnswers {
    /**
     * Limits.
     *
     * @param answers most answers, running and finished
     * @param bytes most bytes of finished answers
     * @param keep how long a finished answer is kept
     */
    public record Limits(int answers, long bytes, TimeValue keep) {}

    /** Runs something later. */
    @FunctionalInterface
    public interface Timer {
        /** Runs it after a time, on a thread that may do short work. */
        void after(TimeValue delay, Runnable what);
    }

    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int SECRET_BYTES = 24;
    /** Characters that the secret of an id takes; the id of the node that keeps the answer follows. */
    private static final int SECRET_LENGTH = SECRET_BYTES / 3 * 4;

    private final Supplier<String> node;
    private final Supplier<Limits> limits;
    private final Timer timer;
    /** In order of arrival. */
    private final Map<String, KeptAnswer> answers = new LinkedHashMap<>();

    /**
     * @param node this node's id
     * @param limits asked whenever one begins or ends
     */
    public KeptAnswers(Supplier<String> node, Supplier<Limits> limits, Timer timer) {
        this.node = node;
        this.limits = limits;
        this.timer = timer;
    }

    /** The id of the node that keeps an answer, as the answer's id says. */
    static String node(String id) {
        return id.substring(Math.min(id.length(), SECRET_LENGTH));
    }

    /** A new answer. */
    synchronized KeptAnswer begin(String owner) {
        Limits now = limits.get();
        makeRoom(now.answers() - 1, now.bytes());
        if (answers.size() >= now.answers()) {
            OpenSearchStatusException full = new OpenSearchStatusException(
                    "{} answers are being written for later already", RestStatus.TOO_MANY_REQUESTS, answers.size());
            full.addHeader("Retry-After", "1");
            throw full;
        }
        byte[] random = new byte[SECRET_BYTES];
        RANDOM.nextBytes(random);
        String id = Base64.getUrlEncoder().withoutPadding().encodeToString(random) + node.get();
        KeptAnswer answer = new KeptAnswer(id, owner, () -> done(id));
        answers.put(id, answer);
        return answer;
    }

    /**
     * An answer of this owner.
     *
     * @throws ResourceNotFoundException if there is none
     */
    synchronized KeptAnswer get(String id, String owner) {
        KeptAnswer answer = answers.get(id);
        if (answer == null || !answer.owner().equals(owner)) {
            throw new ResourceNotFoundException(
                    "no answer of that id is kept; finished ones are kept for {}",
                    limits.get().keep());
        }
        return answer;
    }

    /** Forgets an answer of this owner, and stops it if it is being written. */
    void remove(String id, String owner) {
        KeptAnswer answer = get(id, owner);
        forget(id);
        answer.cancel();
    }

    /** How many are kept. */
    synchronized int size() {
        return answers.size();
    }

    private synchronized void forget(String id) {
        answers.remove(id);
    }

    private void done(String id) {
        Limits now = limits.get();
        synchronized (this) {
            KeptAnswer answer = answers.get(id);
            if (answer == null) {
                return;
            }
            if (answer.bytes() > now.bytes()) {
                answer.fail(new OpenSearchStatusException(
                        "the reply has {} bytes, [plugins.generate.async.max_memory] is {}: ask for less of [_source]",
                        RestStatus.REQUEST_ENTITY_TOO_LARGE,
                        answer.bytes(),
                        now.bytes()));
            }
            answers.remove(id);
            answers.put(id, answer);
            makeRoom(now.answers(), now.bytes());
        }
        timer.after(now.keep(), () -> forget(id));
    }

    /** Forgets the oldest finished answers until no more than so many answers, and bytes of finished ones, are left. */
    private void makeRoom(int most, long mostBytes) {
        long bytes = 0;
        for (KeptAnswer answer : answers.values()) {
            bytes += answer.done() ? answer.bytes() : 0;
        }
        Iterator<KeptAnswer> oldest = answers.values().iterator();
        while (oldest.hasNext() && (answers.size() > most || bytes > mostBytes)) {
            KeptAnswer answer = oldest.next();
            if (answer.done()) {
                bytes -= answer.bytes();
                oldest.remove();
            }
        }
    }
}
