// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.AnswerProgress;
import org.opensearch.generate.action.GenerateResponse;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.action.scope.HitAnswer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.threadpool.ThreadPool;

/**
 * Turns an answer that is being written into events.
 *
 * <h2>Idea</h2>
 * A client that reads gets each piece as it comes. While one does not, pieces wait here and become one event; when {@value
 * #MOST_WAITING} of them wait, or the client has read nothing for {@value #LONGEST_STALL_SECONDS} seconds, its connection is
 * closed, which cancels the answer. So a slow client holds memory of fixed size, here and in the connection's own buffer.
 *
 * <h2>Threads</h2>
 * Any; each call holds this object's lock and does not wait.
 */
public final class AnswerEvents implements AnswerProgress, ActionListener<GenerateResponse> {
    private static final Logger LOG = LogManager.getLogger(AnswerEvents.class);
    /** Pieces of text, each of a few characters. */
    private static final int MOST_WAITING = 4096;

    private static final int LONGEST_STALL_SECONDS = 30;
    private static final TimeValue RETRY = TimeValue.timeValueMillis(50);

    private final EventStream stream;
    private final ChunkForm form;
    private final ThreadPool threadPool;

    private final StringBuilder text = new StringBuilder();
    private final List<Citation> citations = new ArrayList<>();
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    /** Hits that are done, by their places. */
    private final SortedMap<Integer, HitAnswer> hits = new TreeMap<>();

    private int waiting;
    private long stalledNanos;
    private boolean retrying;
    private @Nullable GenerateResponse response;
    private boolean ended;

    AnswerEvents(EventStream stream, ChunkForm form, ThreadPool threadPool) {
        this.stream = stream;
        this.form = form;
        this.threadPool = threadPool;
    }

    @Override
    public synchronized void onStarted(String id, String model, SearchResponse found) {
        guarded(() -> stream.send(json -> form.start(json, id, model, found)));
    }

    @Override
    public synchronized void onText(String more, List<Citation> confirmed, List<TokenLogprob> tokens) {
        text.append(more);
        citations.addAll(confirmed);
        logprobs.addAll(tokens);
        waiting++;
        guarded(this::flush);
    }

    @Override
    public synchronized void onHit(int place, HitAnswer answer) {
        hits.put(place, answer);
        guarded(this::flush);
    }

    @Override
    public synchronized void onResponse(GenerateResponse whole) {
        response = whole;
        guarded(this::flush);
    }

    @Override
    public synchronized void onFailure(Exception e) {
        guarded(() -> {
            ended = true;
            stream.send(json -> form.failure(json, e));
            stream.end();
        });
    }

    private synchronized void retry() {
        retrying = false;
        guarded(this::flush);
    }

    private interface Step {
        void run() throws Exception;
    }

    private void guarded(Step step) {
        if (ended || stream.gone()) {
            return;
        }
        try {
            step.run();
        } catch (Exception e) {
            LOG.warn("a streamed answer could not be sent", e);
            ended = true;
            stream.close();
        }
    }

    private void flush() throws Exception {
        if (!stream.writable()) {
            waitForClient();
            return;
        }
        stalledNanos = 0;
        if (waiting > 0) {
            stream.send(json -> form.more(json, text.toString(), citations, logprobs));
            text.setLength(0);
            citations.clear();
            logprobs.clear();
            waiting = 0;
        }
        for (Map.Entry<Integer, HitAnswer> hit : hits.entrySet()) {
            stream.send(json -> form.hit(json, hit.getKey(), hit.getValue()));
        }
        hits.clear();
        GenerateResponse whole = response;
        if (whole != null) {
            ended = true;
            stream.send(json -> form.finish(json, whole));
            if (form.hasUsage()) {
                stream.send(json -> form.usage(json, whole));
            }
            stream.done();
        }
    }

    private void waitForClient() {
        long now = System.nanoTime();
        if (stalledNanos == 0) {
            stalledNanos = now;
        }
        if (waiting > MOST_WAITING || now - stalledNanos > TimeUnit.SECONDS.toNanos(LONGEST_STALL_SECONDS)) {
            LOG.debug("{} pieces of an answer wait for a client that does not read: its connection is closed", waiting);
            ended = true;
            stream.close();
        } else if (!retrying) {
            retrying = true;
            threadPool.schedule(this::retry, RETRY, Pools.ANSWER);
        }
    }
}
