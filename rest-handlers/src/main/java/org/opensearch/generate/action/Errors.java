// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.concurrent.CancellationException;
import org.jspecify.annotations.Nullable;
import org.opensearch.OpenSearchException;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.models.ModelLoadingException;
import org.opensearch.generate.models.ModelUnavailableException;
import org.opensearch.generate.models.UnknownModelException;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.runner.engine.EngineClosedException;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.generate.runner.engine.OverloadedException;
import org.opensearch.generate.runner.engine.PromptTooLongException;
import org.opensearch.tasks.CancellableTask;

/** The one place where our exceptions get their REST status; OpenSearch renders the body. */
public final class Errors {
    private static final String RETRY_AFTER = "Retry-After";

    private Errors() {}

    /** A listener whose failures are mapped before they reach {@code listener}. */
    public static <T> ActionListener<T> mapping(ActionListener<T> listener) {
        return ActionListener.wrap(listener::onResponse, e -> listener.onFailure(mapped(e)));
    }

    /** The exception with its status; what is not ours stays as it is (bad arguments are 400 there, a breaker is 429). */
    public static Exception mapped(Exception e) {
        if (e instanceof OverloadedException o) {
            return retry(o.getMessage(), RestStatus.TOO_MANY_REQUESTS, o.retryAfterSeconds());
        }
        if (e instanceof ModelLoadingException o) {
            return retry(o.getMessage(), RestStatus.SERVICE_UNAVAILABLE, o.retryAfterSeconds());
        }
        if (e instanceof ModelUnavailableException o && o.retryAfterSeconds() > 0) {
            return retry(o.getMessage(), RestStatus.SERVICE_UNAVAILABLE, o.retryAfterSeconds());
        }
        if (e instanceof EngineClosedException) {
            return retry(e.getMessage(), RestStatus.SERVICE_UNAVAILABLE, 1);
        }
        if (e instanceof OpenSearchRejectedExecutionException) {
            return retry("the node has too many requests to prepare", RestStatus.TOO_MANY_REQUESTS, 1);
        }
        if (e instanceof UnknownModelException) {
            return status(e, RestStatus.NOT_FOUND);
        }
        if (e instanceof PromptTooLongException) {
            return status(e, RestStatus.REQUEST_ENTITY_TOO_LARGE);
        }
        if (e instanceof ModelUnavailableException || e instanceof ModelFileException) {
            return status(e, RestStatus.INTERNAL_SERVER_ERROR);
        }
        if (e instanceof CancellationException) {
            return status(e, RestStatus.SERVICE_UNAVAILABLE);
        }
        return e;
    }

    /** Whether a mapped exception is about the present only: a full queue, a model that is loading. */
    public static boolean saysWhenToAskAgain(Exception e) {
        return e instanceof OpenSearchException o && o.getHeaderKeys().contains(RETRY_AFTER);
    }

    /** The answer, unless its model was unloaded while it was being written. */
    public static Answer whole(Answer answer) {
        if (answer.finishReason() == FinishReason.CANCELLED) {
            throw new OpenSearchStatusException(
                    "model [{}] was unloaded during the answer", RestStatus.SERVICE_UNAVAILABLE, answer.model());
        }
        return answer;
    }

    /** What a node says that was asked for a model it has no longer loaded. */
    public static OpenSearchException notLoaded(String model) {
        return later("model [" + model + "] is not loaded on the node that was asked");
    }

    /** What is about the present only, and may be asked again in a second. */
    public static OpenSearchException later(String message) {
        return retry(message, RestStatus.SERVICE_UNAVAILABLE, 1);
    }

    /** What a cancelled request fails with. */
    public static TaskCancelledException cancelled(CancellableTask task) {
        return new TaskCancelledException("the request was cancelled: " + task.getReasonCancelled());
    }

    /** The same message with a status. */
    static OpenSearchException status(Exception e, RestStatus status) {
        return new OpenSearchStatusException("{}", status, (Throwable) null, e.getMessage());
    }

    private static OpenSearchException retry(@Nullable String message, RestStatus status, int seconds) {
        OpenSearchException mapped = new OpenSearchStatusException("{}", status, (Throwable) null, message);
        mapped.addHeader(RETRY_AFTER, Integer.toString(seconds));
        return mapped;
    }
}
