// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sentence of the passages that supports a claim best.
 *
 * <h2>Idea</h2>
 * A word weighs {@code log(1 + sentences / sentences that have it)}, so that rare words count and function words of any language
 * do not; a word that no passage has weighs half of the most. A sentence supports a claim by the weight of the claim's words
 * that it has, as a share of all. The same share is taken over the words that the question did not bring, else an echo of the
 * question would look like evidence; the smaller of the two is the support. A number that the passage does not have leaves none.
 */
final class Evidence {
    /** How much the question takes part in choosing between sentences that support a claim equally. */
    private static final double QUESTION_SHARE = 0.25;

    /** A sentence of a passage. */
    private record Sentence(Passage passage, Passage.Part part, Sentences.Span span, Set<String> words) {}

    /**
     * The best place for a claim.
     *
     * @param support 0 to 1
     */
    record Found(Citation citation, double support) {}

    private final List<Sentence> sentences = new ArrayList<>();
    private final Map<Integer, Set<String>> passageWords = new HashMap<>();
    private final Map<String, Integer> frequency = new HashMap<>();
    private final Set<String> question;

    Evidence(List<Passage> passages, String question) {
        this.question = Sentences.words(question);
        for (Passage passage : passages) {
            Set<String> all = passageWords.computeIfAbsent(passage.marker(), marker -> new HashSet<>());
            for (Passage.Part part : passage.parts()) {
                for (Sentences.Span span : Sentences.split(part.text())) {
                    Set<String> words = Sentences.words(part.value().substring(span.start(), span.end()));
                    all.addAll(words);
                    words.forEach(word -> frequency.merge(word, 1, Integer::sum));
                    sentences.add(new Sentence(passage, part, span, words));
                }
            }
        }
    }

    /**
     * The sentence that supports a claim best.
     *
     * @param marker the passage to look in; null for all
     */
    Optional<Found> best(String claim, @Nullable Integer marker) {
        Set<String> words = Sentences.words(claim);
        Set<String> fresh = new HashSet<>(words);
        fresh.removeAll(question);
        Sentence best = null;
        double bestRank = 0;
        double bestSupport = 0;
        for (Sentence sentence : sentences) {
            if (marker != null && marker != sentence.passage().marker()) {
                continue;
            }
            if (lacksNumber(words, sentence.passage())) {
                continue;
            }
            double support = share(words, sentence.words());
            if (!fresh.isEmpty()) {
                support = Math.min(support, share(fresh, sentence.words()));
            }
            double rank = support + QUESTION_SHARE * share(question, sentence.words());
            if (support > 0 && rank > bestRank) {
                best = sentence;
                bestRank = rank;
                bestSupport = support;
            }
        }
        return best == null ? Optional.empty() : Optional.of(new Found(citation(best), bestSupport));
    }

    private boolean lacksNumber(Set<String> claim, Passage passage) {
        Set<String> there = passageWords.getOrDefault(passage.marker(), Set.of());
        return claim.stream().anyMatch(word -> Character.isDigit(word.charAt(0)) && !there.contains(word));
    }

    /** Weight of the words that are there, of the weight of all. */
    private double share(Set<String> words, Set<String> there) {
        double all = 0;
        double found = 0;
        for (String word : words) {
            double weight = weight(word);
            all += weight;
            found += there.contains(word) ? weight : 0;
        }
        return all == 0 ? 0 : found / all;
    }

    private double weight(String word) {
        Integer count = frequency.get(word);
        return count == null ? 0.5 * Math.log1p(sentences.size()) : Math.log1p((double) sentences.size() / count);
    }

    private static Citation citation(Sentence sentence) {
        return new Citation(
                sentence.passage().marker(),
                sentence.passage().index(),
                sentence.passage().id(),
                sentence.part().field(),
                sentence.span().start(),
                sentence.span().end());
    }
}
