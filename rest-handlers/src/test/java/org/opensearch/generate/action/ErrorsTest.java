// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.opensearch.ExceptionsHelper;
import org.opensearch.OpenSearchException;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.breaker.CircuitBreakingException;
import org.opensearch.core.concurrency.OpenSearchRejectedExecutionException;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.runner.engine.OverloadedException;
import org.opensearch.generate.runner.engine.PromptTooLongException;

/** Which exception gets which status. */
class ErrorsTest {
    private static void assertStatus(RestStatus status, Exception e) {
        List<Exception> mapped = new ArrayList<>();
        Errors.mapping(ActionListener.wrap(ok -> {}, mapped::add)).onFailure(e);
        assertEquals(status, ExceptionsHelper.status(mapped.getFirst()));
        if (status != RestStatus.TOO_MANY_REQUESTS) {
            assertEquals(e.getMessage(), mapped.getFirst().getMessage());
        }
    }

    @Test
    void everyKindHasItsStatus() {
        assertStatus(RestStatus.BAD_REQUEST, new IllegalArgumentException("[size] must be from 1 to 100, found {}"));
        assertStatus(RestStatus.REQUEST_ENTITY_TOO_LARGE, new PromptTooLongException(9000, 2048));
        assertStatus(RestStatus.TOO_MANY_REQUESTS, new OverloadedException("256 requests wait", 3));
        assertStatus(RestStatus.TOO_MANY_REQUESTS, new OpenSearchRejectedExecutionException("full"));
        assertStatus(
                RestStatus.TOO_MANY_REQUESTS,
                new CircuitBreakingException("too large", CircuitBreaker.Durability.PERMANENT));
        assertStatus(RestStatus.INTERNAL_SERVER_ERROR, new ModelFileException(Path.of("m.gguf"), 12, "{} ends early"));
        assertStatus(RestStatus.INTERNAL_SERVER_ERROR, new IllegalStateException("our bug"));
    }

    @Test
    void aFullQueueSaysWhenToComeBack() {
        OpenSearchException mapped = (OpenSearchException) Errors.mapped(new OverloadedException("full", 7));
        assertEquals(List.of("7"), mapped.getHeader("Retry-After"));
    }
}
