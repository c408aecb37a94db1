// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

/** Names of our thread pools, as node statistics show them. */
public final class Pools {
    /** Short work around an answer: reading the model folder, assembling prompts, checking citations. */
    public static final String ANSWER = "generate";

    /** Loading and unloading models. */
    public static final String LOAD = "generate_load";

    /** Work around documents of bulk requests: prompts, chunks, and what pipelines do next. */
    public static final String INGEST = "generate_ingest";

    private Pools() {}
}
