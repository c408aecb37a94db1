// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.action;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.models.ModelInfo;
import org.opensearch.generate.runner.KvTypes;
import org.opensearch.generate.runner.LanguageModel;
import org.opensearch.generate.runner.ThreadOptions;
import org.opensearch.generate.runner.engine.EngineLimits;
import org.opensearch.generate.runner.engine.EngineStats;
import org.opensearch.generate.runner.engine.FinishReason;
import org.opensearch.generate.runner.engine.Priority;

/** A model's statistics in the shape that the REST API shows: its state, and all the rest once it is loaded. */
final class ModelStats {
    private ModelStats() {}

    /** @param model null unless it is loaded */
    static Map<String, Object> of(ModelInfo info, @Nullable LanguageModel model) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("state", info.state().name().toLowerCase(Locale.ROOT));
        if (info.progress() != null) {
            all.put("progress", info.progress());
        }
        if (info.error() != null) {
            all.put("error", info.error());
        }
        if (model != null) {
            addLoaded(all, model);
        }
        return all;
    }

    private static void addLoaded(Map<String, Object> all, LanguageModel model) {
        EngineStats stats = model.engine().stats();
        all.put("kernels", kernels(model));
        all.put("threads", threads(model));
        all.put("load", load(model));
        all.put("memory", memory(model));
        all.put("requests", requests(stats));
        all.put("queue", queue(stats));
        all.put("tokens", tokens(stats));
        all.put("latency", latency(stats));
        all.put("throughput", throughput(stats));
        all.put("batches", batches(stats));
        all.put("step_cost", stepCost(stats.stepCost()));
        all.put("speculation", speculation(stats.speculation()));
        all.put("pages", pages(model, stats));
    }

    private static Map<String, Object> kernels(LanguageModel model) {
        Map<String, Object> kernels = new LinkedHashMap<>();
        kernels.put("level", model.kernels());
        if (!model.products().isEmpty()) {
            kernels.put("products", model.products());
        }
        if (!model.kernelFallback().isEmpty()) {
            kernels.put("fallback", model.kernelFallback());
        }
        return kernels;
    }

    private static Map<String, Object> threads(LanguageModel model) {
        ThreadOptions options = model.threads();
        Map<String, Object> threads = new LinkedHashMap<>();
        threads.put("count", options.count());
        threads.put("share", options.share());
        threads.put("nice", options.nice());
        threads.put("pin", options.pin());
        if (!model.threadProblem().isEmpty()) {
            threads.put("problem", model.threadProblem());
        }
        return threads;
    }

    private static Map<String, Object> memory(LanguageModel model) {
        Map<String, Object> memory = new LinkedHashMap<>();
        memory.put("weight_bytes", model.weightBytes());
        memory.put("kv_bytes", model.kvBytes());
        memory.put("total_bytes", model.memoryBytes());
        return memory;
    }

    private static Map<String, Object> load(LanguageModel model) {
        Map<String, Object> load = new LinkedHashMap<>();
        load.put("weights_from", model.weightSource().toString());
        load.put("ms", model.loadMillis());
        return load;
    }

    private static Map<String, Object> requests(EngineStats stats) {
        Map<String, Object> finished = new LinkedHashMap<>();
        for (FinishReason reason : FinishReason.values()) {
            finished.put(
                    reason.name().toLowerCase(Locale.ROOT), stats.finished().getOrDefault(reason, 0L));
        }
        Map<String, Object> requests = new LinkedHashMap<>();
        requests.put("queued", stats.queued());
        requests.put("running", stats.running());
        requests.put("finished", finished);
        requests.put("failed", stats.failures());
        requests.put("rejected", stats.rejected());
        return requests;
    }

    /** Users are counted; {@link TransportQueueAction} names them. */
    private static Map<String, Object> queue(EngineStats stats) {
        Map<String, Object> queue = new LinkedHashMap<>();
        for (Priority priority : Priority.values()) {
            List<EngineStats.UserQueue> users = stats.users().stream()
                    .filter(user -> user.priority() == priority)
                    .toList();
            Map<String, Object> counts = new LinkedHashMap<>();
            counts.put("users", users.size());
            counts.put(
                    "waiting",
                    users.stream().mapToInt(EngineStats.UserQueue::waiting).sum());
            counts.put(
                    "running",
                    users.stream().mapToInt(EngineStats.UserQueue::running).sum());
            queue.put(priority.name().toLowerCase(Locale.ROOT), counts);
        }
        EngineLimits limits = stats.limits();
        queue.put("ingest_share", limits.ingestShare());
        queue.put("requests_of_a_user", limits.userRequests());
        queue.put("tokens_per_minute_of_a_user", limits.userTokensPerMinute());
        return queue;
    }

    private static Map<String, Object> tokens(EngineStats stats) {
        Map<String, Object> tokens = new LinkedHashMap<>();
        tokens.put("prompt", stats.promptTokens());
        tokens.put("cached", stats.cachedTokens());
        tokens.put("cache_hit_rate", rounded(stats.cacheHitRate()));
        tokens.put("generated", stats.generatedTokens());
        tokens.put("recomputed", stats.recomputedTokens());
        return tokens;
    }

    private static Map<String, Object> latency(EngineStats stats) {
        Map<String, Object> latency = new LinkedHashMap<>();
        latency.put("queue", percentiles(stats.queueTime()));
        latency.put("ttft", percentiles(stats.firstTokenTime()));
        latency.put("inter_token", percentiles(stats.interTokenTime()));
        return latency;
    }

    private static Map<String, Object> percentiles(EngineStats.Latency latency) {
        Map<String, Object> percentiles = new LinkedHashMap<>();
        percentiles.put("count", latency.count());
        percentiles.put("p50_ms", rounded(latency.p50Millis()));
        percentiles.put("p95_ms", rounded(latency.p95Millis()));
        percentiles.put("p99_ms", rounded(latency.p99Millis()));
        return percentiles;
    }

    private static Map<String, Object> throughput(EngineStats stats) {
        Map<String, Object> throughput = new LinkedHashMap<>();
        throughput.put("tokens_per_second", rounded(stats.recentTokensPerSecond()));
        throughput.put("prefill_tokens_per_second", rounded(stats.prefillTokensPerSecond()));
        throughput.put("decode_tokens_per_second", rounded(stats.decodeTokensPerSecond()));
        return throughput;
    }

    private static Map<String, Object> batches(EngineStats stats) {
        Map<String, Object> rows = new LinkedHashMap<>();
        for (EngineStats.BatchRows bucket : stats.batchRows()) {
            rows.put(Integer.toString(bucket.atMost()), bucket.steps());
        }
        Map<String, Object> batches = new LinkedHashMap<>();
        batches.put("steps", stats.steps());
        batches.put("failed_steps", stats.failedSteps());
        batches.put("evictions", stats.evictions());
        batches.put("steps_by_rows", rows);
        return batches;
    }

    private static Map<String, Object> stepCost(EngineStats.StepCost cost) {
        Map<String, Object> costs = new LinkedHashMap<>();
        costs.put("decode_rows", cost.decodeRows());
        costs.put("decode_step_ms", rounded(cost.decodeStepMillis()));
        costs.put("prompt_token_ms", rounded(cost.promptTokenMillis()));
        costs.put("prompt_tokens_granted", cost.promptTokensGranted());
        return costs;
    }

    private static Map<String, Object> speculation(EngineStats.Speculation speculation) {
        Map<String, Object> drafters = new LinkedHashMap<>();
        for (EngineStats.Drafts each : speculation.drafters()) {
            Map<String, Object> counts = new LinkedHashMap<>();
            counts.put("drafts", each.drafts());
            counts.put("drafted_tokens", each.drafted());
            counts.put("accepted_tokens", each.accepted());
            drafters.put(each.drafter(), counts);
        }
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("tokens_per_step", rounded(speculation.tokensPerStep()));
        all.put("drafters", drafters);
        return all;
    }

    private static Map<String, Object> pages(LanguageModel model, EngineStats stats) {
        Map<String, Object> pages = new LinkedHashMap<>();
        pages.put("type", KvTypes.name(model.kvType()));
        pages.put("total", stats.pagesTotal());
        pages.put("used", stats.pagesUsed());
        pages.put("cached", stats.pagesCached());
        return pages;
    }

    private static double rounded(double value) {
        return Double.isFinite(value) ? Math.round(value * 100) / 100.0 : 0;
    }
}
