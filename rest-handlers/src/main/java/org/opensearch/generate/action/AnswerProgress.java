// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.List;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.generate.action.scope.HitAnswer;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.TokenLogprob;

/**
 * Told of an answer while it is being written, on the node that writes it; the reply or the failure comes after. Calls come one at
 * a time, on the answer pool; they must neither wait nor throw.
 */
public interface AnswerProgress {
    /**
     * Retrieval is done and the answer begins.
     *
     * @param id names the answer
     * @param model id of the model
     * @param found the hits, as the reply shows them; empty without retrieval
     */
    void onStarted(String id, String model, SearchResponse found);

    /** More text, with what {@link org.opensearch.generate.rag.AnswerListener#onText} says. */
    void onText(String text, List<Citation> citations, List<TokenLogprob> logprobs);

    /**
     * Where each hit is generated for: one of them is done. They come in any order.
     *
     * @param place of the hit among those that {@link #onStarted} showed
     */
    default void onHit(int place, HitAnswer answer) {}
}
