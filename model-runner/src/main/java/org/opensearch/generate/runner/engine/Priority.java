// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

/** How soon a request is wanted. {@link IngestShare} says what that means. */
public enum Priority {
    /** Somebody waits for the answer. */
    INTERACTIVE,
    /** Documents are enriched: answers come when nobody else needs the engine, and never stop coming. */
    INGEST
}
