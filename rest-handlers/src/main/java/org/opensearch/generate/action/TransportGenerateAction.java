// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.opensearch.OpenSearchStatusException;
import org.opensearch.action.ActionRunnable;
import org.opensearch.action.ActionType;
import org.opensearch.action.search.SearchRequest;
import org.opensearch.action.search.SearchResponse;
import org.opensearch.action.search.ShardSearchFailure;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.ContextPreservingActionListener;
import org.opensearch.action.support.HandledTransportAction;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.core.action.ActionListener;
import org.opensearch.core.rest.RestStatus;
import org.opensearch.generate.action.route.AnswerService;
import org.opensearch.generate.action.scope.HitAnswers;
import org.opensearch.generate.action.scope.HitScope;
import org.opensearch.generate.action.scope.Scope;
import org.opensearch.generate.action.scope.ShardNodes;
import org.opensearch.generate.action.scope.ShardScope;
import org.opensearch.generate.rag.Answer;
import org.opensearch.generate.rag.AnswerListener;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.AnswerTask;
import org.opensearch.generate.rag.Citation;
import org.opensearch.generate.rag.Document;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.rag.Retrieval;
import org.opensearch.generate.rag.TokenLogprob;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.index.query.QueryBuilder;
import org.opensearch.search.SearchHits;
import org.opensearch.search.builder.SearchSourceBuilder;
import org.opensearch.search.internal.InternalSearchResponse;
import org.opensearch.tasks.Task;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportService;
import org.opensearch.transport.client.ParentTaskAssigningClient;
import org.opensearch.transport.client.node.NodeClient;

/**
 * Answers a question: model, retrieval with the caller's rights, answer, reply.
 *
 * <h2>Threads</h2>
 * Each step runs on the answer pool and ends by handing on; no thread waits for a search or for the engine.
 */
public final class TransportGenerateAction extends HandledTransportAction<GenerateRequest, GenerateResponse> {
    public static final ActionType<GenerateResponse> TYPE =
            new ActionType<>("indices:data/read/generate", GenerateResponse::new);

    private final AnswerService answers;
    private final AnswerDefaults defaults;
    private final NodeClient client;
    private final ClusterService clusterService;
    private final ThreadPool threadPool;
    private final Executor pool;

    @Inject
    public TransportGenerateAction(
            TransportService transport,
            ActionFilters filters,
            AnswerService answers,
            AnswerDefaults defaults,
            NodeClient client,
            ClusterService clusterService,
            ThreadPool threadPool) {
        super(TYPE.name(), transport, filters, GenerateRequest::new);
        this.answers = answers;
        this.defaults = defaults;
        this.client = client;
        this.clusterService = clusterService;
        this.threadPool = threadPool;
        this.pool = threadPool.executor(Pools.ANSWER);
    }

    @Override
    protected void doExecute(Task task, GenerateRequest request, ActionListener<GenerateResponse> listener) {
        if (request.scope() == Scope.HIT && !request.rerank()) {
            HitScope.check(request.size(), request.options(), defaults.maxCompletionTokens());
        }
        Run run = new Run((GenerateTask) task, request);
        ActionListener<GenerateResponse> back = new ContextPreservingActionListener<>(
                threadPool.getThreadContext().newRestorableContext(true), Errors.mapping(listener));
        answers.find(
                request.options().model(),
                run.deadlineNanos,
                ActionListener.wrap(model -> run.start(model, back), back::onFailure));
    }

    /** One request on its way. */
    private final class Run {
        private final GenerateTask task;
        private final GenerateRequest request;
        private final long startNanos = System.nanoTime();
        private final TimeValue timeout;
        private final long deadlineNanos;
        private volatile long retrieveNanos;
        /** Those of the request, with the schema of a mapping in its place. */
        private volatile AnswerOptions options;

        Run(GenerateTask task, GenerateRequest request) {
            this.task = task;
            this.request = request;
            this.options = request.options();
            TimeValue asked = options.timeout();
            this.timeout = asked != null ? asked : defaults.timeout();
            this.deadlineNanos = startNanos + timeout.nanos();
        }

        void start(String model, ActionListener<GenerateResponse> listener) {
            if (options.format().type() != ResponseFormat.Type.MAPPING) {
                retrieve(model, listener);
                return;
            }
            MappedFormats.resolve(
                    new ParentTaskAssigningClient(client, clusterService.localNode(), task),
                    options,
                    ActionListener.wrap(
                            resolved -> {
                                options = resolved;
                                pool.execute(ActionRunnable.wrap(listener, l -> retrieve(model, l)));
                            },
                            listener::onFailure));
        }

        private void retrieve(String model, ActionListener<GenerateResponse> listener) {
            if (!request.retrieves()) {
                answer(model, nothing(), null, listener);
                return;
            }
            retrieve(model, true, listener);
        }

        /** @param again whether to search once more if shards fail: where a node has just left, others have copies of its shards */
        private void retrieve(String model, boolean again, ActionListener<GenerateResponse> listener) {
            try {
                new ParentTaskAssigningClient(client, clusterService.localNode(), task)
                        .search(search(), new ActionListener<>() {
                            @Override
                            public void onResponse(SearchResponse found) {
                                if (again && found.getFailedShards() > 0 && !late() && !task.isCancelled()) {
                                    retrieve(model, false, listener);
                                    return;
                                }
                                pool.execute(
                                        ActionRunnable.wrap(listener, l -> answer(model, found, documents(found), l)));
                            }

                            @Override
                            public void onFailure(Exception e) {
                                listener.onFailure(late() && !task.isCancelled() ? timedOut() : e);
                            }
                        });
            } catch (RuntimeException e) {
                listener.onFailure(e);
            }
        }

