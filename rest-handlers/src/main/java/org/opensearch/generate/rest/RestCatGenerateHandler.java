// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.rest;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.opensearch.common.Table;
import org.opensearch.common.unit.TimeValue;
import org.opensearch.common.xcontent.support.XContentMapValues;
import org.opensearch.core.common.Strings;
import org.opensearch.core.common.unit.ByteSizeValue;
import org.opensearch.generate.action.NodeStats;
import org.opensearch.generate.action.StatsRequest;
import org.opensearch.generate.action.StatsResponse;
import org.opensearch.generate.action.TransportStatsAction;
import org.opensearch.rest.RestRequest;
import org.opensearch.rest.RestResponse;
import org.opensearch.rest.action.RestResponseListener;
import org.opensearch.rest.action.cat.AbstractCatAction;
import org.opensearch.rest.action.cat.RestTable;
import org.opensearch.transport.client.node.NodeClient;

/** {@code GET /_cat/generate} and {@code GET /_cat/generate/{model}}: a line for each model of each node. */
public final class RestCatGenerateHandler extends AbstractCatAction {
    private static final String CAT = "/_cat/generate";

    /** What a line is made of. */
    private record Row(NodeStats node, String model, Map<String, Object> stats) {
        /** A statistic by its path; null if the model is not loaded. */
        @Nullable
        Object at(String path) {
            return XContentMapValues.extractValue(path, stats);
        }

        /** The milliseconds at a path; null before there are any. */
        @Nullable
        TimeValue time(String path) {
            return at(path) instanceof Number millis && millis.doubleValue() > 0
                    ? TimeValue.timeValueNanos(Math.round(millis.doubleValue() * TimeUnit.MILLISECONDS.toNanos(1)))
                    : null;
        }

        /** The bytes at a path. */
        @Nullable
        ByteSizeValue bytes(String path) {
            return at(path) instanceof Number bytes ? new ByteSizeValue(bytes.longValue()) : null;
        }
    }

    /**
     * A column.
     *
     * @param attributes as {@link Table} takes them
     * @param value what it shows of a row
     */
    private record Column(String name, String attributes, Function<Row, @Nullable Object> value) {
        static Column text(String name, String alias, String description, Function<Row, @Nullable Object> value) {
            return new Column(name, "alias:" + alias + ";desc:" + description, value);
        }

        static Column number(String name, String alias, String description, Function<Row, @Nullable Object> value) {
            return new Column(name, "alias:" + alias + ";text-align:right;desc:" + description, value);
        }

        static Column stat(String name, String alias, String description, String path) {
            return number(name, alias, description, row -> row.at(path));
        }

        static Column time(String name, String alias, String description, String path) {
            return number(name, alias, description, row -> row.time(path));
        }

        /** The same, shown only to those who ask for it. */
        Column onDemand() {
            return new Column(name, "default:false;" + attributes, value);
        }
    }

