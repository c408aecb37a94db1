// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.route;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/**
 * Sends partial text to the node that asked for it.
 *
 * <h2>Idea</h2>
 * One message is on its way at a time, and what is written meanwhile becomes the next. So messages arrive in order, whatever
 * connection they take; a slow network or receiver gets fewer and longer ones; and neither node ever holds more than the answer.
 *
 * <h2>Threads</h2>
 * Any; state is under this object's lock, messages leave outside of it.
 */
final class TextSender implements AnswerListener {
    /** Sends a message, and tells the listener when the other node is done with it. */
    @FunctionalInterface
    interface Wire {
        void send(AnswerText message, ActionListener<Void> listener);
    }

    private final long stream;
    private final Wire wire;
    private final Runnable whenBroken;
    private String id = "";
    private String model = "";
    private StringBuilder text = new StringBuilder();
    private List<Citation> citations = new ArrayList<>();
    private List<TokenLogprob> logprobs = new ArrayList<>();
    private boolean first = true;
    /** Something is to be sent. */
    private boolean pending;

    private boolean sending;
    private boolean broken;
    private @Nullable Runnable end;

    /**
     * @param stream its number on the other node
     * @param whenBroken run once when a message does not get through: nobody wants the answer any more
     */
    TextSender(long stream, Wire wire, Runnable whenBroken) {
        this.stream = stream;
        this.wire = wire;
        this.whenBroken = whenBroken;
    }

    @Override
    public void onStarted(String answerId, String answerModel) {
        synchronized (this) {
            id = answerId;
            model = answerModel;
            pending = true;
        }
        send();
    }

    @Override
    public void onText(String more, List<Citation> confirmed, List<TokenLogprob> tokens) {
        synchronized (this) {
            text.append(more);
            citations.addAll(confirmed);
            logprobs.addAll(tokens);
            pending = true;
        }
        send();
    }

    /** Runs something when all text is there, or no more can be sent. */
    void finish(Runnable then) {
        synchronized (this) {
            end = then;
        }
        send();
    }

    private void send() {
        Runnable last = null;
        AnswerText message = null;
        synchronized (this) {
            if (sending) {
                return;
            }
            if (pending && !broken) {
                message = new AnswerText(stream, first, id, model, text.toString(), citations, logprobs);
                text = new StringBuilder();
                citations = new ArrayList<>();
                logprobs = new ArrayList<>();
                first = false;
                pending = false;
                sending = true;
            } else {
                last = end;
                end = null;
            }
        }
        if (message != null) {
            wire.send(message, ActionListener.wrap(none -> sent(), e -> broken()));
        } else if (last != null) {
            last.run();
        }
    }

    private void sent() {
        synchronized (this) {
            sending = false;
        }
        send();
    }

    private void broken() {
        synchronized (this) {
            sending = false;
            broken = true;
            text = new StringBuilder();
        }
        whenBroken.run();
        send();
    }
}
