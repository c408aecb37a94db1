// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.ActionRequest;
import org.opensearch.action.ActionRequestValidationException;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;

/** Names a kept answer, and what of it is wanted. Checks its ranges and throws {@link IllegalArgumentException}. */
public final class KeptAnswerRequest extends ActionRequest {
    private static final TimeValue LONGEST_WAIT = TimeValue.timeValueMinutes(5);

    private final String id;
    private final int after;
    private final TimeValue wait;
    private @Nullable String owner;

    /**
     * @param id the answer
     * @param after characters of its text that are known already
     * @param wait how long to wait for more
     */
    public KeptAnswerRequest(String id, int after, TimeValue wait) {
        this.id = id;
        this.after = after;
        this.wait = wait;
        if (after < 0) {
            throw new IllegalArgumentException("[after] must be 0 or more, found " + after);
        }
        if (wait.millis() < 0 || wait.compareTo(LONGEST_WAIT) > 0) {
            throw new IllegalArgumentException("[wait] must be from 0 to " + LONGEST_WAIT + ", found " + wait);
        }
    }

    /** Reads what {@link #writeTo} wrote. */
    public KeptAnswerRequest(StreamInput in) throws IOException {
        super(in);
        id = in.readString();
        after = in.readVInt();
        wait = in.readTimeValue();
        owner = in.readOptionalString();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        super.writeTo(out);
        out.writeString(id);
        out.writeVInt(after);
        out.writeTimeValue(wait);
        out.writeOptionalString(owner);
    }

    /** The answer. */
    String id() {
        return id;
    }

    /** Characters of its text that are known already. */
    int after() {
        return after;
    }

    /** How long to wait for more. */
    TimeValue waiting() {
        return wait;
    }

    /** Who asks, as the node knows that was asked first; null on that node. */
    @Nullable
    String owner() {
        return owner;
    }

    /** The same request on its way to another node. */
    KeptAnswerRequest from(String asking) {
        owner = asking;
        return this;
    }

    @Override
    public @Nullable ActionRequestValidationException validate() {
        return null;
    }

    /** For task lists: never the id, which is a secret. */
    @Override
    public String getDescription() {
        return "a kept answer";
    }
}
