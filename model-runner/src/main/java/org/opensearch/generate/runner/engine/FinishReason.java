// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** Why an answer ended. */
public enum FinishReason {
    /** The model ended it, or a stop text came. */
    STOP,
    /** The token limit or the context's end. */
    LENGTH,
    /** The deadline passed. */
    TIMEOUT,
    /** Cancelled by its owner. */
    CANCELLED
}