    private static final List<Column> COLUMNS = List.of(
            Column.text(
                    "node_name", "nn", "node name", row -> row.node.getNode().getName()),
            Column.text("node_id", "id", "node id", row -> row.node.getNode().getId())
                    .onDemand(),
            Column.text("model", "m", "model id", Row::model),
            Column.text("state", "s", "available, downloading, loading, loaded or failed", row -> row.at("state")),
            Column.text("kernels", "k", "kernel level in use", row -> row.at("kernels.level")),
            Column.stat(
                    "tokens_per_second",
                    "tps",
                    "tokens generated a second over the last ten seconds",
                    "throughput.tokens_per_second"),
            Column.stat(
                            "prefill_tokens_per_second",
                            "pps",
                            "prompt tokens a second while prompts are read",
                            "throughput.prefill_tokens_per_second")
                    .onDemand(),
            Column.stat(
                            "decode_tokens_per_second",
                            "dps",
                            "tokens a second while answers are written",
                            "throughput.decode_tokens_per_second")
                    .onDemand(),
            Column.time("ttft.p50", "ttft", "time to first token, median", "latency.ttft.p50_ms"),
            Column.time("ttft.p95", "ttft95", "time to first token, 95th percentile", "latency.ttft.p95_ms"),
            Column.time("ttft.p99", "ttft99", "time to first token, 99th percentile", "latency.ttft.p99_ms")
                    .onDemand(),
            Column.time("inter_token.p50", "it", "time between tokens, median", "latency.inter_token.p50_ms"),
            Column.time(
                    "inter_token.p95", "it95", "time between tokens, 95th percentile", "latency.inter_token.p95_ms"),
            Column.time("inter_token.p99", "it99", "time between tokens, 99th percentile", "latency.inter_token.p99_ms")
                    .onDemand(),
            Column.time("queue.p50", "qt", "time in the queue, median", "latency.queue.p50_ms")
                    .onDemand(),
            Column.time("queue.p95", "qt95", "time in the queue, 95th percentile", "latency.queue.p95_ms")
                    .onDemand(),
            Column.stat("queued", "q", "requests that wait", "requests.queued"),
            Column.stat("running", "r", "answers being written", "requests.running"),
            Column.stat("finished.stop", "fs", "answers that came to their end", "requests.finished.stop")
                    .onDemand(),
            Column.stat("finished.length", "fl", "answers cut at their longest length", "requests.finished.length")
                    .onDemand(),
            Column.stat("finished.timeout", "ft", "answers cut by their timeout", "requests.finished.timeout")
                    .onDemand(),
            Column.stat("finished.cancelled", "fc", "answers that were cancelled", "requests.finished.cancelled"),
            Column.stat("failed", "fd", "requests that failed", "requests.failed")
                    .onDemand(),
            Column.stat("rejected", "rj", "requests that found the queue full", "requests.rejected"),
            Column.stat("pages.used", "pu", "KV pages of answers being written", "pages.used"),
            Column.stat("pages.cached", "pc", "KV pages kept for their prefix", "pages.cached")
                    .onDemand(),
            Column.stat("pages.total", "pt", "KV pages", "pages.total"),
            Column.stat("cache_hit_rate", "chr", "share of prompt tokens that were cached", "tokens.cache_hit_rate"),
            Column.stat("evictions", "ev", "times an answer gave its pages to another", "batches.evictions")
                    .onDemand(),
            Column.number("memory", "mem", "memory outside the heap", row -> row.bytes("memory.total_bytes")),
            Column.number(
                            "breaker.used",
                            "bu",
                            "memory of all models of the node",
                            row -> new ByteSizeValue(row.node.breaker().getEstimated()))
                    .onDemand(),
            Column.number(
                            "breaker.limit",
                            "bl",
                            "limit of the node's breaker",
                            row -> new ByteSizeValue(row.node.breaker().getLimit()))
                    .onDemand(),
            Column.number("breaker.tripped", "bt", "times the node's breaker has tripped", row -> row.node
                    .breaker()
                    .getTrippedCount()));

    @Override
    public String getName() {
        return "cat_generate";
    }

    @Override
    public List<Route> routes() {
        return List.of(new Route(RestRequest.Method.GET, CAT), new Route(RestRequest.Method.GET, CAT + "/{model}"));
    }

    @Override
    protected void documentation(StringBuilder text) {
        text.append(CAT).append('\n').append(CAT).append("/{model}\n");
    }

    @Override
    protected RestChannelConsumer doCatRequest(RestRequest request, NodeClient client) {
        StatsRequest stats =
                new StatsRequest(Strings.EMPTY_ARRAY, Strings.splitStringByCommaToArray(request.param("model")));
        return channel -> client.execute(TransportStatsAction.TYPE, stats, new RestResponseListener<>(channel) {
            @Override
            public RestResponse buildResponse(StatsResponse response) throws Exception {
                return RestTable.buildResponse(table(request, response), channel);
            }
        });
    }

    @Override
    protected Table getTableWithHeader(RestRequest request) {
        Table table = new Table();
        table.startHeaders();
        COLUMNS.forEach(column -> table.addCell(column.name(), column.attributes()));
        table.endHeaders();
        return table;
    }

    /** Nodes by name, models by id. */
    private Table table(RestRequest request, StatsResponse response) {
        Map<String, Row> rows = new TreeMap<>();
        for (NodeStats node : response.getNodes()) {
            String key = node.getNode().getName() + '\n' + node.getNode().getId() + '\n';
            node.models().forEach((model, stats) -> rows.put(key + model, new Row(node, model, object(stats))));
        }
        Table table = getTableWithHeader(request);
        for (Row row : rows.values()) {
            table.startRow();
            COLUMNS.forEach(column -> table.addCell(column.value().apply(row)));
            table.endRow();
        }
        return table;
    }

    @SuppressWarnings("unchecked")
    private static Map<String, Object> object(Object stats) {
        return (Map<String, Object>) stats;
    }
}
