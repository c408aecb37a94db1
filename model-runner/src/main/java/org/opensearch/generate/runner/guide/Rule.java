// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.Arrays;
import org.apache.lucene.util.automaton.Automaton;
import org.apache.lucene.util.automaton.Transition;

/**
 * A language of byte strings: states with transitions on bytes, at most one for a byte, and calls of other rules.
 *
 * <h2>Idea</h2>
 * Without calls this is a deterministic automaton. Where a state calls a rule, a string of that rule may stand, and then the
 * caller goes on in another state. Rules may call themselves further inside, which gives nesting of any depth. Lucene's automata
 * become rules by {@link #of}. What is not ambiguous needs one stack to follow; see {@link GuideState} for what is.
 *
 * <h2>Threads</h2>
 * Made by one thread; once made, any number may follow it.
 */
public final class Rule {
    /** A call: a string of {@code rule}, then {@code target}. */
    record Call(Rule rule, int target) {}

    private static final int NONE = -1;
    /** Of each transition three numbers: first byte, last byte, target state. */
    private static final int WIDTH = 3;

    private static final int[] NO_TRANSITIONS = {};
    private static final Call[] NO_CALLS = {};
    /** Memory of a state and of a transition or call, about. */
    private static final int STATE_BYTES = 32;

    private static final int EDGE_BYTES = 24;

    /** The rule of the empty string alone. */
    static final Rule EMPTY = new Rule("nothing");

    static {
        EMPTY.share().addState(true);
    }

    private final String name;
    private int[][] transitions = new int[4][];
    private Call[][] calls = new Call[4][];
    private boolean[] accepting = new boolean[4];
    private int states;
    private long bytes;
    private boolean shared;
    /** Of a repetition: states of one time, least and most times; else the first is 0. */
    private int repeatedStates;

    private int least;
    private int most;

    /** A rule without states; the first one added is where it starts. */
    public Rule(String name) {
        this.name = name;
    }

    /** The rule of a deterministic automaton over bytes that has no dead states. */
    public static Rule of(String name, Automaton automaton) {
        Rule rule = new Rule(name);
        for (int state = 0; state < automaton.getNumStates(); state++) {
            rule.addState(automaton.isAccept(state));
        }
        Transition transition = new Transition();
        for (int state = 0; state < automaton.getNumStates(); state++) {
            int count = automaton.initTransition(state, transition);
            for (int i = 0; i < count; i++) {
                automaton.getNextTransition(transition);
                rule.on(state, transition.min, transition.max, transition.dest);
            }
        }
        return rule;
    }

    /**
     * A prefix, then a string of an automaton so many times, then a suffix.
     *
     * @param repeated deterministic, over bytes; none of its strings is the beginning of another
     * @param least fewest times
     * @param most most times; {@link Integer#MAX_VALUE} for any number
     */
    static Rule repeated(String name, char prefix, Automaton repeated, int least, int most, char suffix) {
        Rule rule = new Rule(name);
        int width = repeated.getNumStates();
        int last = most == Integer.MAX_VALUE ? least : most;
        for (int state = 0; state < (last + 1) * width; state++) {
            rule.addState(false);
        }
        int end = rule.addState(true);
        Transition transition = new Transition();
        for (int times = 0; times <= last; times++) {
            int next = Math.min(times + 1, last) * width;
            for (int state = 0; state < width && (times < last || last != most); state++) {
                int count = repeated.initTransition(state, transition);
                for (int i = 0; i < count; i++) {
                    repeated.getNextTransition(transition);
                    int target = repeated.isAccept(transition.dest) ? next : times * width + transition.dest;
                    rule.on(times * width + state, transition.min, transition.max, target);
                }
            }
            if (times >= least) {
                rule.on(times * width, suffix, end);
            }
        }
        Rule whole = new Rule(name);
        int start = whole.addState(false);
        int begun = whole.addState(false);
        whole.on(start, prefix, begun);
        whole.call(begun, rule, whole.addState(true));
        rule.repeatedStates = width;
        rule.least = least;
        rule.most = most;
        return whole;
    }

