// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rag;

import java.text.BreakIterator;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Checks the citations of an answer while it is being written.
 *
 * <h2>Idea</h2>
 * A marker {@code [n]} stays if passage {@code n} exists and one of its sentences supports the sentence of the answer that the
 * marker stands in; it is resolved to that place. Any other marker is taken out and counted. As long as the model has kept no
 * marker of its own, each sentence that a passage clearly supports gets the marker of that passage. What counts as support:
 * {@link Evidence}.
 *
 * <p>So a sentence is decided when it is whole. Until then its text is handed on up to its first marker, without the
 * punctuation and space at its end, before which a marker may have to go. The text is read one character at a time, whatever
 * pieces it comes in: what is decided cannot depend on them.
 *
 * <h2>Threads</h2>
 * One at a time.
 */
final class CitationStream {
    /** Least support for a marker that the model wrote. */
    private static final double KEEP = 0.3;
    /** Least support for a marker that we put in. */
    private static final double ADD = 0.45;

    private static final Pattern MARKER = Pattern.compile("(\\s*)\\[\\s*(\\d{1,4}(?:\\s*[,;]\\s*\\d{1,4})*)\\s*]");
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final Pattern ENDING = Pattern.compile("[.!?。！？]+[\"'”’)]*$");
    /** What may stand around the end of a sentence, beside white space: nothing is decided before something else comes. */
    private static final String EDGES = ".!?…。！？．\"'“”‘’()[]{}«»";

    /** Characters after which a sentence is decided at the end of a word, whether or not it goes on. */
    private static final int LONGEST_SENTENCE = 2000;
    /** Characters that may wait for becoming a marker. */
    private static final int MOST_HELD = 200;

    /** Numbers of a pair of brackets. {@code at} is their place in the sentence without markers. */
    private record Marker(int at, String space, List<Integer> numbers) {}

    /** Text that belongs at a place of the sentence without markers. */
    private record Insertion(int at, String text) {}

    /**
     * What has become certain.
     *
     * @param text more of the answer, with checked markers only; may be empty
     * @param citations where new markers lead, each place once in an answer
     */
    record Piece(String text, List<Citation> citations) {}

    private final List<Passage> passages;
    private final String question;
    private @Nullable Evidence evidence;
    private final Set<Citation> known = new LinkedHashSet<>();

    /** What may become a marker. */
    private final StringBuilder held = new StringBuilder();
    /** The sentence that is being written, without its markers, with what stands before it. */
    private final StringBuilder sentence = new StringBuilder();

    private final List<Marker> markers = new ArrayList<>();
    /** Characters of the sentence that have been handed on. */
    private int handedOn;
    /** Whether anything but white space has been handed on. */
    private boolean begun;

    private int kept;
    private int removed;
    private int added;

    private final StringBuilder out = new StringBuilder();
    private final List<Citation> found = new ArrayList<>();

    /**
     * @param passages what the model was shown; without any, the text passes as it is
     * @param question what it was asked
     */
    CitationStream(List<Passage> passages, String question) {
        this.passages = passages;
        this.question = question;
    }

    /** The answer goes on. */
    Piece push(String text) {
        if (passages.isEmpty()) {
            return new Piece(text, List.of());
        }
        for (int i = 0; i < text.length(); i++) {
            held.append(text.charAt(i));
            settleHeld();
        }
        return piece();
    }

    /** The answer has ended. */
    Piece finish() {
        if (passages.isEmpty()) {
            return new Piece("", List.of());
        }
        while (!held.isEmpty()) {
            passFirstHeld();
        }
        decide(sentence.length());
        markers.forEach(marker -> removed += marker.numbers().size());
        markers.clear();
        return piece();
    }

    /** Markers taken out. */
    int removed() {
        return removed;
    }

    /** Markers put in. */
    int added() {
        return added;
    }

    private Piece piece() {
        Piece piece = new Piece(out.toString(), List.copyOf(found));
        out.setLength(0);
        found.clear();
        return piece;
    }

    /** Takes markers out of the held text, and passes on what cannot become one. */
    private void settleHeld() {
        while (!held.isEmpty()) {
            Matcher matcher = MARKER.matcher(held);
            if (matcher.lookingAt()) {
                List<Integer> numbers = new ArrayList<>();
                Matcher number = NUMBER.matcher(matcher.group(2));
                while (number.find()) {
                    numbers.add(Integer.parseInt(number.group()));
                }
                markers.add(new Marker(sentence.length(), matcher.group(1), numbers));
                held.delete(0, matcher.end());
            } else if (matcher.hitEnd() && held.length() < MOST_HELD) {
                return;
            } else {
                passFirstHeld();
            }
        }
    }

