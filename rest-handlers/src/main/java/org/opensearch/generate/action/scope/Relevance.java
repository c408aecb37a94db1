// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentFragment;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.TokenLogprob;

/**
 * How likely the model says "yes" when asked whether a document answers the question, and how likely "no".
 *
 * <p>A tokenizer has several tokens for a word: with and without a space before it, in lower and upper case, or only its first
 * letters. The probabilities of all that are among the {@value #LIKELIEST} likeliest first tokens are added up.
 *
 * @param yes probability of a first token that is "yes" or begins it
 * @param no probability of one that is "no" or begins it
 */
public record Relevance(double yes, double no) implements Writeable, ToXContentFragment {
    /** How many of the likeliest tokens are looked at. */
    static final int LIKELIEST = 20;

    /** Reads what {@link #writeTo} wrote. */
    public Relevance(StreamInput in) throws IOException {
        this(in.readDouble(), in.readDouble());
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeDouble(yes);
        out.writeDouble(no);
    }

    /** What the first token of an answer says; empty if neither word is among the likeliest. */
    static Optional<Relevance> of(Answer answer) {
        List<TokenLogprob> tokens = answer.logprobs();
        if (tokens == null || tokens.isEmpty()) {
            return Optional.empty();
        }
        double yes = 0;
        double no = 0;
        for (TokenLogprob token : tokens.getFirst().top()) {
            String word =
                    new String(token.bytes(), StandardCharsets.UTF_8).strip().toLowerCase(Locale.ROOT);
            double probability = Math.exp(token.logprob());
            yes += begins("yes", word) ? probability : 0;
            no += begins("no", word) ? probability : 0;
        }
        return yes + no > 0 ? Optional.of(new Relevance(yes, no)) : Optional.empty();
    }

    private static boolean begins(String word, String beginning) {
        return !beginning.isEmpty() && word.startsWith(beginning);
    }

    /** The probability of "yes" where the model says one of the two: 0 to 1. */
    double score() {
        return yes / (yes + no);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        return builder.field("yes", yes).field("no", no);
    }
}
