// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.scope.HitAnswer.Rank;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;

/**
 * Pointwise reranking: the model is asked of each hit whether it answers the question, yes or no, and hits are put in the order of
 * the probability of "yes". Nogueira et al., arXiv 2003.06713; Liang et al., arXiv 2211.09110.
 */
public final class Reranking {
    private static final String BEFORE_QUESTION = "Question to find an answer for: \"";
    private static final String AFTER_QUESTION = "\" Does the passage contain the answer? Reply with yes or no.";

    private Reranking() {}

    /** Throws {@link IllegalArgumentException} if a request that reranks asks for more than it can get. */
    public static void check(Scope scope, AnswerOptions options) {
        if (scope != Scope.HIT) {
            throw new IllegalArgumentException("[rerank] is for [scope] hit, found " + scope);
        }
        if (options.maxCompletionTokens() != 0
                || options.logprobs() != AnswerOptions.NO_LOGPROBS
                || !options.stop().isEmpty()
                || options.format().type() != ResponseFormat.Type.TEXT
                || !options.sampling().equals(SamplingOptions.GREEDY)) {
            throw new IllegalArgumentException("[rerank] reads the probabilities of the first token: it takes no "
                    + "[max_completion_tokens], [logprobs], [stop], [response_format] and no options of sampling");
        }
    }

    /** The task of judging the only passage of another task: one token, with the likeliest in its place. */
    static AnswerTask task(AnswerTask asked) {
        List<ChatMessage> messages = new ArrayList<>(asked.messages());
        messages.add(
                new ChatMessage("user", BEFORE_QUESTION + messages.removeLast().content() + AFTER_QUESTION));
        AnswerOptions options = asked.options();
        return new AnswerTask(
                messages,
                asked.documents(),
                asked.context(),
                new AnswerOptions(
                        options.model(), 1, options.sampling(), options.stop(), Relevance.LIKELIEST, options.timeout()),
                1,
                asked.deadlineNanos());
    }

    /** What an answer to such a question says of its hit. */
    static HitAnswer judged(HitAnswer hit, float previousScore) {
        Answer answer = hit.answer();
        if (answer == null) {
            return new HitAnswer(null, hit.failure(), new Rank(null, previousScore));
        }
        Optional<Relevance> relevance = Relevance.of(answer);
        return relevance.isPresent()
                ? new HitAnswer(answer, null, new Rank(relevance.get(), previousScore))
                : new HitAnswer(null, undecided(), new Rank(null, previousScore));
    }

    private static Exception undecided() {
        return new OpenSearchStatusException(
                "the model says neither yes nor no: both are missing from its {} likeliest tokens",
                RestStatus.UNPROCESSABLE_ENTITY,
                Relevance.LIKELIEST);
    }

    /** Places of judged hits, the most relevant first; equals, and behind them those without a judgement, as they were. */
    static List<Integer> order(List<HitAnswer> hits) {
        return IntStream.range(0, hits.size())
                .boxed()
                .sorted(Comparator.comparingDouble(place -> -score(hits.get(place), -1)))
                .toList();
    }

    /** The hits in an order, each with its relevance as score; none where it is not known. */
    static SearchHits reordered(SearchHits found, List<HitAnswer> judged, List<Integer> order) {
        SearchHit[] hits = new SearchHit[order.size()];
        for (int i = 0; i < hits.length; i++) {
            hits[i] = found.getAt(order.get(i));
            hits[i].score(score(judged.get(order.get(i)), Float.NaN));
        }
        float most = hits.length == 0 ? Float.NaN : hits[0].getScore();
        return new SearchHits(hits, found.getTotalHits(), most);
    }

    private static float score(HitAnswer hit, float otherwise) {
        Rank rank = hit.rank();
        return rank == null || rank.relevance() == null
                ? otherwise
                : (float) rank.relevance().score();
    }
}
