// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a text stands in a language: all stacks that its bytes allow. Immutable; equal states allow the same continuations.
 *
 * <h2>Idea</h2>
 * An ambiguous language (alternatives that begin alike) has several stacks at once, and each byte leaves those that it fits. Calls
 * and returns are followed when a state is made, so that each stack's top either takes bytes or ends the text. A caller that has
 * nothing left to do is not kept below what it calls, so lists do not grow the stack.
 */
public final class GuideState {
    /** Stacks that an ambiguous language may have at once. */
    static final int MOST_STACKS = 10_000;

    private final Set<Frame> tops;
    private final boolean accepting;

    private GuideState(Set<Frame> tops, boolean accepting) {
        this.tops = tops;
        this.accepting = accepting;
    }

    /**
     * Before the first byte of a rule's strings.
     *
     * @throws GuideException if the rule calls itself before it takes a byte, for ever
     */
    public static GuideState start(Rule rule) {
        return closed(Set.of(new Frame(rule, 0, null)));
    }

    /** A state of one stack, as it is: nothing is called or returned from before the next byte. */
    static GuideState at(Frame top) {
        return new GuideState(Set.of(top), false);
    }

    /** The state after a byte; empty if the text would leave the language. */
    public Optional<GuideState> after(byte b) {
        Set<Frame> next = new LinkedHashSet<>();
        for (Frame top : tops) {
            int target = top.rule.next(top.state, b & 0xFF);
            if (target >= 0) {
                next.add(new Frame(top.rule, target, top.caller));
            }
        }
        return next.isEmpty() ? Optional.empty() : Optional.of(closed(next));
    }

    /** The state after bytes; empty if the text would leave the language. */
    public Optional<GuideState> after(byte[] bytes) {
        GuideState state = this;
        for (byte b : bytes) {
            Optional<GuideState> next = state.after(b);
            if (next.isEmpty()) {
                return next;
            }
            state = next.get();
        }
        return Optional.of(state);
    }

    /** Whether the text may end here. */
    public boolean isAccepting() {
        return accepting;
    }

    /** Whether the text must end here. */
    public boolean isFinal() {
        return accepting && tops.isEmpty();
    }

    /** The bytes that must follow, as far as there is one possibility only and at most so many. */
    byte[] forced(int most) {
        byte[] bytes = new byte[most];
        int count = 0;
        GuideState state = this;
        while (count < most) {
            int b = state.onlyByte();
            if (b < 0) {
                break;
            }
            bytes[count++] = (byte) b;
            state = state.after((byte) b).orElseThrow();
        }
        return Arrays.copyOf(bytes, count);
    }

    private int onlyByte() {
        int only = -1;
        for (Frame top : tops) {
            // The calls of a state have been followed: they are stacks of their own.
            int b = top.rule.onlyByte(top.state);
            if (b < 0 || (only >= 0 && b != only)) {
                return -1;
            }
            only = b;
        }
        return accepting ? -1 : only;
    }

    /** The stacks; the top of each takes bytes. */
    Collection<Frame> tops() {
        return tops;
    }

    private static GuideState closed(Collection<Frame> frames) {
        Set<Frame> all = new LinkedHashSet<>();
        Deque<Frame> open = new ArrayDeque<>(frames);
        boolean accepting = false;
        while (!open.isEmpty()) {
            Frame frame = open.poll();
            if (!all.add(frame)) {
                continue;
            }
            if (all.size() > MOST_STACKS) {
                throw new GuideException("the language is too ambiguous at rule " + frame.rule + ": more than "
                        + MOST_STACKS + " ways to read the text so far");
            }
            if (frame.rule.accepts(frame.state)) {
                accepting |= frame.caller == null;
                if (frame.caller != null) {
                    open.add(frame.caller);
                }
            }
            for (Rule.Call call : frame.rule.calls(frame.state)) {
                Frame back = new Frame(frame.rule, call.target(), frame.caller);
                open.add(new Frame(call.rule(), 0, back.isDone() && back.caller != null ? back.caller : back));
            }
        }
        all.removeIf(frame -> !frame.rule.hasTransitions(frame.state));
        return new GuideState(all, accepting);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof GuideState state && accepting == state.accepting && tops.equals(state.tops);
    }

    @Override
    public int hashCode() {
        return tops.hashCode() * 31 + Boolean.hashCode(accepting);
    }
}
