// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.core.xcontent.ToXContentObject;
import org.opensearch.core.xcontent.XContentBuilder;

/**
 * What a node tells of one of its models.
 *
 * @param id file or folder name, without the extension
 * @param state where it is between file and memory
 * @param isDefault whether requests that name no model get it
 * @param progress while downloading or loading: what is being done, with a percentage
 * @param error why the last download or load failed
 * @param download while downloading: how far it is
 * @param loaded what is known once it is loaded
 */
public record ModelInfo(
        String id,
        State state,
        boolean isDefault,
        @Nullable String progress,
        @Nullable String error,
        @Nullable Download download,
        @Nullable Loaded loaded)
        implements Writeable, ToXContentObject {

    /** Where a model is between file and memory. */
    public enum State {
        /** A file or folder; the first request loads it. */
        AVAILABLE,
        /** A deployment brings its files to this node, and checks them. */
        DOWNLOADING,
        LOADING,
        LOADED,
        /** The last download or load failed; {@code _load} tries again to load. */
        FAILED
    }

    /**
     * How far the files of a deployed model are.
     *
     * @param doneBytes bytes that are there and checked
     * @param totalBytes bytes of all files; 0 as long as that is not known
     */
    public record Download(long doneBytes, long totalBytes) implements Writeable {
        /** Nothing is known yet. */
        public static final Download WAITING = new Download(0, 0);

        /** Reads what {@link #writeTo} wrote. */
        public Download(StreamInput in) throws IOException {
            this(in.readVLong(), in.readVLong());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeVLong(doneBytes);
            out.writeVLong(totalBytes);
        }

        /** In a few words, for people. */
        public String progress() {
            return totalBytes == 0
                    ? "waiting to be downloaded"
                    : "downloading, " + Math.round(100.0 * doneBytes / totalBytes) + " percent";
        }
    }

    /**
     * A loaded model.
     *
     * @param architecture as its file says
     * @param maxContext most tokens of prompt and answer together
     * @param kernels the kernel level in use
     * @param kernelFallback why faster kernels are not used; empty if there is nothing to tell
     * @param weightBytes bytes of packed weights
     * @param memoryBytes bytes off heap in all, KV pages and scratch included
     * @param weightSource where the packed weights came from: {@code model}, {@code mapped} or {@code read}
     * @param loadMillis how long the load took
     */
    public record Loaded(
            String architecture,
            int maxContext,
            String kernels,
            String kernelFallback,
            long weightBytes,
            long memoryBytes,
            String weightSource,
            long loadMillis)
            implements Writeable {
        Loaded(StreamInput in) throws IOException {
            this(
                    in.readString(),
                    in.readVInt(),
                    in.readString(),
                    in.readString(),
                    in.readVLong(),
                    in.readVLong(),
                    in.readString(),
                    in.readVLong());
        }

        @Override
        public void writeTo(StreamOutput out) throws IOException {
            out.writeString(architecture);
            out.writeVInt(maxContext);
            out.writeString(kernels);
            out.writeString(kernelFallback);
            out.writeVLong(weightBytes);
            out.writeVLong(memoryBytes);
            out.writeString(weightSource);
            out.writeVLong(loadMillis);
        }
    }

    /** Reads what {@link #writeTo} wrote. */
    public ModelInfo(StreamInput in) throws IOException {
        this(
                in.readString(),
                in.readEnum(State.class),
                in.readBoolean(),
                in.readOptionalString(),
                in.readOptionalString(),
                in.readOptionalWriteable(Download::new),
                in.readOptionalWriteable(Loaded::new));
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
        out.writeString(id);
        out.writeEnum(state);
        out.writeBoolean(isDefault);
        out.writeOptionalString(progress);
        out.writeOptionalString(error);
        out.writeOptionalWriteable(download);
        out.writeOptionalWriteable(loaded);
    }

    @Override
    public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
        builder.startObject();
        fields(builder);
        return builder.endObject();
    }

    /** Writes all fields into an object that is open. */
    public void fields(XContentBuilder builder) throws IOException {
        builder.field("id", id);
        stateFields(builder);
        builder.field("default", isDefault);
        if (loaded != null) {
            builder.field("architecture", loaded.architecture());
            builder.field("max_context", loaded.maxContext());
            builder.field("kernels", loaded.kernels());
            if (!loaded.kernelFallback().isEmpty()) {
                builder.field("kernel_fallback", loaded.kernelFallback());
            }
            builder.field("weight_bytes", loaded.weightBytes());
            builder.field("memory_bytes", loaded.memoryBytes());
            builder.field("weights_from", loaded.weightSource());
            builder.field("load_ms", loaded.loadMillis());
        }
    }

    /** Writes where it is between file and memory into an object that is open. */
    public void stateFields(XContentBuilder builder) throws IOException {
        builder.field("state", state.name().toLowerCase(Locale.ROOT));
        if (progress != null) {
            builder.field("progress", progress);
        }
        if (error != null) {
            builder.field("error", error);
        }
        if (download != null) {
            builder.field("done_bytes", download.doneBytes());
            builder.field("total_bytes", download.totalBytes());
        }
    }
}
