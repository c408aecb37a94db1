// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer.StreamDecoder;
import org.opensearch.generate.runner.cache.PrefixKey;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.sample.TokenHistory;

/** A request on its way: its tokens, how many of them are computed, and the pages that hold those. Owned by the engine's thread. */
final class Sequence {
    private static final int[] NO_PAGES = {};
    /** Tokens that needed no choice and are computed beside running answers, as theirs are. */
    private static final int MOST_FORCED = 16;

    /** Order of arrival. */
    final long number;

    final GenerationRequest request;
    final GenerationListener listener;
    final TokenHistory tokens;
    final AnswerText text;
    final StreamDecoder decoder;
    final List<GeneratedToken> answer = new ArrayList<>();
    /** Where the answer stands in its language; null if it is free. */
    final @Nullable Guided guided;

    final int maxNewTokens;
    final long submittedNanos;

    /** The account of its user; set when it begins to wait. */
    FairQueue.@Nullable User account;

    /** Order of the latest admission, from 1; 0 while it waits. */
    long admission;

    /** Whether it was admitted out of its turn, since nobody else wanted the place: such a sequence gives way first. */
    boolean spare;

    /** Pages of the computed tokens, in order. */
    int[] pages = NO_PAGES;

    /** Tokens whose keys and values are in the pages. */
    int computed;

    /** Its drafts; null as long as none were wanted. */
    @Nullable
    SequenceDrafts drafts;

    /** Drafted tokens that became part of the answer, and those that did not. */
    int acceptedTokens;

    int rejectedTokens;

    /** Steps that failed with this sequence in them since the last that did not. */
    int failedSteps;

    /** The last of them, counted by the engine. */
    long failedStep;

    /** Prompt tokens that the prefix cache had at the first admission. */
    int cachedTokens;

    /** Tokens computed before the last eviction: what is computed again up to there is no news. */
    int computedBefore;

    /** Tokens that its user had by it: of the prompt, cached ones left out, and generated. */
    int charged;

    long startedNanos;
    long firstTokenNanos;
    long lastTokenNanos;
    private volatile boolean started;
    private volatile int generated;

    private final List<PrefixKey> keys = new ArrayList<>();
    private volatile boolean cancelled;

    Sequence(
            long number,
            GenerationRequest request,
            GenerationListener listener,
            StreamDecoder decoder,
            @Nullable Guided guided,
            int maxNewTokens,
            long submittedNanos) {
        this.number = number;
        this.request = request;
        this.listener = listener;
        this.tokens = new TokenHistory(request.prompt());
        this.text = new AnswerText(request.stop());
        this.decoder = decoder;
        this.guided = guided;
        this.maxNewTokens = maxNewTokens;
        this.submittedNanos = submittedNanos;
    }

    /** Any thread: ends it before the next step. */
    void cancel() {
        cancelled = true;
    }

    boolean cancelled() {
        return cancelled;
    }

    FairQueue.User account() {
        return Objects.requireNonNull(account, "the sequence has never waited");
    }

    /** Of the tokens of such a slice, those that are prompt, and computed for the first time. */
    int newPromptTokens(int from, int count) {
        return Math.max(0, Math.min(from + count, tokens.promptLength()) - Math.max(from, computedBefore));
    }

    /** The same of the answer's tokens that came without a choice. */
    int newForcedTokens(int from, int count) {
        return Math.max(0, from + count - 1 - Math.max(Math.max(from, computedBefore), tokens.promptLength()));
    }

    /** A token is chosen, with which the answer goes on. */
    void advanceGuide(byte[] bytes) {
        if (guided != null) {
            guided.accept(bytes);
        }
    }

    /** Whether it lacks one token, or a few of the answer that came without a choice. */
    boolean isDecoding() {
        return remaining() == 1 || (computed >= tokens.promptLength() && remaining() <= MOST_FORCED);
    }

    /** Tokens still to compute; at least 1. */
    int remaining() {
        return tokens.length() - computed;
    }

    /** Pages that hold so many tokens. */
    static int pagesFor(int tokens) {
        return (tokens + KvCache.PAGE - 1) / KvCache.PAGE;
    }

    /** Pages that it needs if it has all its tokens. */
    int mostPages() {
        return pagesFor(tokens.promptLength() + maxNewTokens);
    }

    /** Keys of all full pages of its tokens, computed or not. */
    List<PrefixKey> keys() {
        while ((keys.size() + 1) * KvCache.PAGE <= tokens.length()) {
            PrefixKey parent = keys.isEmpty() ? PrefixKey.root(request.cacheSalt()) : keys.getLast();
            keys.add(parent.next(tokens.tokens(), keys.size() * KvCache.PAGE, KvCache.PAGE));
        }
        return keys;
    }

    /** Any thread: how many tokens the answer has. */
    int generated() {
        return generated;
    }

    /** A token more. */
    void add(GeneratedToken token) {
        answer.add(token);
        generated = answer.size();
    }

    /** Any thread: whether it has been in a step. */
    boolean started() {
        return started;
    }

    void start(long nanos) {
        started = true;
        startedNanos = nanos;
    }

    /** Forgets what is computed; its pages have been released. */
    void evict() {
        computedBefore = Math.max(computedBefore, computed);
        pages = NO_PAGES;
        computed = 0;
        admission = 0;
        spare = false;
    }

    /** The finished answer. */
    Generation finish(FinishReason reason, long nanos) {
        long start = started ? startedNanos : nanos;
        long first = answer.isEmpty() ? nanos : firstTokenNanos;
        text.push(decoder.finish());
        return new Generation(
                text.finish(),
                List.copyOf(answer),
                reason,
                tokens.promptLength(),
                cachedTokens,
                acceptedTokens,
                rejectedTokens,
                start - submittedNanos,
                first - start,
                first - submittedNanos,
                answer.isEmpty() ? 0 : lastTokenNanos - firstTokenNanos);
    }
}
