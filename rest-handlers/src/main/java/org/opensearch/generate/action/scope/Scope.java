// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.scope;

import java.util.Locale;

/** What the model reads together, and so what an answer is about. */
public enum Scope {
    /** All hits: one answer. */
    ANSWER,
    /** Each hit by itself: an answer for each. */
    HIT,
    /** The hits of each shard, which come down to the sentences that answer; one answer over those. */
    SHARD;

    /** The scope of this name; throws {@link IllegalArgumentException} if there is none. */
    public static Scope of(String name) {
        for (Scope scope : values()) {
            if (scope.toString().equals(name)) {
                return scope;
            }
        }
        throw new IllegalArgumentException("[scope] must be answer, hit or shard, found [" + name + "]");
    }

    /** The name in requests. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
