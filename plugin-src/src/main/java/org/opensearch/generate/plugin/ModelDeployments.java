// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.opensearch.action.ActionRequest;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Setting.Property;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.action.ActionResponse;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.generate.action.deploy.BringModelAction;
import org.opensearch.generate.action.deploy.BringModelRequest;
import org.opensearch.generate.action.deploy.DeleteModelAction;
import org.opensearch.generate.action.deploy.DeployModelAction;
import org.opensearch.generate.action.deploy.GetModelsAction;
import org.opensearch.generate.action.deploy.PutModelAction;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.models.deploy.DeploymentAssigner;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;
import org.opensearch.generate.models.deploy.NodeDeployments;
import org.opensearch.generate.models.deploy.Sources;
import org.opensearch.plugins.ActionPlugin.ActionHandler;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;

/** Wires models that are deployed across the cluster. */
final class ModelDeployments {
    /** What addresses of models may begin with; not dynamic, so that it takes a hand on the node to open it. */
    static final Setting<List<String>> ALLOWED_URLS = Setting.listSetting(
            "plugins.generate.url.allowed", List.of(), ModelDeployments::checkedUrl, Property.NodeScope);

    private ModelDeployments() {}

    /**
     * What lives as long as the node.
     *
     * @param modelFolder the folder that holds models which users put there
     * @param data the plugin's folder under {@code path.data}
     * @param packedWeights where packed weights are kept
     */
    static List<Object> components(
            Path modelFolder,
            Path data,
            Path packedWeights,
            Models models,
            ClusterService clusterService,
            ThreadPool threadPool,
            Client client,
            Supplier<RepositoriesService> repositories) {
        Sources sources = new Sources(modelFolder, repositories, ALLOWED_URLS.get(clusterService.getSettings()));
        NodeDeployments deployments = new NodeDeployments(
                data,
                packedWeights,
                models,
                sources,
                clusterService,
                threadPool,
                (deployment, listener) -> client.execute(
                        BringModelAction.TYPE,
                        new BringModelRequest(deployment),
                        ActionListener.wrap(done -> listener.onResponse(null), listener::onFailure)));
        return List.of(sources, deployments, new DeploymentAssigner(clusterService, threadPool));
    }

    static List<ActionHandler<? extends ActionRequest, ? extends ActionResponse>> actions() {
        return List.of(
                new ActionHandler<>(PutModelAction.TYPE, PutModelAction.class),
                new ActionHandler<>(DeleteModelAction.TYPE, DeleteModelAction.class),
                new ActionHandler<>(DeployModelAction.TYPE, DeployModelAction.class),
                new ActionHandler<>(BringModelAction.TYPE, BringModelAction.class),
                new ActionHandler<>(GetModelsAction.TYPE, GetModelsAction.class));
    }

    static List<NamedWriteableRegistry.Entry> namedWriteables() {
        List<NamedWriteableRegistry.Entry> entries = new ArrayList<>(DeploymentsMetadata.namedWriteables());
        entries.addAll(DeployModelAction.statuses());
        return entries;
    }

    private static String checkedUrl(String text) {
        URI prefix = URI.create(text);
        if (!"https".equals(prefix.getScheme()) || prefix.getHost() == null || prefix.getQuery() != null) {
            throw new IllegalArgumentException(
                    "[plugins.generate.url.allowed] must be addresses that begin with https:// and a host, found ["
                            + text + "]");
        }
        return text;
    }
}
