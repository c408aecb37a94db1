// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.List;
import org.opensearch.core.action.ActionListener;

/**
 * Told of an answer while it is being written. All calls come on the answer pool, one at a time, in order; the answer itself, or
 * the failure, comes last. The texts, one after the other, are the answer's text.
 */
public interface AnswerListener extends ActionListener<Answer> {
    /** The prompt stands, the engine is about to be asked; comes first, before {@link Answering#stream} returns. */
    void onStarted(String id);

    /**
     * More of the answer has become certain. Must neither wait nor throw.
     *
     * @param text the text, with checked markers only; may be empty
     * @param citations where markers lead that were confirmed with this text, each place once in an answer
     * @param logprobs tokens since the last call, if log-probabilities were asked for
     */
    void onText(String text, List<Citation> citations, List<TokenLogprob> logprobs);
}
