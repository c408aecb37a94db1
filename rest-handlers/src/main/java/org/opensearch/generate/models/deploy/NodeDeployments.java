// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.opensearch.action.support.PlainActionFuture;
import org.opensearch.cluster.ClusterChangedEvent;
import org.opensearch.cluster.ClusterState;
import org.opensearch.cluster.ClusterStateListener;
import org.opensearch.cluster.metadata.RepositoriesMetadata;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.lifecycle.AbstractLifecycleComponent;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.tasks.TaskCancelledException;
import org.opensearch.gateway.GatewayService;
import org.opensearch.generate.models.DeployedModel;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.models.deploy.DeployTask.Phase;
import org.opensearch.generate.runner.weights.WeightCache;
import org.opensearch.threadpool.ThreadPool;

/**
 * This node's part in the cluster's deployments.
 *
 * <h2>Idea</h2>
 * The cluster state says what is wanted; each model id has a {@link Place}, which is brought there step by step, by one thread at a
 * time: what is no longer wanted is unloaded and deleted, what is wanted is fetched, checked and loaded. A step that fails is tried
 * again later, at once when the cluster changes in a way that may help, and when the deployment is put again.
 *
 * <h2>Threads</h2>
 * Places change under this object's lock. Steps block, on generic threads.
 */
public final class NodeDeployments extends AbstractLifecycleComponent implements ClusterStateListener {
    /** Runs {@link #bring} as a task, on the calling thread. */
    @FunctionalInterface
    public interface Tasks {
        /** Tells the listener when it has come to an end. */
        void run(Deployment deployment, ActionListener<Void> listener);
    }

    private static final Logger LOG = LogManager.getLogger(NodeDeployments.class);
    private static final TimeValue STUCK_DELAY = TimeValue.timeValueSeconds(30);

    private final Path root;
    private final Path packedWeights;
    private final Models models;
    private final Sources sources;
    private final ClusterService clusterService;
    private final ThreadPool threadPool;
    private final Tasks tasks;
    private final Map<String, Place> places = new HashMap<>();
    /** Ids whose places have a thread. */
    private final Set<String> working = new HashSet<>();

    private boolean stopped;

    /**
     * @param data the plugin's folder under {@code path.data}
     * @param packedWeights where packed weights are kept
     */
    public NodeDeployments(
            Path data,
            Path packedWeights,
            Models models,
            Sources sources,
            ClusterService clusterService,
            ThreadPool threadPool,
            Tasks tasks) {
        this.root = data.resolve("models");
        this.packedWeights = packedWeights;
        this.models = models;
        this.sources = sources;
        this.clusterService = clusterService;
        this.threadPool = threadPool;
        this.tasks = tasks;
    }

    @Override
    protected void doStart() {
        try {
            Set<String> found = DeploymentFolder.list(root);
            synchronized (this) {
                found.forEach(id -> places.put(id, new Place(true)));
            }
        } catch (IOException e) {
            LOG.warn("what lies in {} is not known: {}", root, e.toString());
        }
        clusterService.addListener(this);
    }

    @Override
    protected void doStop() {
        clusterService.removeListener(this);
        synchronized (this) {
            stopped = true;
            places.values().forEach(place -> place.interrupt("the node is closing"));
        }
    }

    @Override
    protected void doClose() {}

