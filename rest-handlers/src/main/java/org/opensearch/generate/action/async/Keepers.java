// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action.async;

import java.util.concurrent.TimeUnit;
import org.opensearch.ExceptionsHelper;
import org.opensearch.ResourceNotFoundException;
import org.opensearch.action.ActionListenerResponseHandler;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.Writeable;
import org.opensearch.tasks.Task;
import org.opensearch.transport.ConnectTransportException;
import org.opensearch.transport.TransportRequestOptions;
import org.opensearch.transport.TransportService;

/** Sends requests for kept answers to the nodes that keep them. */
final class Keepers {
    /** How long a node may take beyond the wait that was asked for. */
    private static final TimeValue GRACE = TimeValue.timeValueSeconds(10);

    private final TransportService transport;
    private final ClusterService clusterService;

    Keepers(TransportService transport, ClusterService clusterService) {
        this.transport = transport;
        this.clusterService = clusterService;
    }

    /** Whether this node is to look for an answer: it keeps it, or the id is none of ours. */
    boolean isHere(KeptAnswerRequest request) {
        String node = KeptAnswers.node(request.id());
        return node.isEmpty() || node.equals(clusterService.localNode().getId());
    }

    /**
     * Asks the node that keeps an answer. Fails with 404 if it is not in the cluster.
     *
     * @param task the task that asks
     * @param owner who
     */
    <T extends ActionResponse> void ask(
            String action,
            KeptAnswerRequest request,
            Task task,
            String owner,
            Writeable.Reader<T> reader,
            ActionListener<T> listener) {
        DiscoveryNode node = clusterService.state().nodes().get(KeptAnswers.node(request.id()));
        if (node == null) {
            throw gone();
        }
        long limit = request.waiting().millis() + GRACE.millis();
        transport.sendChildRequest(
                node,
                action,
                request.from(owner),
                task,
                TransportRequestOptions.builder()
                        .withTimeout(new TimeValue(limit, TimeUnit.MILLISECONDS))
                        .build(),
                new ActionListenerResponseHandler<>(
                        ActionListener.delegateResponse(
                                listener,
                                (to, e) -> to.onFailure(
                                        ExceptionsHelper.unwrapCause(e) instanceof ConnectTransportException
                                                ? gone()
                                                : e)),
                        reader));
    }

    private static ResourceNotFoundException gone() {
        return new ResourceNotFoundException("no answer of that id is kept; the node that may have kept it has left");
    }
}
