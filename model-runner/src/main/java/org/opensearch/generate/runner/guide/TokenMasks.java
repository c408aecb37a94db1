// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * From a {@link GuideState} to the tokens of a vocabulary that may come next.
 *
 * <h2>Idea</h2>
 * For a rule in one of its states, most tokens are allowed or forbidden whoever called the rule; only tokens that reach beyond the
 * rule's end depend on the caller, and they are few. So the first kind is found once for each rule and state, by a walk over the
 * vocabulary in which equal states are met again, and the second is tried for each stack. Masks of whole states are kept too.
 * Memory is bounded ({@link MaskMemory}); what is known of rules that all languages share is kept for all.
 *
 * <h2>Threads</h2>
 * Any; one computes at a time.
 *
 * <h2>Sources</h2>
 * Willard and Louf, arXiv 2307.09702 (masks from automata); Dong et al., arXiv 2411.15100 (tokens that depend on the stack apart
 * from those that do not).
 */
public final class TokenMasks {
    private static final long MOST_BYTES = 64L << 20;
    /** Below this share of the vocabulary a set of tokens is kept as a list. */
    private static final int SPARSE = 32;

    /** Above the walk's own stack: state 0 just after the return, state 1 from then on. Takes all bytes. */
    private static final Rule BEYOND = new Rule("beyond");

    static {
        BEYOND.addState(false);
        BEYOND.addState(false);
        BEYOND.on(0, 0, 255, 1);
        BEYOND.on(1, 0, 255, 1);
    }

    private static final Frame RETURNED = new Frame(BEYOND, 0, null);

    /** A state whose next token may need no choice. */
    private record WithoutChoice(GuideState state) {}

    /** A rule in a state. */
    private record Place(Rule rule, int state) {}

    /**
     * What is known of a place, whoever called.
     *
     * @param dense allowed tokens as bits, or null if they are few
     * @param allowed allowed tokens if they are few
     * @param open places in the trie of tokens that reach beyond the rule's end
     */
    @SuppressWarnings("ArrayRecordComponent")
    private record Local(long @Nullable [] dense, int[] allowed, int[] open) {
        long bytes() {
            return (dense == null ? 0 : (long) dense.length * Long.BYTES)
                    + (long) (allowed.length + open.length) * Integer.BYTES;
        }
    }

    private final TokenTrie trie;
    private final int[] ends;
    private final MaskMemory memory = new MaskMemory(MOST_BYTES);
    private final Map<Place, Local> shared = new HashMap<>();
    private long computed;

    /**
     * @param tokenizer what tokens stand for
     * @param vocabulary ids that the model knows: those below
     * @param ends tokens that end an answer: allowed where the text may end
     */
    public TokenMasks(Tokenizer tokenizer, int vocabulary, Set<Integer> ends) {
        this.trie = new TokenTrie(tokenizer, vocabulary, ends);
        this.ends = ends.stream().mapToInt(Integer::intValue).toArray();
    }

    /**
     * The tokens that may come next.
     *
     * @throws GuideException if the vocabulary has none
     */
    public synchronized TokenMask of(Guide guide, GuideState state) {
        if (memory.get(guide, state) instanceof TokenMask mask) {
            return mask;
        }
        TokenMask mask = compute(guide, state);
        if (mask.count() == 0) {
            throw new GuideException("the model has no token with which its text could go on");
        }
        memory.put(guide, state, mask, mask.bytes());
        computed++;
        return mask;
    }

    /** The same if it is known already. */
    public synchronized Optional<TokenMask> known(Guide guide, GuideState state) {
        return memory.get(guide, state) instanceof TokenMask mask ? Optional.of(mask) : Optional.empty();
    }

