// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.IOException;
import java.util.function.Supplier;
import org.opensearch.common.util.concurrent.ThreadContext;
import org.opensearch.common.xcontent.LoggingDeprecationHandler;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.xcontent.MediaType;
import org.opensearch.core.xcontent.XContentParser;
import org.opensearch.generate.action.GenerateRequest;
import org.opensearch.generate.action.TransportGenerateAction;
import org.opensearch.rest.RestChannel;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.StreamingRestChannel;
import org.opensearch.rest.action.RestCancellableNodeClient;
import org.opensearch.transport.client.node.NodeClient;

/** A request whose answer is streamed, from its body to its last event. What goes wrong is an event too: the status is out. */
public final class StreamedAnswer {
    /**
     * A body that was understood.
     *
     * @param request the request
     * @param form of its events
     */
    public record Asked(GenerateRequest request, ChunkForm form) {}

    /** Understands a body. */
    @FunctionalInterface
    public interface Reader {
        /** Throws as parsers do. */
        Asked read(XContentParser parser) throws IOException;
    }

    private final Streaming streaming;
    private final Reader reader;
    private final Supplier<ChunkForm> failing;

    /**
     * @param reader understands bodies
     * @param failing the form of the event that says why one was not understood
     */
    public StreamedAnswer(Streaming streaming, Reader reader, Supplier<ChunkForm> failing) {
        this.streaming = streaming;
        this.reader = reader;
        this.failing = failing;
    }

    /** Serves a request, as the last thing its handler does. A client that hangs up cancels its task. */
    public void serve(RestChannel channel, RestRequest request, NodeClient client) {
        streaming.check();
        EventStream stream = new EventStream((StreamingRestChannel) channel, request.getHttpChannel());
        stream.open();
        Supplier<ThreadContext.StoredContext> caller =
                client.threadPool().getThreadContext().newRestorableContext(true);
        RequestBody.read((StreamingRestChannel) channel, streaming.mostBodyBytes(), new ActionListener<>() {
            @Override
            public void onResponse(BytesReference body) {
                ThreadContext.StoredContext restored = caller.get();
                try {
                    Asked asked = read(request, body);
                    AnswerEvents events = new AnswerEvents(stream, asked.form(), client.threadPool());
                    new RestCancellableNodeClient(client, request.getHttpChannel())
                            .execute(
                                    TransportGenerateAction.TYPE,
                                    asked.request().progress(events),
                                    events);
                } catch (Exception e) {
                    onFailure(e);
                } finally {
                    restored.close();
                }
            }

            @Override
            public void onFailure(Exception e) {
                new AnswerEvents(stream, failing.get(), client.threadPool()).onFailure(e);
            }
        });
    }

    private Asked read(RestRequest request, BytesReference body) throws IOException {
        MediaType type = request.getMediaType();
        if (type == null || body.length() == 0) {
            throw new IllegalArgumentException("request body is required");
        }
        try (XContentParser parser = type.xContent()
                .createParser(request.getXContentRegistry(), LoggingDeprecationHandler.INSTANCE, body.streamInput())) {
            return reader.read(parser);
        }
    }
}
