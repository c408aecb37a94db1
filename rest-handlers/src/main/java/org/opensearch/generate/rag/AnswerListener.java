// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.List;

/**
 * Told of an answer while it is being written. All calls come on the answer pool, one at a time, in order, before the answer itself
 * or the failure. The texts, one after the other, are the answer's text.
 */
public interface AnswerListener {
    /**
     * The prompt stands, the engine is about to be asked; comes first.
     *
     * @param id names the answer
     * @param model id of the model
     */
    void onStarted(String id, String model);

    /**
     * More of the answer has become certain. Must neither wait nor throw.
     *
     * @param text the text, with checked markers only; may be empty
     * @param citations where markers lead that were confirmed with this text, each place once in an answer
     * @param logprobs tokens since the last call, if log-probabilities were asked for
     */
    void onText(String text, List<Citation> citations, List<TokenLogprob> logprobs);
}