    @Override
    public void clusterChanged(ClusterChangedEvent event) {
        ClusterState state = event.state();
        if (state.blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK)) {
            return;
        }
        boolean recovered = event.previousState().blocks().hasGlobalBlock(GatewayService.STATE_NOT_RECOVERED_BLOCK);
        if (recovered || event.nodesChanged() || mayHelp(event)) {
            want(state);
        }
    }

    private static boolean mayHelp(ClusterChangedEvent event) {
        Set<String> changed = event.changedCustomMetadataSet();
        return changed.contains(DeploymentsMetadata.TYPE)
                || changed.contains(RepositoriesMetadata.TYPE)
                || !event.state()
                        .metadata()
                        .settings()
                        .equals(event.previousState().metadata().settings());
    }

    private synchronized void want(ClusterState state) {
        DiscoveryNode node = state.nodes().getLocalNode();
        Map<String, Deployment> wanted = new HashMap<>();
        for (Deployment deployment : DeploymentsMetadata.of(state).all()) {
            if (deployment.isFor(node)) {
                wanted.put(deployment.id(), deployment);
                places.computeIfAbsent(deployment.id(), id -> new Place(false));
            }
        }
        places.forEach((id, place) -> {
            if (place.want(wanted.get(id))) {
                models.deploy(id, DeployedModel.coming(place::download));
            }
            advance(id, place);
        });
    }

    /** Starts a thread at a place, if none is there. */
    private synchronized void advance(String id, Place place) {
        if (!stopped && working.add(id)) {
            threadPool.generic().execute(() -> work(id, place));
        }
    }

    private void work(String id, Place place) {
        boolean more = true;
        while (more) {
            Place.Step step;
            Deployment deployment;
            synchronized (this) {
                step = stopped ? Place.Step.NOTHING : place.next();
                deployment = place.wanted();
                if (step == Place.Step.NOTHING) {
                    working.remove(id);
                    if (place.isEmpty()) {
                        places.remove(id, place);
                    }
                    return;
                }
            }
            more = step == Place.Step.REMOVE ? remove(id, place) : bring(Objects.requireNonNull(deployment), place);
        }
        synchronized (this) {
            working.remove(id);
        }
    }

    /** Returns whether the place can go on. */
    private boolean remove(String id, Place place) {
        try {
            clear(id);
            LOG.info("removed the deployed model [{}]", id);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the deployed model [" + id + "] could not be removed", e);
            later(id, place, STUCK_DELAY);
            return false;
        }
        synchronized (this) {
            if (place.removed()) {
                models.deploy(id, DeployedModel.coming(place::download));
            }
        }
        return true;
    }

    /** Unloads a model and deletes what the node has of it. */
    private void clear(String id) throws IOException {
        PlainActionFuture<Void> unloaded = new PlainActionFuture<>();
        models.undeploy(id, unloaded);
        unloaded.actionGet();
        folder(id).delete();
        WeightCache.removeUseless(packedWeights);
    }

    private boolean bring(Deployment deployment, Place place) {
        CompletableFuture<Optional<Exception>> outcome = new CompletableFuture<>();
        try {
            tasks.run(
                    deployment,
                    ActionListener.wrap(
                            done -> outcome.complete(Optional.empty()), e -> outcome.complete(Optional.of(e))));
        } catch (RuntimeException e) {
            outcome.complete(Optional.of(e));
        }
        outcome.join().ifPresent(failure -> failed(deployment, place, failure));
        return true;
    }

    /** Brings a model to this node and loads it, or throws. Blocks. */
    public void bring(Deployment deployment, DeployTask task) throws IOException {
        String id = deployment.id();
        Place place;
        synchronized (this) {
            place = places.get(id);
            if (place == null || !place.begin(deployment, task)) {
                throw new TaskCancelledException("the deployment has changed");
            }
        }
        try {
            DeploymentSource source = deployment.source();
            Path path = source.kind() == DeploymentSource.Kind.FILE ? checked(source, task) : fetched(deployment, task);
            long bytes = task.getStatus().download().totalBytes();
            task.progress(Phase.LOADING, bytes, bytes);
            load(id, path, task);
            synchronized (this) {
                place.succeeded(deployment);
            }
        } finally {
            synchronized (this) {
                place.end(task);
            }
        }
    }

    private Path checked(DeploymentSource source, DeployTask task) throws IOException {
        Path path = sources.file(source);
        if (!Files.exists(path)) {
            throw new NoSuchFileException("the model folder of this node has no [" + source.location() + "]");
        }
        Checksums.check(path, source.files(), task);
        return path;
    }

    private Path fetched(Deployment deployment, DeployTask task) throws IOException {
        DeploymentFolder folder = folder(deployment.id());
        requireRepositories(deployment.source());
        Map<String, String> checksums = deployment.source().files();
        if (!folder.isComplete(checksums)) {
            LOG.info("fetching model [{}] from {}", deployment.id(), deployment.source());
            new Fetch(sources.open(deployment.source()), folder, task).run(checksums);
        }
        return folder.path();
    }

    /** OpenSearch tells nodes of its repositories only where they may hold shards or may be elected. */
    private void requireRepositories(DeploymentSource source) {
        DiscoveryNode node = clusterService.localNode();
        if (source.kind() == DeploymentSource.Kind.REPOSITORY && !node.isDataNode() && !node.isClusterManagerNode()) {
            throw new IllegalArgumentException(
                    "nodes that can neither hold data nor be elected, as this one, cannot read snapshot"
                            + " repositories; [source.file] and [source.url] work there");
        }
    }

    private void load(String id, Path path, DeployTask task) {
        PlainActionFuture<ModelInfo> loaded = new PlainActionFuture<>();
        models.loadDeployed(id, path, loaded);
        task.onCancel(() -> threadPool
                .generic()
                .execute(() -> models.unload(id, ActionListener.wrap(unloaded -> {}, e -> LOG.debug("{}", e)))));
        loaded.actionGet();
        task.ensureNotCancelled();
    }

    private void failed(Deployment deployment, Place place, Exception failure) {
        String id = deployment.id();
        boolean cancelled;
        synchronized (this) {
            if (stopped || !place.failed(deployment, failure instanceof ChecksumException)) {
                return;
            }
            cancelled = place.isCancelled();
        }
        LOG.log(
                cancelled ? Level.INFO : Level.WARN,
                "model [{}] from {}: {}",
                id,
                deployment.source(),
                failure.toString());
        if (cancelled) {
            clearCancelled(id);
        }
        synchronized (this) {
            if (place.next() != Place.Step.NOTHING) {
                return;
            }
            if (!place.isThere()) {
                models.deploy(id, DeployedModel.failed(String.valueOf(failure.getMessage())));
            }
            place.retryDelay().ifPresent(delay -> later(id, place, delay));
        }
    }

    private void clearCancelled(String id) {
        try {
            clear(id);
        } catch (IOException | RuntimeException e) {
            LOG.warn("the files of model [{}] stay: {}", id, e.toString());
        }
    }

    private synchronized void later(String id, Place place, TimeValue delay) {
        if (!stopped) {
            place.retry(threadPool.schedule(() -> again(id, place), delay, ThreadPool.Names.GENERIC));
        }
    }

    private synchronized void again(String id, Place place) {
        if (places.get(id) == place) {
            place.again();
            advance(id, place);
        }
    }

    private DeploymentFolder folder(String id) {
        return new DeploymentFolder(root.resolve(id));
    }
}
