// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * In which order prompts get their tokens in one step: those of running sequences and those of waiting ones, of one priority.
 * Changes nothing; what a sequence gets here counts at once for the turns that follow, so that one step is as fair as many.
 */
final class Turns {
    private final PriorityQueue<Turn> turns = new PriorityQueue<>();
    private final Map<FairQueue.User, Turn> withPrompts = new HashMap<>();
    private final Iterator<FairQueue.User> others;
    private FairQueue.@Nullable User other;
    private boolean closed;

    /**
     * @param queue the waiting sequences
     * @param prompts running sequences of the same priority that miss more than one token, in the order in which they were admitted
     */
    Turns(FairQueue queue, List<Sequence> prompts) {
        for (Sequence sequence : prompts) {
            withPrompts.computeIfAbsent(sequence.account(), Turn::new).prompts.add(sequence);
        }
        withPrompts.values().forEach(Turn::forward);
        turns.addAll(withPrompts.values());
        others = queue.waiting().iterator();
        forward();
    }

    /** One user's turn. */
    private static final class Turn implements Comparable<Turn> {
        private final FairQueue.User user;
        private final Deque<Sequence> prompts = new ArrayDeque<>();
        private final Iterator<Sequence> waiting;
        private double account;
        private @Nullable Sequence next;
        private boolean waits;

        Turn(FairQueue.User user) {
            this.user = user;
            this.account = user.account();
            this.waiting = user.queue().iterator();
        }

        void forward() {
            next = prompts.poll();
            waits = next == null;
            if (next == null && waiting.hasNext()) {
                next = waiting.next();
            }
        }

        @Override
        public int compareTo(Turn other) {
            int byAccount = Double.compare(account, other.account);
            if (byAccount != 0) {
                return byAccount;
            }
            int running = Boolean.compare(waits, other.waits);
            return running != 0 ? running : user.compareTo(other.user);
        }
    }

    /** The next user that has no prompt running. */
    private void forward() {
        do {
            other = others.hasNext() ? others.next() : null;
        } while (other != null && withPrompts.containsKey(other));
    }

    /** The sequence whose turn it is; null for none. */
    @Nullable
    Sequence next() {
        while (true) {
            Turn first = turns.peek();
            if (!closed && other != null && (first == null || other.account() < first.account)) {
                Turn fresh = new Turn(other);
                fresh.forward();
                turns.add(fresh);
                forward();
            } else if (first == null) {
                return null;
            } else if (first.next == null || (closed && first.waits)) {
                turns.poll();
            } else {
                return first.next;
            }
        }
    }

    /** The sequence of {@link #next} gets so many tokens, and has no further turn in this step. */
    void took(int tokens) {
        Turn first = turns.poll();
        if (first == null) {
            throw new IllegalStateException("it is nobody's turn");
        }
        first.account += tokens / first.user.weight();
        first.forward();
        turns.add(first);
    }

    /** No waiting sequence has a turn any more. */
    void close() {
        closed = true;
    }
}
