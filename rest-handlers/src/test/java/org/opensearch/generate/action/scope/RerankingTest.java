// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.lucene.search.TotalHits;
import org.junit.jupiter.api.Test;
import org.opensearch.ExceptionsHelper;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.route.AnswerResult;
import org.opensearch.generate.loader.chat.ChatMessage;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.ContextOptions;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.search.SearchHit;
import org.opensearch.search.SearchHits;

/** What the first token says of a document, and where the document goes. */
class RerankingTest {
    private static HitAnswer judged(Answer answer, float previousScore) {
        return Reranking.judged(HitAnswer.of(new AnswerResult(answer, null)), previousScore);
    }

    @Test
    void allTokensOfAWordCount() {
        Relevance relevance = Relevance.of(Answers.judging(
                        "Yes", 0.2, " yes", 0.1, "YES", 0.05, "ye", 0.05, "No", 0.1, "\nno", 0.1, "Nobody", 0.2, " ",
                        0.1))
                .orElseThrow();
        assertEquals(0.4, relevance.yes(), 1e-6);
        assertEquals(0.2, relevance.no(), 1e-6);
        assertEquals(2 / 3.0, relevance.score(), 1e-6);
    }

    @Test
    void aModelThatSaysNeitherLeavesItOpen() {
        HitAnswer hit = judged(Answers.judging("The", 0.9, "Yesterday", 0.1), 3f);
        assertNull(hit.answer());
        assertEquals(RestStatus.UNPROCESSABLE_ENTITY, ExceptionsHelper.status(Objects.requireNonNull(hit.failure())));
    }

    @Test
    void aHitThatFailedStaysAFailure() {
        Exception failure = new IllegalStateException("broken");
        HitAnswer hit = Reranking.judged(HitAnswer.of(new AnswerResult(null, failure)), 3f);
        assertEquals(failure, hit.failure());
    }

    @Test
    void theMostRelevantComesFirstAndFailuresLast() {
        List<HitAnswer> hits = List.of(
                judged(Answers.judging("The", 0.9), 9f),
                judged(Answers.judging("Yes", 0.2, "No", 0.6), 8f),
                judged(Answers.judging("Yes", 0.6, "No", 0.2), 7f),
                judged(Answers.judging("The", 0.9), 6f),
                judged(Answers.judging("Yes", 0.2, "No", 0.6), 5f));
        List<Integer> order = Reranking.order(hits);
        assertEquals(List.of(2, 1, 4, 0, 3), order);
        SearchHit[] found = Stream.of("a", "b", "c", "d", "e")
                .map(id -> new SearchHit(id.charAt(0), id, null, null))
                .toArray(SearchHit[]::new);
        SearchHits moved = Reranking.reordered(
                new SearchHits(found, new TotalHits(5, TotalHits.Relation.EQUAL_TO), 9f), hits, order);
        assertEquals("c", moved.getAt(0).getId());
        assertEquals(0.75f, moved.getAt(0).getScore(), 1e-6);
        assertEquals(0.75f, moved.getMaxScore(), 1e-6);
        assertEquals("a", moved.getAt(3).getId());
        assertTrue(Float.isNaN(moved.getAt(3).getScore()));
    }

    @Test
    void theQuestionIsAskedOfThePassage() {
        AnswerTask asked = new AnswerTask(
                List.of(new ChatMessage("system", "Be strict."), new ChatMessage("user", "How high is it?")),
                List.of(),
                ContextOptions.DEFAULT,
                new AnswerOptions("tiny", 0, SamplingOptions.GREEDY, List.of(), AnswerOptions.NO_LOGPROBS, null),
                256,
                77);
        AnswerTask task = Reranking.task(asked);
        assertEquals(asked.messages().getFirst(), task.messages().getFirst());
        assertEquals(2, task.messages().size());
        assertEquals("user", task.messages().getLast().role());
        assertTrue(task.messages().getLast().content().contains("\"How high is it?\""));
        assertEquals(new AnswerOptions("tiny", 1, SamplingOptions.GREEDY, List.of(), 20, null), task.options());
        assertEquals(77, task.deadlineNanos());
    }
}
