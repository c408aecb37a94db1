// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;

/** Expects a {@link ModelFileException} that says the right thing. */
public final class Refusals {
    private Refusals() {}

    /** Runs the action; it must throw a {@link ModelFileException} whose message contains {@code message}. */
    public static ModelFileException refused(String message, Executable action) {
        ModelFileException problem = assertThrows(ModelFileException.class, action);
        String found = String.valueOf(problem.getMessage());
        assertTrue(found.contains(message), found);
        assertTrue(problem.offset() >= 0, found);
        return problem;
    }
}