        private SearchRequest search() {
            QueryBuilder query = request.query() != null
                    ? request.query()
                    : Retrieval.query(
                            request.messages().getLast().content(),
                            request.context().fields());
            TimeValue left = TimeValue.timeValueMillis(
                    Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNanos - System.nanoTime())));
            SearchRequest search = new SearchRequest(request.indices())
                    .indicesOptions(request.indicesOptions())
                    .source(new SearchSourceBuilder()
                            .query(query)
                            .size(request.size())
                            .timeout(left));
            search.setCancelAfterTimeInterval(left);
            return search;
        }

        private List<Document> documents(SearchResponse found) {
            return Retrieval.documents(found.getHits(), request.context());
        }

        private void answer(
                String model,
                SearchResponse found,
                @Nullable List<Document> documents,
                ActionListener<GenerateResponse> listener) {
            retrieveNanos = documents == null ? 0 : System.nanoTime() - startNanos;
            double retrieveMillis = retrieveNanos / 1e6;
            try {
                checkCancelled();
                AnswerTask question = new AnswerTask(
                        request.messages(),
                        documents,
                        request.context(),
                        options,
                        defaults.maxCompletionTokens(),
                        deadlineNanos);
                Retrieval.show(found.getHits(), request.source());
                AnswerTask asked = question.withModel(model);
                switch (request.scope()) {
                    case ANSWER -> one(asked, found, ShardScope.none(), retrieveMillis, listener);
                    case HIT -> each(asked, model, found, retrieveMillis, listener);
                    case SHARD ->
                        ShardScope.condense(
                                nodes(),
                                asked,
                                found.getHits(),
                                ActionListener.wrap(
                                        condensed -> one(
                                                asked.over(condensed.documents()),
                                                found,
                                                condensed,
                                                retrieveMillis,
                                                listener),
                                        listener::onFailure));
                }
            } catch (IOException | RuntimeException e) {
                listener.onFailure(e);
            }
        }

        /** One answer over the documents of the task. */
        private void one(
                AnswerTask asked,
                SearchResponse found,
                ShardScope.Condensed condensed,
                double retrieveMillis,
                ActionListener<GenerateResponse> listener) {
            AnswerProgress progress = request.progress();
            answers.ask(
                    asked,
                    origin(),
                    progress == null ? null : told(progress, found, condensed),
                    ActionListener.map(listener, answer -> {
                        checkCancelled();
                        boolean late = answer.finishReason() == FinishReason.TIMEOUT || condensed.timedOut();
                        return new GenerateResponse(
                                search(found, found.getHits(), late),
                                condensed.original(answer).withRetrieveMillis(retrieveMillis),
                                condensed.shards());
                    }));
        }

        /** An answer for each hit. */
        private void each(
                AnswerTask asked,
                String model,
                SearchResponse found,
                double retrieveMillis,
                ActionListener<GenerateResponse> listener) {
            String id = Answer.newId();
            AnswerProgress progress = request.progress();
            if (progress != null) {
                progress.onStarted(id, model, found);
            }
            HitScope.generate(
                    nodes(),
                    asked,
                    request.rerank(),
                    found.getHits(),
                    progress == null ? null : (answer, place) -> progress.onHit(place, answer),
                    ActionListener.map(listener, generated -> {
                        checkCancelled();
                        HitAnswers all = new HitAnswers(
                                id, model, generated.answers(), retrieveMillis, millisSinceStart() - retrieveMillis);
                        return new GenerateResponse(search(found, generated.hits(), all.timedOut()), all);
                    }));
        }

        private AnswerService.Origin origin() {
            return new AnswerService.Origin(task, request.preferLocal(), retrieveNanos);
        }

        private ShardNodes nodes() {
            return new ShardNodes(answers, clusterService, origin());
        }

        private static AnswerListener told(
                AnswerProgress progress, SearchResponse found, ShardScope.Condensed condensed) {
            return new AnswerListener() {
                @Override
                public void onStarted(String id, String model) {
                    progress.onStarted(id, model, found);
                }

                @Override
                public void onText(String text, List<Citation> citations, List<TokenLogprob> logprobs) {
                    progress.onText(text, condensed.original(citations), logprobs);
                }
            };
        }

        private SearchResponse search(SearchResponse found, SearchHits shown, boolean late) {
            InternalSearchResponse hits = new InternalSearchResponse(
                    shown,
                    null,
                    null,
                    null,
                    found.isTimedOut() || late,
                    found.isTerminatedEarly(),
                    found.getNumReducePhases());
            return new SearchResponse(
                    hits,
                    null,
                    found.getTotalShards(),
                    found.getSuccessfulShards(),
                    found.getSkippedShards(),
                    Math.round(millisSinceStart()),
                    found.getShardFailures(),
                    found.getClusters());
        }

        private SearchResponse nothing() {
            return new SearchResponse(
                    InternalSearchResponse.empty(),
                    null,
                    0,
                    0,
                    0,
                    0,
                    ShardSearchFailure.EMPTY_ARRAY,
                    SearchResponse.Clusters.EMPTY);
        }

        private void checkCancelled() {
            if (task.isCancelled()) {
                throw Errors.cancelled(task);
            }
        }

        private boolean late() {
            return System.nanoTime() - deadlineNanos >= 0;
        }

        private OpenSearchStatusException timedOut() {
            return new OpenSearchStatusException(
                    "the timeout of {} passed before retrieval ended", RestStatus.GATEWAY_TIMEOUT, timeout);
        }

        private double millisSinceStart() {
            return (System.nanoTime() - startNanos) / 1e6;
        }
    }
}
