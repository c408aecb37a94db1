// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.AnswerProgress;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.action.scope.HitAnswers;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.search.SearchHit;

/**
 * One answer that somebody will ask for: what is written of it, and who waits for more.
 *
 * <h2>Threads</h2>
 * Any; state is under this object's lock, readers are told outside of it.
 */
final class KeptAnswer implements AnswerProgress, ActionListener<GenerateResponse> {
    private static final int OVERHEAD_BYTES = 1024;

    private final String id;
    private final String owner;
    private final Runnable whenDone;
    private final StringBuilder text = new StringBuilder();
    private final List<Citation> citations = new ArrayList<>();
    private final List<Reader> readers = new ArrayList<>();
    private @Nullable GenerateResponse response;
    private @Nullable Exception failure;
    private @Nullable Runnable cancel;
    private boolean cancelled;

    /** Somebody who waits for text after a place. */
    private record Reader(int after, ActionListener<KeptAnswerResponse> listener) {}

    /**
     * @param owner who may read it
     * @param whenDone told once, when it is whole or has failed
     */
    KeptAnswer(String id, String owner, Runnable whenDone) {
        this.id = id;
        this.owner = owner;
        this.whenDone = whenDone;
    }

    String id() {
        return id;
    }

    String owner() {
        return owner;
    }

    synchronized boolean done() {
        return response != null || failure != null;
    }

    /** Bytes that it holds, about. */
    synchronized long bytes() {
        long bytes = OVERHEAD_BYTES + 2L * text.length();
        GenerateResponse whole = response;
        if (whole != null) {
            for (SearchHit hit : whole.search().getHits()) {
                bytes += OVERHEAD_BYTES + (hit.hasSource() ? hit.getSourceRef().length() : 0);
            }
            HitAnswers hits = whole.hits();
            bytes += hits == null ? 0 : hits.bytes();
        }
        return bytes;
    }

    /** How to stop it; at once if it was cancelled before. */
    void cancelBy(Runnable how) {
        boolean now;
        synchronized (this) {
            cancel = how;
            now = cancelled;
        }
        if (now) {
            how.run();
        }
    }

    /** Stops it, if it is not done. */
    void cancel() {
        Runnable how;
        synchronized (this) {
            cancelled = true;
            how = done() ? null : cancel;
        }
        if (how != null) {
            how.run();
        }
    }

    /**
     * Tells the listener when there is text after a place, or the answer is done. True if that may take a while: then {@link #leave}
     * ends the waiting.
     */
    boolean read(int after, ActionListener<KeptAnswerResponse> listener) {
        synchronized (this) {
            if (text.length() <= after && !done()) {
                readers.add(new Reader(after, listener));
                return true;
            }
        }
        listener.onResponse(since(after));
        return false;
    }

    /** A reader has waited long enough: it is told what there is. */
    void leave(ActionListener<KeptAnswerResponse> listener) {
        Reader leaving = null;
        synchronized (this) {
            for (Reader reader : readers) {
                leaving = reader.listener() == listener ? reader : leaving;
            }
            if (leaving == null) {
                return;
            }
            readers.remove(leaving);
        }
        listener.onResponse(since(leaving.after()));
    }

    /** What there is after a place. */
    synchronized KeptAnswerResponse since(int after) {
        int from = Math.min(after, text.length());
        return new KeptAnswerResponse(
                id, text.substring(from), text.length(), List.copyOf(citations), response, failure);
    }

    @Override
    public void onStarted(String answerId, String model, SearchResponse found) {
        // readers get the hits with the whole reply
    }

    @Override
    public void onText(String more, List<Citation> confirmed, List<TokenLogprob> logprobs) {
        synchronized (this) {
            text.append(more);
            citations.addAll(confirmed);
        }
        tell();
    }

    @Override
    public void onResponse(GenerateResponse whole) {
        synchronized (this) {
            response = whole;
        }
        whenDone.run();
        tell();
    }

    @Override
    public void onFailure(Exception e) {
        fail(e);
        whenDone.run();
        tell();
    }

    /** In place of what it holds. */
    synchronized void fail(Exception e) {
        response = null;
        failure = e;
    }

    private void tell() {
        List<Reader> told = new ArrayList<>();
        synchronized (this) {
            for (Reader reader : List.copyOf(readers)) {
                if (text.length() > reader.after() || done()) {
                    told.add(reader);
                    readers.remove(reader);
                }
            }
        }
        told.forEach(reader -> reader.listener().onResponse(since(reader.after())));
    }
}
