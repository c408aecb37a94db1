// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/**
 * One answer's partial text, written by one node after another: whoever listens hears it once and whole.
 *
 * <h2>Idea</h2>
 * The same task gives the same text on every node. So the node that takes over begins at the beginning, and what was told before is
 * passed over; that it is the same is checked on the way.
 *
 * <h2>Threads</h2>
 * Any; the listener is told under this object's lock, one call at a time.
 */
final class ContinuedText {
    private final AnswerListener listener;
    private final StringBuilder told = new StringBuilder();
    private int citationsTold;
    private int logprobsTold;
    private @Nullable String id;
    private @Nullable Part writing;
    private boolean differs;

    ContinuedText(AnswerListener listener) {
        this.listener = listener;
    }

    /** Hears the next node that writes the answer; those before are heard no more. */
    synchronized AnswerListener next() {
        Part part = new Part();
        writing = part;
        return part;
    }

    /** Hears nobody any more. */
    synchronized void close() {
        writing = null;
    }

    /** The id that was told; null if nothing was. */
    synchronized @Nullable String id() {
        return id;
    }

    /** Characters that were told. */
    synchronized int length() {
        return told.length();
    }

    /** Whether a node wrote another text than the one before it. */
    synchronized boolean differs() {
        return differs;
    }

    /** What one node writes. */
    private final class Part implements AnswerListener {
        private int heard;
        private int citationsHeard;
        private int logprobsHeard;

        @Override
        public void onStarted(String answer, String model) {
            synchronized (ContinuedText.this) {
                if (writing == this && id == null) {
                    id = answer;
                    listener.onStarted(answer, model);
                }
            }
        }

        @Override
        public void onText(String text, List<Citation> citations, List<TokenLogprob> logprobs) {
            synchronized (ContinuedText.this) {
                if (writing != this || differs) {
                    return;
                }
                int known = Math.min(text.length(), told.length() - heard);
                if (!told.substring(heard, heard + known).equals(text.substring(0, known))) {
                    differs = true;
                    return;
                }
                List<Citation> citationsLeft =
                        citations.subList(Math.min(citations.size(), citationsTold - citationsHeard), citations.size());
                List<TokenLogprob> logprobsLeft =
                        logprobs.subList(Math.min(logprobs.size(), logprobsTold - logprobsHeard), logprobs.size());
                heard += text.length();
                citationsHeard += citations.size();
                logprobsHeard += logprobs.size();
                String more = text.substring(known);
                told.append(more);
                citationsTold = Math.max(citationsTold, citationsHeard);
                logprobsTold = Math.max(logprobsTold, logprobsHeard);
                if (!more.isEmpty() || !citationsLeft.isEmpty() || !logprobsLeft.isEmpty()) {
                    listener.onText(more, citationsLeft, logprobsLeft);
                }
            }
        }
    }
}
