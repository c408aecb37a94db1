// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest.stream;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.http.HttpChunk;
import org.opensearch.rest.StreamingRestChannel;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

/** Gathers the body of a request that comes in chunks. The listener is told on the transport's thread, once. */
final class RequestBody implements Subscriber<HttpChunk> {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int mostBytes;
    private final ActionListener<BytesReference> listener;
    private boolean done;

    private RequestBody(int mostBytes, ActionListener<BytesReference> listener) {
        this.mostBytes = mostBytes;
        this.listener = listener;
    }

    /** Must be called before the handler returns, or the first chunk is lost. */
    static void read(StreamingRestChannel channel, int mostBytes, ActionListener<BytesReference> listener) {
        channel.subscribe(new RequestBody(mostBytes, listener));
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(HttpChunk chunk) {
        try (chunk) {
            if (done) {
                return;
            }
            if (bytes.size() + (long) chunk.content().length() > mostBytes) {
                onError(new OpenSearchStatusException(
                        "the body is longer than [http.max_content_length] of {} bytes",
                        RestStatus.REQUEST_ENTITY_TOO_LARGE,
                        mostBytes));
                return;
            }
            chunk.content().writeTo(bytes);
        } catch (IOException e) {
            onError(e);
        }
    }

    @Override
    public void onError(Throwable cause) {
        if (!done) {
            done = true;
            listener.onFailure(cause instanceof Exception e ? e : new IllegalStateException(cause));
        }
    }

    @Override
    public void onComplete() {
        if (!done) {
            done = true;
            listener.onResponse(new BytesArray(bytes.toByteArray()));
        }
    }
}
