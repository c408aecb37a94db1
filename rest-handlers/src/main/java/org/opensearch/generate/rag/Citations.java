// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks the citations of an answer.
 *
 * <h2>Idea</h2>
 * A marker {@code [n]} stays if passage {@code n} exists and one of its sentences supports the sentence of the answer that the
 * marker stands in; it is resolved to that place. Any other marker is taken out of the text and counted. If none is left, each
 * sentence of the answer that a passage clearly supports gets the marker of that passage. What counts as support: {@link
 * Evidence}.
 *
 * @param text the answer, with checked markers only
 * @param citations where each marker leads, in the order of the text, each place once
 * @param removed markers taken out
 * @param added markers put in
 */
public record Citations(String text, List<Citation> citations, int removed, int added) {
    /** Least support for a marker that the model wrote. */
    private static final double KEEP = 0.3;
    /** Least support for a marker that we put in. */
    private static final double ADD = 0.45;

    private static final Pattern MARKER = Pattern.compile("(\\s*)\\[\\s*(\\d{1,4}(?:\\s*[,;]\\s*\\d{1,4})*)\\s*]");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern ENDING = Pattern.compile("[.!?。！？]+[\"'”’)]*$");

    /** Numbers of a pair of brackets. {@code at} is their place in the text without markers. */
    private record Marker(int at, String space, List<Integer> numbers) {}

    /** Text that belongs at a place of the text without markers. */
    private record Insertion(int at, String text) {}

    /**
     * Checks an answer.
     *
     * @param answer what the model wrote
     * @param passages what it was shown
     * @param question what it was asked
     */
    public static Citations check(String answer, List<Passage> passages, String question) {
        if (passages.isEmpty()) {
            return new Citations(answer, List.of(), 0, 0);
        }
        List<Marker> markers = new ArrayList<>();
        String bare = takeOut(answer, markers);
        List<Sentences.Span> sentences = Sentences.split(bare);
        Evidence evidence = new Evidence(passages, question);
        Set<Citation> citations = new LinkedHashSet<>();
        List<Insertion> insertions = new ArrayList<>();
        int removed = 0;
        for (Marker marker : markers) {
            String claim = claim(bare, sentences, marker.at());
            List<Integer> kept = new ArrayList<>();
            for (int number : marker.numbers()) {
                Optional<Evidence.Found> found = evidence.best(claim, number).filter(place -> place.support() >= KEEP);
                if (found.isPresent()) {
                    citations.add(found.get().citation());
                    kept.add(number);
                } else {
                    removed++;
                }
            }
            if (!kept.isEmpty()) {
                insertions.add(new Insertion(marker.at(), marker.space() + kept));
            }
        }
        int added = 0;
        if (insertions.isEmpty()) {
            for (Sentences.Span span : sentences) {
                String claim = bare.substring(span.start(), span.end());
                Optional<Evidence.Found> found = evidence.best(claim, null).filter(place -> place.support() >= ADD);
                if (found.isPresent()) {
                    Citation citation = found.get().citation();
                    citations.add(citation);
                    Matcher ending = ENDING.matcher(claim);
                    int at = ending.find() ? span.start() + ending.start() : span.end();
                    insertions.add(new Insertion(at, " [" + citation.marker() + "]"));
                    added++;
                }
            }
        }
        return new Citations(insert(bare, insertions), List.copyOf(citations), removed, added);
    }

    /** The text without markers. */
    private static String takeOut(String answer, List<Marker> markers) {
        StringBuilder bare = new StringBuilder();
        Matcher matcher = MARKER.matcher(answer);
        int from = 0;
        while (matcher.find()) {
            bare.append(answer, from, matcher.start());
            List<Integer> numbers = new ArrayList<>();
            Matcher number = NUMBER.matcher(matcher.group(2));
            while (number.find()) {
                numbers.add(Integer.parseInt(number.group()));
            }
            markers.add(new Marker(bare.length(), matcher.group(1), numbers));
            from = matcher.end();
        }
        return bare.append(answer, from, answer.length()).toString();
    }

    /** The sentence that a marker stands in or behind; the first for a marker before all text. */
    private static String claim(String bare, List<Sentences.Span> sentences, int at) {
        Sentences.Span claim = null;
        for (Sentences.Span span : sentences) {
            if (claim == null || span.start() < at) {
                claim = span;
            }
        }
        return claim == null ? "" : bare.substring(claim.start(), claim.end());
    }

    private static String insert(String bare, List<Insertion> insertions) {
        insertions.sort(Comparator.comparingInt(Insertion::at));
        StringBuilder text = new StringBuilder();
        int from = 0;
        for (Insertion insertion : insertions) {
            text.append(bare, from, insertion.at()).append(insertion.text());
            from = insertion.at();
        }
        return text.append(bare, from, bare.length()).toString().strip();
    }
}
