// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.plugin;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.jspecify.annotations.Nullable;
import org.opensearch.action.support.ActionFilter;
import org.opensearch.cluster.metadata.IndexNameExpressionResolver;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.node.DiscoveryNodes;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.lifecycle.LifecycleComponent;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.IndexScopedSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.settings.SettingsFilter;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.util.concurrent.OpenSearchExecutors;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.common.breaker.CircuitBreaker;
import org.opensearch.core.common.io.stream.NamedWriteableRegistry;
import org.opensearch.core.xcontent.NamedXContentRegistry;
import org.opensearch.env.Environment;
import org.opensearch.env.NodeEnvironment;
import org.opensearch.generate.action.AnswerDefaults;
import org.opensearch.generate.action.Pools;
import org.opensearch.generate.action.async.KeptAnswers;
import org.opensearch.generate.action.route.AnswerService;
import org.opensearch.generate.action.route.AnswerTransport;
import org.opensearch.generate.ingest.ChunkProcessorFactory;
import org.opensearch.generate.ingest.GenerateProcessorFactory;
import org.opensearch.generate.ingest.IngestEngine;
import org.opensearch.generate.models.Models;
import org.opensearch.generate.models.deploy.DeploymentsMetadata;
import org.opensearch.generate.pipeline.GenerateQueryProcessor;
import org.opensearch.generate.pipeline.GenerateResponseProcessor;
import org.opensearch.generate.pipeline.ModelAnswers;
import org.opensearch.generate.slowlog.SlowLog;
import org.opensearch.indices.breaker.BreakerSettings;
import org.opensearch.plugins.ActionPlugin;
import org.opensearch.plugins.CircuitBreakerPlugin;
import org.opensearch.plugins.ClusterPlugin;
import org.opensearch.plugins.IngestPlugin;
import org.opensearch.plugins.Plugin;
import org.opensearch.plugins.SearchPipelinePlugin;
import org.opensearch.plugins.SearchPlugin;
import org.opensearch.repositories.RepositoriesService;
import org.opensearch.rest.RestController;
import org.opensearch.rest.RestHandler;
import org.opensearch.script.ScriptService;
import org.opensearch.search.pipeline.Processor;
import org.opensearch.search.pipeline.SearchRequestProcessor;
import org.opensearch.search.pipeline.SearchResponseProcessor;
import org.opensearch.threadpool.ExecutorBuilder;
import org.opensearch.threadpool.FixedExecutorBuilder;
import org.opensearch.threadpool.ScalingExecutorBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.client.Client;
import org.opensearch.watcher.ResourceWatcherService;