    /**
     * The next token where no choice is left: the text goes on in one way only, and no token reaches from it to where there are
     * several. The longest one, as the model's own tokenizer takes long tokens; of several for the same bytes the last, as the
     * tokens of single bytes come first in vocabularies that have others for the same characters.
     */
    public synchronized OptionalInt forced(Guide guide, GuideState state) {
        byte[] text = state.forced(trie.longest());
        if (text.length == 0) {
            return OptionalInt.empty();
        }
        WithoutChoice key = new WithoutChoice(state);
        if (memory.get(guide, key) instanceof Integer known) {
            return known < 0 ? OptionalInt.empty() : OptionalInt.of(known);
        }
        int id = goesBeyond(text, state) ? -1 : longest(text);
        memory.put(guide, key, id, 0);
        return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** Whether a token has the text as its beginning, and more that may follow. */
    private boolean goesBeyond(byte[] text, GuideState state) {
        Steps steps = new Steps();
        Step[] path = new Step[trie.longest() + 1];
        path[text.length] = steps.of(state.after(text).orElseThrow());
        int depth = text.length;
        int first = trie.ceiling(text);
        for (int i = first; trie.startsWith(i, text); i++) {
            int length = trie.length(i);
            int shared = i == first ? text.length : trie.shared(i);
            if (length == text.length || shared > depth) {
                continue;
            }
            depth = shared;
            Step at = path[depth];
            while (at != null && depth < length) {
                at = steps.after(at, trie.at(i, depth));
                if (at != null) {
                    path[++depth] = at;
                }
            }
            if (at != null) {
                return true;
            }
        }
        return false;
    }

    /** The longest token that is a beginning of the text; negative if there is none. */
    private int longest(byte[] text) {
        for (int length = text.length; length > 0; length--) {
            byte[] beginning = Arrays.copyOf(text, length);
            int id = -1;
            for (int i = trie.ceiling(beginning); trie.startsWith(i, beginning) && trie.length(i) == length; i++) {
                id = trie.id(i);
            }
            if (id >= 0) {
                return id;
            }
        }
        return -1;
    }

    /** How many masks were computed, not found again. */
    public synchronized long computed() {
        return computed;
    }

    /** Bytes held for masks, about, without what belongs to all languages. */
    public synchronized long bytes() {
        return memory.bytes();
    }

    private TokenMask compute(Guide guide, GuideState state) {
        long[] bits = new long[(trie.vocabulary() + Long.SIZE - 1) / Long.SIZE];
        if (state.isAccepting()) {
            for (int id : ends) {
                set(bits, id);
            }
        }
        for (Frame top : state.tops()) {
            Local local = local(guide, new Place(top.rule, top.rule.like(top.state, trie.longest())));
            add(bits, local);
            open(bits, local, top);
        }
        return new TokenMask(trie.vocabulary(), bits);
    }

    private Local local(Guide guide, Place place) {
        if (place.rule.isShared()) {
            return shared.computeIfAbsent(place, this::walk);
        }
        if (memory.get(guide, place) instanceof Local local) {
            return local;
        }
        Local local = walk(place);
        memory.put(guide, place, local, local.bytes());
        return local;
    }

    private static void add(long[] bits, Local local) {
        if (local.dense != null) {
            for (int word = 0; word < bits.length; word++) {
                bits[word] |= local.dense[word];
            }
        }
        for (int id : local.allowed) {
            set(bits, id);
        }
    }

    /** Tries the tokens that reach beyond the rule, with the callers as they are. */
    private void open(long[] bits, Local local, Frame top) {
        if (local.open.length == 0 || top.caller == null) {
            return;
        }
        Steps steps = new Steps();
        Step start = steps.of(GuideState.at(top));
        for (int i : local.open) {
            Step at = start;
            for (int position = 0; at != null && position < trie.length(i); position++) {
                at = steps.after(at, trie.at(i, position));
            }
            if (at != null) {
                set(bits, trie.id(i));
            }
        }
    }

    /** Walks the vocabulary once. */
    private Local walk(Place place) {
        long[] bits = new long[(trie.vocabulary() + Long.SIZE - 1) / Long.SIZE];
        int[] open = new int[16];
        int opened = 0;
        int count = 0;
        Steps steps = new Steps();
        Step[] path = new Step[trie.longest() + 1];
        path[0] = steps.of(GuideState.at(new Frame(place.rule, place.state, RETURNED)));
        int depth = 0;
        for (int i = 0; i < trie.size(); i++) {
            if (trie.shared(i) > depth) {
                continue; // its beginning has left the language
            }
            int length = trie.length(i);
            depth = trie.shared(i);
            Step at = path[depth];
            while (at != null && depth < length) {
                at = steps.after(at, trie.at(i, depth));
                if (at != null) {
                    path[++depth] = at;
                }
            }
            if (at == null) {
                continue;
            }
            if (at.stays) {
                set(bits, trie.id(i));
                count++;
            } else {
                open = opened == open.length ? Arrays.copyOf(open, 2 * opened) : open;
                open[opened++] = i;
            }
        }
        boolean sparse = count < trie.vocabulary() / SPARSE;
        return new Local(sparse ? null : bits, sparse ? ones(bits, count) : new int[0], Arrays.copyOf(open, opened));
    }

    private static int[] ones(long[] bits, int count) {
        int[] ids = new int[count];
        int at = 0;
        for (int word = 0; word < bits.length; word++) {
            for (long left = bits[word]; left != 0; left &= left - 1) {
                ids[at++] = word * Long.SIZE + Long.numberOfTrailingZeros(left);
            }
        }
        return ids;
    }

    private static void set(long[] bits, int id) {
        bits[id / Long.SIZE] |= 1L << id;
    }

    /** A state of a walk, with the states after each byte once they are known. */
    private static final class Step {
        private static final int CHUNK = 16;

        final @Nullable GuideState state;
        /** Whether the walk has not gone beyond the rule, or only to its end. */
        final boolean stays;

        /** By the byte's high half, then its low half; null where nothing was asked yet. */
        final Step[][] next = new Step[256 / CHUNK][];

        Step(@Nullable GuideState state) {
            this.state = state;
            this.stays = state != null
                    && (state.tops().isEmpty()
                            || state.tops().stream().anyMatch(top -> top.rule != BEYOND || top.state == 0));
        }
    }

    /** The states of one walk, each once. */
    private static final class Steps {
        private static final Step NOWHERE = new Step(null);

        private final Map<GuideState, Step> steps = new HashMap<>();

        Step of(GuideState state) {
            return steps.computeIfAbsent(state, Step::new);
        }

        /** The step after a byte; null where the text would leave the language. */
        @Nullable
        Step after(Step step, byte b) {
            int value = b & 0xFF;
            Step[] chunk = step.next[value / Step.CHUNK];
            if (chunk == null) {
                chunk = new Step[Step.CHUNK];
                step.next[value / Step.CHUNK] = chunk;
            }
            Step next = chunk[value % Step.CHUNK];
            if (next == null) {
                next = step.state == null
                        ? NOWHERE
                        : step.state.after(b).map(this::of).orElse(NOWHERE);
                chunk[value % Step.CHUNK] = next;
            }
            return next == NOWHERE ? null : next;
        }
    }
}
