// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.guide;

/** A language that cannot be followed, or costs too much: the message says what to simplify. */
public final class GuideException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    /** @param message what was wanted, found, and where */
    public GuideException(String message) {
        super(message);
    }

    /** The same with a cause. */
    public GuideException(String message, Throwable cause) {
        super(message, cause);
    }
}
