// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.guide;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import joptsimple.OptionSet;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.runner.guide.Guide;
import org.opensearch.generate.runner.guide.GuideState;
import org.opensearch.generate.runner.guide.TokenMask;
import org.opensearch.generate.runner.guide.TokenMasks;

/**
 * {@code benchmarks/masks}: what it costs to keep answers in some languages, in microseconds of a processor for each token.
 * Random answers are followed, first with nothing known of their masks, then once more.
 */
public final class MaskCommand {
    /** The kind of result lines. */
    public static final String KIND = "masks";

    private static final int ANSWERS = 5;
    private static final int MOST_TOKENS = 200;
    private static final String SCHEMA = """
            {"type": "object", "required": ["name", "kind", "tags", "size"], "properties": {
              "name": {"type": "string"}, "kind": {"enum": ["stone", "plant", "animal"]},
              "summary": {"type": "string", "maxLength": 300},
              "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 5},
              "size": {"type": "number", "minimum": 0}, "found": {"type": "string", "format": "date"}}}""";

    private MaskCommand() {}

    public static void main(String[] arguments) throws IOException {
        try {
            run(System.out, arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("masks: " + e.getMessage());
            System.exit(2);
        }
    }

    private static void run(PrintStream out, String... arguments) throws IOException {
        MaskOptions options = new MaskOptions();
        OptionSet set = options.parse(arguments);
        if (set.has(options.help)) {
            out.println("Usage: benchmarks/masks [options]");
            options.parser().printHelpOn(out);
            return;
        }
        int vocabulary = options.vocabulary();
        ResultFile file = ResultFile.named(options.results());
        SyllableTokenizer tokenizer = new SyllableTokenizer(vocabulary);
        out.printf("%n%-14s %8s %10s %10s %10s %10s%n", "language", "tokens", "first", "worst", "again", "apply");
        for (Map.Entry<String, Guide> language : languages().entrySet()) {
            measure(language.getValue(), tokenizer); // warms up
            Cost cost = measure(language.getValue(), tokenizer);
            out.printf(
                    Locale.ROOT,
                    "%-14s %8d %10.1f %10.1f %10.1f %10.1f%n",
                    language.getKey(),
                    cost.tokens,
                    cost.first,
                    cost.worst,
                    cost.again,
                    cost.apply);
            ObjectNode line = ResultFile.line(KIND, ResultFile.command("benchmarks/masks", arguments));
            line.put("language", language.getKey())
                    .put("vocabulary", vocabulary)
                    .put("tokens", cost.tokens)
                    .put("first_micros", cost.first)
                    .put("worst_micros", cost.worst)
                    .put("again_micros", cost.again)
                    .put("apply_micros", cost.apply);
            file.append(line);
        }
        out.println("microseconds of a processor for each token; appended to " + file.path());
    }

    private static Map<String, Guide> languages() throws IOException {
        StringBuilder passages = new StringBuilder();
        Random random = new Random(3);
        while (passages.length() < 8_000) {
            passages.append("abcdefghij klmnop. ".charAt(random.nextInt(19)));
        }
        Map<String, Guide> languages = new LinkedHashMap<>();
        languages.put("json_object", Guide.jsonObject());
        languages.put("json_schema", Guide.jsonSchema(new ObjectMapper().readValue(SCHEMA, Map.class)));
        languages.put("regex", Guide.regex("([A-Z][a-z]{2,9} ){2,8}- \\d{4}-\\d{2}(, .{5,80})?"));
        languages.put("quotes", Guide.quotes(List.of(passages.toString())));
        return languages;
    }

    private record Cost(int tokens, double first, double worst, double again, double apply) {}

    private static Cost measure(Guide guide, SyllableTokenizer tokenizer) {
        TokenMasks masks = new TokenMasks(tokenizer, tokenizer.size(), Set.of(tokenizer.end()));
        List<List<Integer>> answers = new ArrayList<>();
        Random random = new Random(5);
        long first = 0;
        long worst = 0;
        int tokens = 0;
        for (int i = 0; i < ANSWERS; i++) {
            List<Integer> answer = new ArrayList<>();
            GuideState state = guide.start(0);
            while (answer.size() < MOST_TOKENS && !state.isFinal()) {
                long start = processorNanos();
                int id = masks.forced(guide, state).orElse(-1);
                TokenMask mask = id < 0 ? masks.of(guide, state) : null;
                long nanos = processorNanos() - start;
                first += nanos;
                worst = Math.max(worst, nanos);
                id = mask == null ? id : pick(mask, tokenizer, random);
                if (id == tokenizer.end()) {
                    break;
                }
                answer.add(id);
                state = state.after(tokenizer.bytes(id)).orElseThrow();
            }
            answers.add(answer);
            tokens += answer.size();
        }
        long start = processorNanos();
        List<TokenMask> known = new ArrayList<>();
        for (List<Integer> answer : answers) {
            GuideState state = guide.start(0);
            for (int id : answer) {
                if (masks.forced(guide, state).isEmpty()) {
                    known.add(masks.of(guide, state));
                }
                state = state.after(tokenizer.bytes(id)).orElseThrow();
            }
        }
        long followed = processorNanos();
        float[] logits = new float[tokenizer.size()];
        known.forEach(mask -> mask.apply(logits));
        long apply = processorNanos() - followed;
        long again = followed - start;
        double each = 1e3 * Math.max(1, tokens);
        return new Cost(tokens, first / each, worst / 1e3, again / each, apply / each);
    }

    /** Time that this thread has had a processor: what others do beside it does not count. */
    private static long processorNanos() {
        return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
    }

    /** An end where one may be, in one case of four; any token that may come else. */
    private static int pick(TokenMask mask, SyllableTokenizer tokenizer, Random random) {
        if (mask.allows(tokenizer.end()) && random.nextInt(4) == 0) {
            return tokenizer.end();
        }
        for (char closing : "\"}".toCharArray()) {
            if (mask.allows(closing) && random.nextInt(8) == 0) {
                return closing;
            }
        }
        int at = random.nextInt(tokenizer.size());
        while (!mask.allows(at)) {
            at = (at + 1) % tokenizer.size();
        }
        return at;
    }
}
