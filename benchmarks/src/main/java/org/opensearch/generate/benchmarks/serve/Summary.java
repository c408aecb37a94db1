// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.opensearch.generate.benchmarks.results.Json;

/** The numbers of a load. Answers that were broken off at the phase's end count with the tokens that they had. */
final class Summary {
    static final String STREAM = "stream";
    static final String REPLY = "reply timings";
    static final String REPLY_MEAN = "reply timings, the mean of each answer";
    static final String NODE = "node statistics since the model was loaded";
    private static final int HASH_BYTES = 8;

    private final ScenarioRun.Measured measured;
    private final List<Exchange> whole;

    Summary(ScenarioRun.Measured measured) {
        this.measured = measured;
        this.whole = measured.exchanges().stream().filter(Exchange::whole).toList();
    }

    /** @param node what the node counted of the time between tokens, where it was asked */
    ObjectNode toJson(Optional<Spread> node) {
        ObjectNode json = Json.object();
        double seconds = measured.nanos() / 1e9;
        json.put("requests", whole.size());
        errors(json);
        json.put("elapsed_s", Spread.rounded(seconds));
        json.put("requests_per_minute", Spread.rounded(60 * whole.size() / seconds));
        spread(json, "latency_ms", whole.stream().map(Exchange::latencyMillis).toList(), "client");
        if (measured.load().kind() == Scenario.Kind.ANSWERS) {
            answers(json, seconds, node);
        }
        return json;
    }

    private void errors(ObjectNode json) {
        List<String> errors = measured.exchanges().stream()
                .flatMap(exchange -> exchange.error().stream())
                .toList();
        json.put("errors", errors.size());
        if (!errors.isEmpty()) {
            json.put("first_error", errors.getFirst());
        }
    }

    private void answers(ObjectNode json, double seconds, Optional<Spread> node) {
        long prompt = sum(Reply::promptTokens);
        long cached = sum(Reply::cachedTokens);
        long fresh = sum(Reply::newTokens);
        json.put("prompt_tokens", prompt).put("cached_tokens", cached).put("new_tokens", fresh);
        json.put("cache_hit_rate", Spread.rounded(prompt == 0 ? 0 : (double) cached / prompt));
        json.put("prompt_tokens_per_second", Spread.rounded(prompt / seconds));
        json.put("new_tokens_per_second", Spread.rounded(fresh / seconds));
        firstToken(json);
        interToken(json, node);
        spread(json, "decode_tokens_per_second", paces(), streamed() ? STREAM : REPLY);
        ObjectNode finish = json.putObject("finish");
        whole.stream()
                .collect(Collectors.groupingBy(e -> e.reply().finish(), TreeMap::new, Collectors.counting()))
                .forEach(finish::put);
        ArrayNode answers = json.putArray("answers");
        whole.forEach(exchange ->
                answers.add(exchange.request() + ":" + hash(exchange.reply().text())));
    }

    /** The time to the first token; with several questions on a context also of the first and of the others apart. */
    private void firstToken(ObjectNode json) {
        String source = streamed() ? STREAM : REPLY;
        spread(json, "ttft_ms", firstTokens(whole), source);
        int each = measured.load().questionsPerContext();
        if (each > 1) {
            List<Double> first = firstTokens(
                    whole.stream().filter(e -> e.request() % each == 0).toList());
            List<Double> next = firstTokens(
                    whole.stream().filter(e -> e.request() % each != 0).toList());
            spread(json, "ttft_first_question_ms", first, source);
            spread(json, "ttft_next_question_ms", next, source);
            if (!first.isEmpty() && !next.isEmpty()) {
                json.put(
                        "ttft_first_over_next",
                        Spread.rounded(Spread.of(first).p50() / Spread.of(next).p50()));
            }
        }
    }

    private void interToken(ObjectNode json, Optional<Spread> node) {
        List<Double> gaps = gaps();
        Optional<Spread> spread = gaps.isEmpty() ? node : Optional.of(Spread.of(gaps));
        String source = gaps.isEmpty() ? NODE : STREAM;
        if (spread.isEmpty()) {
            List<Double> means = paces().stream().map(pace -> 1000 / pace).toList();
            spread = means.isEmpty() ? Optional.empty() : Optional.of(Spread.of(means));
            source = REPLY_MEAN;
        }
        if (spread.isPresent()) {
            json.set("inter_token_ms", spread.get().toJson(source));
            json.put(
                    "inter_token_p99_over_p50",
                    Spread.rounded(spread.get().p99() / spread.get().p50()));
        }
    }

    private boolean streamed() {
        return measured.exchanges().stream()
                .anyMatch(exchange -> !exchange.reply().tokenTimes().isEmpty());
    }

    private static List<Double> firstTokens(List<Exchange> exchanges) {
        List<Double> millis = new ArrayList<>();
        for (Exchange exchange : exchanges) {
            List<Long> times = exchange.reply().tokenTimes();
            if (!times.isEmpty()) {
                millis.add((times.getFirst() - exchange.sent()) / 1e6);
            } else {
                exchange.reply().toldFirstTokenMillis().ifPresent(millis::add);
            }
        }
        return millis;
    }

    private List<Double> gaps() {
        List<Double> millis = new ArrayList<>();
        for (Exchange exchange : measured.exchanges()) {
            List<Long> times = exchange.reply().tokenTimes();
            for (int i = 1; i < times.size(); i++) {
                millis.add((times.get(i) - times.get(i - 1)) / 1e6);
            }
        }
        return millis;
    }

    /** Tokens a second after the first, of each answer with two at least. */
    private List<Double> paces() {
        List<Double> paces = new ArrayList<>();
        for (Exchange exchange : whole) {
            List<Long> times = exchange.reply().tokenTimes();
            if (times.size() > 1) {
                double seconds = (times.getLast() - times.getFirst()) / 1e9;
                paces.add((exchange.reply().newTokens() - 1) / seconds);
            } else if (times.isEmpty() && exchange.reply().newTokens() > 1) {
                exchange.reply().toldTokensPerSecond().ifPresent(paces::add);
            }
        }
        return paces;
    }

    private long sum(ToIntFunction<Reply> count) {
        return whole.stream().mapToLong(e -> count.applyAsInt(e.reply())).sum();
    }

    private static void spread(ObjectNode json, String name, List<Double> values, String source) {
        if (!values.isEmpty()) {
            json.set(name, Spread.of(values).toJson(source));
        }
    }

    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
