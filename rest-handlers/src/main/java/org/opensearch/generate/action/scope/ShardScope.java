// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.action.route.AnswerResult;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;
import org.opensearch.search.SearchShardTarget;

/**
 * Condenses the hits of each shard before the answer over all.
 *
 * <h2>Idea</h2>
 * The question is put over the hits of each shard, on the node that holds it. Of what comes back only the documents' own sentences
 * go on that its checked citations lead to: the answer over all shards reads words of the documents, never of a model, and its
 * citations are checked against those. Shards rather than nodes are the unit, so that the same search gives the same answer wherever
 * shards are.
 */
public final class ShardScope {
    /** The share of the time that is left which shards may take. */
    private static final int SHARE = 2;

    /**
     * What the answer over all shards reads.
     *
     * @param shards what was said of each shard's hits, in the order of their best hits
     * @param sentences what is left of the documents; null if they are read as they are
     * @param documents what is read, in rank order
     */
    public record Condensed(
            List<ShardAnswer> shards, @Nullable CitedSentences sentences, List<Document> documents) {
        /** The citations with their places in the hits' own source. */
        public List<Citation> original(List<Citation> citations) {
            return sentences == null
                    ? citations
                    : citations.stream().map(sentences::original).toList();
        }

        /** The answer with such citations. */
        public Answer original(Answer answer) {
            return answer.withCitations(original(answer.citations()));
        }

        /** Whether time ran out for one of the shards. */
        public boolean timedOut() {
            return shards.stream()
                    .map(ShardAnswer::answer)
                    .anyMatch(answer -> answer != null && answer.finishReason() == FinishReason.TIMEOUT);
        }
    }

    /** A shard, in whichever cluster. */
    private record Shard(@Nullable String cluster, String index, int number) {}

    private ShardScope() {}

    /** For what is read as it was found. */
    public static Condensed none() {
        return new Condensed(List.of(), null, List.of());
    }

    /**
     * Condenses. Hits of one shard are read as they are; so are all hits if no sentence is left. Shards that fail are marked and their
     * hits left out; if all fail, the first failure is the listener's.
     *
     * @param question what is asked; its documents are those of the hits, in their order
     */
    public static void condense(
            ShardNodes nodes, AnswerTask question, SearchHits found, ActionListener<Condensed> listener) {
        List<Document> documents = Objects.requireNonNull(question.documents());
        Map<Shard, List<Integer>> groups = new LinkedHashMap<>();
        for (int place = 0; place < documents.size(); place++) {
            if (!documents.get(place).texts().isEmpty()) {
                groups.computeIfAbsent(shard(found.getAt(place)), shard -> new ArrayList<>())
                        .add(place);
            }
        }
        if (groups.size() < 2) {
            listener.onResponse(new Condensed(List.of(), null, documents));
            return;
        }
        long now = System.nanoTime();
        long deadlineNanos = now + (question.deadlineNanos() - now) / SHARE;
        List<NodeBatches.Placed> tasks = new ArrayList<>();
        for (List<Integer> places : groups.values()) {
            AnswerTask task = new AnswerTask(
                    question.messages(),
                    places.stream().map(documents::get).toList(),
                    question.context(),
                    question.options().withFormat(ResponseFormat.TEXT),
                    question.defaultCompletionTokens(),
                    deadlineNanos);
            tasks.add(new NodeBatches.Placed(task, ShardNodes.of(found.getAt(places.getFirst()))));
        }
        new NodeBatches(
                        nodes,
                        tasks,
                        false,
                        (result, task) -> {},
                        ActionListener.map(listener, results -> condensed(documents, groups, results)))
                .start();
    }

    private static Shard shard(SearchHit hit) {
        SearchShardTarget target = hit.getShard();
        return target == null
                ? new Shard(null, hit.getIndex(), 0)
                : new Shard(
                        target.getClusterAlias(),
                        target.getIndex(),
                        target.getShardId().id());
    }

    private static Condensed condensed(
            List<Document> documents, Map<Shard, List<Integer>> groups, List<AnswerResult> results) throws Exception {
        List<ShardAnswer> shards = new ArrayList<>();
        List<Citation> citations = new ArrayList<>();
        Exception failure = null;
        int failed = 0;
        for (Map.Entry<Shard, List<Integer>> group : groups.entrySet()) {
            AnswerResult result = results.get(shards.size());
            Answer answer = result.answer();
            if (answer != null) {
                citations.addAll(answer.citations());
            } else {
                failed++;
                failure = failure == null ? result.failure() : failure;
            }
            shards.add(new ShardAnswer(
                    group.getKey().index(),
                    group.getKey().number(),
                    group.getValue().size(),
                    answer,
                    result.failure()));
        }
        if (failure != null && failed == shards.size()) {
            throw failure;
        }
        CitedSentences sentences = new CitedSentences(documents, citations);
        return sentences.documents().isEmpty()
                ? new Condensed(shards, null, documents)
                : new Condensed(shards, sentences, sentences.documents());
    }
}
