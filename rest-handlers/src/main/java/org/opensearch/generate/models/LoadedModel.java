// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import org.opensearch.common.util.concurrent.AbstractRefCounted;
import org.opensearch.generate.runner.LanguageModel;

/**
 * A loaded model and the count of those who use it. Whoever got it from {@link Models#acquire} calls {@link #decRef()} once,
 * never on the engine's thread; the last one out gives the memory back.
 */
public final class LoadedModel extends AbstractRefCounted {
    private final String id;
    private final LanguageModel model;
    private volatile long lastUsedNanos = System.nanoTime();

    LoadedModel(String id, LanguageModel model) {
        super("model [" + id + "]");
        this.id = id;
        this.model = model;
    }

    /** The id requests use. */
    public String id() {
        return id;
    }

    /** The model; valid until {@link #decRef()}. */
    public LanguageModel model() {
        return model;
    }

    /** A request is given it. */
    void used() {
        lastUsedNanos = System.nanoTime();
    }

    /** Whether nobody has used it for so long, as far as it was looked at: to be asked often. */
    boolean isIdle(long nanos) {
        if (refCount() > 1) {
            used();
            return false;
        }
        return System.nanoTime() - lastUsedNanos >= nanos;
    }

    /** Ends its answers as cancelled and drops the shelf's own reference. */
    void retire() {
        model.engine().close();
        decRef();
    }

    @Override
    protected void closeInternal() {
        model.close();
    }
}
