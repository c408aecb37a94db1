// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.CheckedConsumer;
import org.opensearch.common.xcontent.json.JsonXContent;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.bytes.CompositeBytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.http.HttpChannel;
import org.opensearch.http.HttpChunk;
import org.opensearch.rest.StreamingRestChannel;

/**
 * Server-sent events to one client.
 *
 * <h2>Idea</h2>
 * The transport's interface takes every chunk and queues what the client has not read, without a word. The connection below it
 * knows: {@link #writable()} asks Netty's channel, which belongs to another plugin and is therefore reached by its name. Where
 * there is none, all counts as read.
 *
 * <p>Between the interface and the channel lies Reactor, which hands at most 128 events to the channel and queues the others
 * without bound. Of small events, 128 do not fill the channel as Netty sets it up (64 KiB), so it would say for ever that it can
 * be written. Therefore the channel is called full at {@value #MOST_UNREAD_BYTES} bytes.
 */
final class EventStream {
    private static final Logger LOG = LogManager.getLogger(EventStream.class);
    private static final BytesReference BEGIN = bytes("data: ");
    private static final BytesReference END = bytes("\n\n");
    private static final BytesReference DONE = bytes("data: [DONE]\n\n");

    /** Less than 128 of the smallest events, each of some 200 bytes. */
    private static final int MOST_UNREAD_BYTES = 8 << 10;

    private final StreamingRestChannel channel;
    private final HttpChannel http;
    private final @Nullable Object connection;
    private final @Nullable Method writable;
    private volatile boolean gone;

    EventStream(StreamingRestChannel channel, HttpChannel http) {
        this.channel = channel;
        this.http = http;
        this.connection = http.get("channel", Object.class).orElse(null);
        this.writable = connection == null ? null : limited(connection);
    }

    /** Sets how much the connection takes, and gives the method that tells whether it is more. */
    private static @Nullable Method limited(Object connection) {
        try {
            ClassLoader netty = connection.getClass().getClassLoader();
            Class<?> type = Class.forName("io.netty.channel.Channel", false, netty);
            Class<?> configType = Class.forName("io.netty.channel.ChannelConfig", false, netty);
            Object config = type.getMethod("config").invoke(connection);
            configType.getMethod("setWriteBufferLowWaterMark", int.class).invoke(config, MOST_UNREAD_BYTES / 2);
            configType.getMethod("setWriteBufferHighWaterMark", int.class).invoke(config, MOST_UNREAD_BYTES);
            return type.getMethod("isWritable");
        } catch (ReflectiveOperationException e) {
            LOG.debug("the connection does not tell whether it is read", e);
            return null;
        }
    }

    /** Sends the headers; before the handler returns. */
    void open() {
        http.addCloseListener(ActionListener.wrap(() -> gone = true));
        channel.prepareResponse(
                RestStatus.OK,
                Map.of(
                        "Content-Type", List.of("text/event-stream; charset=utf-8"),
                        "Cache-Control", List.of("no-cache"),
                        "X-Accel-Buffering", List.of("no")));
    }

    /** Whether the client has left. */
    boolean gone() {
        return gone;
    }

    /** Whether the client reads: what was sent has left this node but for a buffer of fixed size. */
    boolean writable() {
        if (writable == null) {
            return true;
        }
        try {
            return (Boolean) writable.invoke(connection);
        } catch (ReflectiveOperationException e) {
            LOG.debug("the connection does not tell whether it is read", e);
            return true;
        }
    }

    /** Sends one event with a JSON object that {@code content} writes. */
    void send(CheckedConsumer<XContentBuilder, Exception> content) throws Exception {
        try (XContentBuilder json = JsonXContent.contentBuilder()) {
            json.startObject();
            content.accept(json);
            json.endObject();
            chunk(CompositeBytesReference.of(BEGIN, BytesReference.bytes(json), END), false);
        }
    }

    /** Sends the last event, {@code [DONE]}. */
    void done() {
        chunk(DONE, true);
    }

    /** Ends the reply without it. */
    void end() {
        chunk(BytesArray.EMPTY, true);
    }

    /** Closes the connection. */
    void close() {
        http.close();
    }

    private void chunk(BytesReference content, boolean last) {
        channel.sendChunk(new HttpChunk() {
            @Override
            public boolean isLast() {
                return last;
            }

            @Override
            public BytesReference content() {
                return content;
            }

            @Override
            public void close() {
                // nothing to give back
            }
        });
    }

    private static BytesReference bytes(String text) {
        return new BytesArray(text.getBytes(StandardCharsets.UTF_8));
    }
}