    /**
     * A state from which the same strings of up to so many bytes lead on, or into the caller, as from {@code state}: one and the same
     * for all that are alike in this way because a repetition is far from its bounds.
     */
    int like(int state, int bytes) {
        if (repeatedStates == 0 || state == states - 1) {
            return state;
        }
        int times = state / repeatedStates;
        if (least - times > bytes) {
            return state % repeatedStates;
        }
        return times >= least && most - times > bytes ? least * repeatedStates + state % repeatedStates : state;
    }

    /** A further state. */
    public int addState(boolean accepts) {
        if (states == transitions.length) {
            transitions = Arrays.copyOf(transitions, 2 * states);
            calls = Arrays.copyOf(calls, 2 * states);
            accepting = Arrays.copyOf(accepting, 2 * states);
        }
        transitions[states] = NO_TRANSITIONS;
        calls[states] = NO_CALLS;
        accepting[states] = accepts;
        bytes += STATE_BYTES;
        return states++;
    }

    /**
     * Bytes {@code first} to {@code last} lead from a state to another.
     *
     * @throws IllegalArgumentException if one of them leads somewhere already
     */
    public void on(int state, int first, int last, int target) {
        int[] old = transitions[state];
        for (int i = 0; i < old.length; i += WIDTH) {
            if (first <= old[i + 1] && last >= old[i]) {
                throw new IllegalArgumentException("rule " + name + ", state " + state + ": byte "
                        + Math.max(first, old[i]) + " leads to two states");
            }
        }
        int[] more = Arrays.copyOf(old, old.length + WIDTH);
        more[old.length] = first;
        more[old.length + 1] = last;
        more[old.length + 2] = target;
        transitions[state] = more;
        bytes += EDGE_BYTES;
    }

    /** The byte of a character below 128. */
    public void on(int state, char character, int target) {
        on(state, character, character, target);
    }

    /** A string of {@code rule} leads from a state to another. */
    public void call(int state, Rule rule, int target) {
        Call[] old = calls[state];
        Call[] more = Arrays.copyOf(old, old.length + 1);
        more[old.length] = new Call(rule, target);
        calls[state] = more;
        bytes += EDGE_BYTES;
    }

    /** A fixed string from a state to a new one, which it returns. */
    public int literal(int state, byte[] text) {
        int end = addState(false);
        literal(state, text, end);
        return end;
    }

    /** A fixed string, not empty, from a state to another. */
    public void literal(int state, byte[] text, int target) {
        int at = state;
        for (int i = 0; i < text.length; i++) {
            int to = i + 1 == text.length ? target : addState(false);
            on(at, text[i] & 0xFF, text[i] & 0xFF, to);
            at = to;
        }
    }

    /** Makes a state accept. */
    public void accept(int state) {
        accepting[state] = true;
    }

    /** What it is called in messages. */
    public String name() {
        return name;
    }

    /** How many states it has. */
    public int states() {
        return states;
    }

    /** Its memory in bytes, about; without the rules it calls. */
    long bytes() {
        return bytes;
    }

    /** Makes it one that many languages call: what is known of it is kept for all. It may call only such rules. */
    Rule share() {
        shared = true;
        return this;
    }

    boolean isShared() {
        return shared;
    }

    /** Where a byte leads; negative if nowhere. */
    int next(int state, int b) {
        int[] of = transitions[state];
        for (int i = 0; i < of.length; i += WIDTH) {
            if (b >= of[i] && b <= of[i + 1]) {
                return of[i + 2];
            }
        }
        return NONE;
    }

    /** The byte that leads somewhere, if it is only one; negative otherwise. */
    int onlyByte(int state) {
        int[] of = transitions[state];
        return of.length == WIDTH && of[0] == of[1] ? of[0] : NONE;
    }

    /** The states to which bytes lead. */
    int[] targets(int state) {
        int[] of = transitions[state];
        int[] targets = new int[of.length / WIDTH];
        for (int i = 0; i < targets.length; i++) {
            targets[i] = of[i * WIDTH + 2];
        }
        return targets;
    }

    boolean hasTransitions(int state) {
        return transitions[state].length > 0;
    }

    /** What may be called in a state; not to be changed. */
    Call[] calls(int state) {
        return calls[state];
    }

    boolean accepts(int state) {
        return accepting[state];
    }

    @Override
    public String toString() {
        return name;
    }
}
