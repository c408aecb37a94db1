// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

import org.jspecify.annotations.Nullable;

/**
 * A stack: a rule in one of its states, above the frame of its caller, which stands where it goes on after the rule. Equal if all
 * of the stack is.
 */
final class Frame {
    final Rule rule;
    final int state;
    final @Nullable Frame caller;
    private final int hash;

    Frame(Rule rule, int state, @Nullable Frame caller) {
        this.rule = rule;
        this.state = state;
        this.caller = caller;
        this.hash = (31 * System.identityHashCode(rule) + state) * 31 + (caller == null ? 0 : caller.hash);
    }

    /** Whether nothing is left to do here but to go back to the caller. */
    boolean isDone() {
        return rule.accepts(state) && !rule.hasTransitions(state) && rule.calls(state).length == 0;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        Frame a = this;
        Object b = other;
        while (b instanceof Frame frame) {
            if (a == frame) {
                return true;
            }
            if (a.hash != frame.hash || a.rule != frame.rule || a.state != frame.state) {
                return false;
            }
            if (a.caller == null || frame.caller == null) {
                return a.caller == frame.caller;
            }
            a = a.caller;
            b = frame.caller;
        }
        return false;
    }

    @Override
    public int hashCode() {
        return hash;
    }
}
