// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.action.ActionListener;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Document;
import org.opensearch.search.SearchHits;

/**
 * Generates for each hit of a search, as {@code _generate} would over that hit alone.
 *
 * <p>A hit that the model cannot read, or for which it fails, is marked and the others go on; only if all of them fail, the request
 * does, as the first of them.
 */
public final class HitScope {
    /** Most tokens and log-probabilities that all hits together may come to; the node that is asked keeps them until it replies. */
    private static final long MOST_TOKENS = 1 << 18;

    /**
     * Hits with what was generated for them.
     *
     * @param hits in the order of the reply
     * @param answers one for each
     */
    public record Generated(SearchHits hits, List<HitAnswer> answers) {}

    private HitScope() {}

    /** Throws {@link IllegalArgumentException} if a request may come to more than a node should keep. */
    public static void check(int hits, AnswerOptions options, int defaultCompletionTokens) {
        long tokens = options.maxCompletionTokens() > 0 ? options.maxCompletionTokens() : defaultCompletionTokens;
        long logprobs = options.logprobs() == AnswerOptions.NO_LOGPROBS ? 0 : 1 + options.logprobs();
        long most = hits * tokens * (1 + logprobs);
        if (most > MOST_TOKENS) {
            throw new IllegalArgumentException(
                    "[size] hits with [max_completion_tokens], each with its [top_logprobs], " + "may come to " + most
                            + " tokens; [scope] hit allows " + MOST_TOKENS);
        }
    }

    /**
     * Generates.
     *
     * @param question what is asked of each hit; its documents are those of the hits, in their order
     * @param rerank whether hits are put in the order of their relevance
     * @param each told of each hit when it is done, with its place among {@code found}; null for nobody
     */
    public static void generate(
            ShardNodes nodes,
            AnswerTask question,
            boolean rerank,
            SearchHits found,
            @Nullable ObjIntConsumer<HitAnswer> each,
            ActionListener<Generated> listener) {
        List<Document> documents = Objects.requireNonNull(question.documents());
        @Nullable HitAnswer[] answers = new HitAnswer[documents.size()];
        List<NodeBatches.Placed> tasks = new ArrayList<>();
        List<Integer> places = new ArrayList<>();
        for (int place = 0; place < answers.length; place++) {
            if (documents.get(place).texts().isEmpty()) {
                answers[place] = HitAnswer.unreadable();
            } else {
                tasks.add(new NodeBatches.Placed(
                        about(documents.get(place), question, rerank), ShardNodes.of(found.getAt(place))));
                places.add(place);
            }
        }
        ObjIntConsumer<HitAnswer> told = each == null ? (answer, place) -> {} : each;
        for (int place = 0; place < answers.length; place++) {
            HitAnswer answer = answers[place];
            if (answer != null) {
                told.accept(answer, place);
            }
        }
        new NodeBatches(
                        nodes,
                        tasks,
                        each != null,
                        (result, task) -> told.accept(HitAnswer.of(result), places.get(task)),
                        ActionListener.map(listener, results -> {
                            for (int task = 0; task < places.size(); task++) {
                                answers[places.get(task)] = HitAnswer.of(results.get(task));
                            }
                            return generated(found, rerank, Arrays.asList(answers));
                        }))
                .start();
    }

    private static AnswerTask about(Document document, AnswerTask question, boolean rerank) {
        AnswerTask alone = question.over(List.of(document));
        return rerank ? Reranking.task(alone) : alone;
    }

    private static Generated generated(SearchHits found, boolean rerank, List<HitAnswer> answers) throws Exception {
        if (!rerank) {
            return new Generated(found, whole(answers));
        }
        List<HitAnswer> judged = new ArrayList<>();
        for (int place = 0; place < answers.size(); place++) {
            judged.add(Reranking.judged(answers.get(place), found.getAt(place).getScore()));
        }
        whole(judged);
        List<Integer> order = Reranking.order(judged);
        return new Generated(
                Reranking.reordered(found, judged, order),
                order.stream().map(judged::get).toList());
    }

    /** The same, unless all failed. */
    private static List<HitAnswer> whole(List<HitAnswer> answers) throws Exception {
        Exception first = answers.isEmpty() ? null : answers.getFirst().failure();
        if (first != null && answers.stream().allMatch(answer -> answer.failure() != null)) {
            throw first;
        }
        return List.copyOf(answers);
    }
}