/** A language model inside the node: this class wires the parts and holds what lives as long as the node. */
public final class GeneratePlugin extends Plugin
        implements ActionPlugin, CircuitBreakerPlugin, ClusterPlugin, IngestPlugin, SearchPlugin, SearchPipelinePlugin {
    private static final Logger LOG = LogManager.getLogger(GeneratePlugin.class);
    /** The plugin's folder in {@code plugins}, {@code config} and {@code path.data}. */
    private static final String NAME = "opensearch-generate";

    private static final int ANSWER_QUEUE = 1000;
    /** What documents leave to do is bounded by the node's limit on the bytes of bulk requests. */
    private static final int UNBOUNDED = -1;

    private static final int MOST_LOADS = 2;

    private final Settings settings;
    private final Path configPath;
    private @Nullable BreakerBudget budget;
    private @Nullable Models models;
    private @Nullable ModelAnswers answers;
    private @Nullable IngestEngine ingest;

    /**
     * @param settings the node's
     * @param configPath its folder of configuration
     */
    public GeneratePlugin(Settings settings, Path configPath) {
        this.settings = settings;
        this.configPath = configPath;
    }

    @Override
    public Collection<Object> createComponents(
            Client client,
            ClusterService clusterService,
            ThreadPool threadPool,
            ResourceWatcherService resourceWatcherService,
            ScriptService scriptService,
            NamedXContentRegistry xContentRegistry,
            Environment environment,
            NodeEnvironment nodeEnvironment,
            NamedWriteableRegistry namedWriteableRegistry,
            IndexNameExpressionResolver indexNameExpressionResolver,
            Supplier<RepositoriesService> repositoriesServiceSupplier) {
        BreakerBudget memory = budget;
        if (memory == null) {
            throw new IllegalStateException("the node has made no circuit breaker for " + NAME);
        }
        Path data = environment.dataFiles()[0].resolve(NAME);
        ModelLoading.unpackLibrariesTo(data);
        ClusterSettings cluster = clusterService.getClusterSettings();
        LiveSettings live = new LiveSettings(cluster, environment.settings());
        AnswerDefaults defaults = new AnswerDefaults(
                GenerateSettings.DEFAULT_TIMEOUT.get(settings),
                GenerateSettings.DEFAULT_MAX_COMPLETION_TOKENS.get(settings));
        cluster.addSettingsUpdateConsumer(GenerateSettings.DEFAULT_TIMEOUT, defaults::timeout);
        cluster.addSettingsUpdateConsumer(
                GenerateSettings.DEFAULT_MAX_COMPLETION_TOKENS, defaults::maxCompletionTokens);
        cluster.addSettingsUpdateConsumer(GenerateSettings.BREAKER_LIMIT, limit -> memory.limit(limit.getBytes()));
        Path nativeFolder = environment.pluginsDir().resolve(NAME).resolve("native");
        Path modelFolder = environment.configDir().resolve(NAME).resolve("models");
        Models shelf = new Models(
                modelFolder,
                ModelLoading::load,
                () -> GenerateSettings.loadOptions(live, nativeFolder, data.resolve("packed"), memory),
                () -> live.get(GenerateSettings.DEFAULT_MODEL),
                threadPool.executor(Pools.LOAD));
        ModelTuning.follow(shelf, threadPool, cluster, live);
        models = shelf;
        AnswerService service = new AnswerService(
                shelf,
                () -> live.get(GenerateSettings.ROUTING_PREFER_LOCAL),
                new SlowLog(cluster),
                clusterService,
                threadPool);
        answers = new ModelAnswers(service, defaults, threadPool.getThreadContext());
        ingest = new IngestEngine(
                shelf,
                (task, listener) -> service.ask(task, AnswerService.Origin.NONE, null, listener),
                defaults,
                client,
                threadPool,
                () -> new IngestEngine.Limits(
                        live.get(GenerateSettings.INGEST_MAX_SEQUENCES), live.get(GenerateSettings.INGEST_TIMEOUT)));
        KeptAnswers kept = new KeptAnswers(
                () -> clusterService.localNode().getId(),
                () -> new KeptAnswers.Limits(
                        live.get(GenerateSettings.ASYNC_MAX_ANSWERS),
                        live.get(GenerateSettings.ASYNC_MAX_MEMORY).getBytes(),
                        live.get(GenerateSettings.ASYNC_KEEP)),
                (delay, what) -> threadPool.schedule(what, delay, Pools.ANSWER));
        List<Object> components = new ArrayList<>(List.of(shelf, defaults, service, kept));
        components.addAll(ModelDeployments.components(
                modelFolder,
                data,
                data.resolve("packed"),
                shelf,
                clusterService,
                threadPool,
                client,
                repositoriesServiceSupplier));
        return components;
    }

    @Override
    public Collection<Class<? extends LifecycleComponent>> getGuiceServiceClasses() {
        return List.of(AnswerTransport.class);
    }

    @Override
    public BreakerSettings getCircuitBreaker(Settings nodeSettings) {
        return BreakerBudget.settings(
                GenerateSettings.BREAKER_LIMIT.get(nodeSettings).getBytes());
    }

    @Override
    public void setCircuitBreaker(CircuitBreaker breaker) {
        budget = new BreakerBudget(breaker);
    }

    @Override
    public void onNodeStarted(DiscoveryNode localNode) {
        Models shelf = models;
        if (shelf == null) {
            return;
        }
        for (String id : GenerateSettings.PRELOAD.get(settings)) {
            try {
                shelf.load(id, ActionListener.wrap(info -> {}, e -> {}));
            } catch (RuntimeException e) {
                LOG.warn("model [{}] of [{}]: {}", id, GenerateSettings.PRELOAD.getKey(), e.getMessage());
            }
        }
    }

    @Override
    public List<Setting<?>> getSettings() {
        return GenerateSettings.all();
    }

    @Override
    public List<ActionHandler<?, ?>> getActions() {
        return ActionHandlers.all();
    }

    @Override
    public List<NamedWriteableRegistry.Entry> getNamedWriteables() {
        return ModelDeployments.namedWriteables();
    }

    @Override
    public List<NamedXContentRegistry.Entry> getNamedXContent() {
        return DeploymentsMetadata.namedXContent();
    }

    @Override
    public List<ActionFilter> getActionFilters() {
        return List.of(answers().filter());
    }

    @Override
    public List<RestHandler> getRestHandlers(
            Settings nodeSettings,
            RestController restController,
            ClusterSettings clusterSettings,
            IndexScopedSettings indexScopedSettings,
            SettingsFilter settingsFilter,
            IndexNameExpressionResolver indexNameExpressionResolver,
            Supplier<DiscoveryNodes> nodesInCluster) {
        return RestHandlers.all(nodeSettings);
    }

    @Override
    public List<ExecutorBuilder<?>> getExecutorBuilders(Settings nodeSettings) {
        int processors = OpenSearchExecutors.allocatedProcessors(nodeSettings);
        return List.of(
                new FixedExecutorBuilder(nodeSettings, Pools.ANSWER, processors, ANSWER_QUEUE, "plugins.generate.pool"),
                new ScalingExecutorBuilder(
                        Pools.LOAD, 0, MOST_LOADS, TimeValue.timeValueSeconds(30), "plugins.generate.load_pool"),
                new FixedExecutorBuilder(
                        nodeSettings, Pools.INGEST, processors, UNBOUNDED, "plugins.generate.ingest_pool"));
    }

    @Override
    public Map<String, org.opensearch.ingest.Processor.Factory> getProcessors(
            org.opensearch.ingest.Processor.Parameters parameters) {
        return Map.of(
                GenerateProcessorFactory.TYPE,
                new GenerateProcessorFactory(parameters.scriptService, this::ingest),
                ChunkProcessorFactory.TYPE,
                new ChunkProcessorFactory(this::ingest));
    }

    private IngestEngine ingest() {
        return Objects.requireNonNull(ingest, "components are created before documents come");
    }

    @Override
    public List<SearchExtSpec<?>> getSearchExts() {
        return SearchExts.all(new Environment(settings, configPath).pluginsDir());
    }

    @Override
    public Map<String, Processor.Factory<SearchResponseProcessor>> getResponseProcessors(
            SearchPipelinePlugin.Parameters parameters) {
        return Map.of(GenerateResponseProcessor.TYPE, GenerateResponseProcessor.factory(this::answers));
    }

    @Override
    public Map<String, Processor.Factory<SearchRequestProcessor>> getRequestProcessors(
            SearchPipelinePlugin.Parameters parameters) {
        return Map.of(
                GenerateQueryProcessor.TYPE,
                GenerateQueryProcessor.factory(parameters.namedXContentRegistry, this::answers));
    }

    private ModelAnswers answers() {
        return Objects.requireNonNull(answers, "the node has not made its components yet");
    }

    @Override
    public void close() {
        if (models != null) {
            models.close();
        }
    }
}