    private void passFirstHeld() {
        char next = held.charAt(0);
        held.deleteCharAt(0);
        if (next == '\n') {
            decide(sentence.length());
            sentence.append(next);
            return;
        }
        boolean afterEdge = !sentence.isEmpty() && isEdge(sentence.charAt(sentence.length() - 1));
        sentence.append(next);
        if (isEdge(next)) {
            return;
        }
        if (afterEdge) {
            decideWhole();
        }
        handOn(sentence.length());
    }

    private static boolean isEdge(char character) {
        return Character.isWhitespace(character) || EDGES.indexOf(character) >= 0;
    }

    /** Decides the sentences that are whole, now that something comes behind their end. */
    private void decideWhole() {
        BreakIterator sentences = BreakIterator.getSentenceInstance(Locale.ROOT);
        while (true) {
            int start = contentStart();
            sentences.setText(sentence.substring(start));
            int end = start + sentences.next();
            if (end >= sentence.length() && sentence.length() > LONGEST_SENTENCE) {
                end = sentence.length() - 1;
            }
            if (end >= sentence.length()) {
                return;
            }
            decide(end);
        }
    }

    private int contentStart() {
        int start = 0;
        while (start < sentence.length() && Character.isWhitespace(sentence.charAt(start))) {
            start++;
        }
        return start;
    }

    /** A sentence ends before {@code end}; the white space behind it goes to the next. */
    private void decide(int end) {
        int start = contentStart();
        int stripped = end;
        while (stripped > start && Character.isWhitespace(sentence.charAt(stripped - 1))) {
            stripped--;
        }
        if (start >= stripped) {
            return;
        }
        String claim = sentence.substring(start, stripped);
        List<Insertion> insertions = new ArrayList<>();
        while (!markers.isEmpty() && markers.getFirst().at() <= end) {
            check(markers.removeFirst(), claim, insertions);
        }
        if (kept == 0) {
            add(claim, start, insertions);
        }
        for (Insertion insertion : insertions) {
            take(Math.min(insertion.at(), stripped));
            write(insertion.text());
        }
        take(stripped);
        sentence.delete(0, stripped);
        handedOn = 0;
        int gone = stripped;
        markers.replaceAll(marker -> new Marker(marker.at() - gone, marker.space(), marker.numbers()));
    }

    /** Keeps the numbers of a marker that are supported. */
    private void check(Marker marker, String claim, List<Insertion> insertions) {
        List<Integer> supported = new ArrayList<>();
        for (int number : marker.numbers()) {
            Optional<Evidence.Found> place =
                    evidence().best(claim, number).filter(candidate -> candidate.support() >= KEEP);
            if (place.isPresent()) {
                confirm(place.get().citation());
                supported.add(number);
            } else {
                removed++;
            }
        }
        if (!supported.isEmpty()) {
            kept++;
            insertions.add(new Insertion(marker.at(), marker.space() + supported));
        }
    }

    /** Puts in the marker of a passage that clearly supports the sentence, in front of its last punctuation. */
    private void add(String claim, int start, List<Insertion> insertions) {
        Optional<Evidence.Found> place = evidence().best(claim, null).filter(candidate -> candidate.support() >= ADD);
        if (place.isPresent()) {
            Citation citation = place.get().citation();
            confirm(citation);
            Matcher ending = ENDING.matcher(claim);
            int at = start + (ending.find() ? ending.start() : claim.length());
            insertions.add(new Insertion(at, " [" + citation.marker() + "]"));
            added++;
        }
    }

    private void confirm(Citation citation) {
        if (known.add(citation)) {
            found.add(citation);
        }
    }

    /** Made when the first sentence is decided. */
    private Evidence evidence() {
        Evidence made = evidence;
        if (made == null) {
            made = new Evidence(passages, question);
            evidence = made;
        }
        return made;
    }

    /** Hands on the sentence up to a place, but for what stands behind an undecided marker. */
    private void handOn(int end) {
        take(markers.isEmpty() ? end : Math.min(end, markers.getFirst().at()));
    }

    private void take(int end) {
        if (end > handedOn) {
            write(sentence.substring(handedOn, end));
            handedOn = end;
        }
    }

    /** White space before the answer is no part of it. */
    private void write(String text) {
        String some = begun ? text : text.stripLeading();
        begun |= !some.isEmpty();
        out.append(some);
    }
}
