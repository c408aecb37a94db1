// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.ingest;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.rag.AnswerOptions;
import org.opensearch.generate.rag.ResponseFormat;
import org.opensearch.generate.runner.sample.SamplingOptions;
import org.opensearch.ingest.AbstractBatchingProcessor;
import org.opensearch.ingest.Processor;
import org.opensearch.script.Script;
import org.opensearch.script.ScriptService;
import org.opensearch.script.ScriptType;
import org.opensearch.script.TemplateScript;

/** Makes processors of the type {@code generate}. */
public final class GenerateProcessorFactory extends AbstractBatchingProcessor.Factory {
    /** Name of the type in pipelines. */
    public static final String TYPE = GenerateProcessor.TYPE;

    /** Documents of a bulk request that are prepared together; all of the request are in line for the engine in any case. */
    private static final int BATCH_SIZE = 100;

    private static final int MOST_TOKENS = 1 << 20;
    private static final SamplingOptions GREEDY = SamplingOptions.GREEDY;

    private final ScriptService scripts;
    private final Supplier<IngestEngine> engine;

    /**
     * @param scripts compiles prompts
     * @param engine the node's, asked for by the first document
     */
    public GenerateProcessorFactory(ScriptService scripts, Supplier<IngestEngine> engine) {
        super(TYPE);
        this.scripts = scripts;
        this.engine = engine;
    }

    @Override
    public AbstractBatchingProcessor create(
            Map<String, Processor.Factory> factories, String tag, String description, Map<String, Object> options)
            throws Exception {
        options.putIfAbsent(AbstractBatchingProcessor.BATCH_SIZE_FIELD, BATCH_SIZE);
        return super.create(factories, tag, description, options);
    }

    @Override
    protected AbstractBatchingProcessor newProcessor(
            String tag, String description, int batchSize, Map<String, Object> options) {
        return new GenerateProcessor(tag, description, batchSize, options(new Config(TYPE, tag, options)), engine);
    }

    private GenerateOptions options(Config config) {
        String model = config.text("model");
        ResponseFormat format = format(config);
        boolean skipExisting = config.flag("skip_existing");
        boolean ignoreMissing = config.flag("ignore_missing");
        String prompt = config.text("prompt");
        int maxTokens = (int) config.whole("max_tokens", 1, MOST_TOKENS, 0);
        SamplingOptions sampling = sampling(config);
        List<String> stop = config.texts("stop");
        List<Config> entries = new ArrayList<>();
        if (config.has("fields")) {
            if (config.has("field") || config.has("target_field")) {
                throw config.wrong("fields", "excludes [field] and [target_field], which belong into its objects");
            }
            entries.addAll(config.objects("fields"));
        } else {
            entries.add(config);
        }
        List<GenerateOptions.Field> fields = new ArrayList<>();
        Set<String> targets = new HashSet<>();
        for (Config entry : entries) {
            String field = entry.requiredText("field");
            String target = entry.requiredText("target_field");
            if (!targets.add(target) || !targets.add(GenerateOptions.Field.hashOf(target))) {
                throw entry.wrong("target_field", "[" + target + "] or the field of its hash comes twice");
            }
            String own = entry == config ? prompt : entry.text("prompt");
            int most = entry == config ? maxTokens : (int) entry.whole("max_tokens", 1, MOST_TOKENS, maxTokens);
            if (entry != config) {
                entry.end();
            }
            TemplateScript.Factory template = template(entry, own != null ? own : prompt);
            fields.add(new GenerateOptions.Field(
                    field,
                    target,
                    template,
                    answer(config, model, most, sampling, stop).withFormat(format)));
        }
        return new GenerateOptions(model, fields, skipExisting, ignoreMissing);
    }

    /** The language of what is written, made once so that what is wrong with it shows here. */
    private static ResponseFormat format(Config config) {
        Map<String, Object> body = config.map("response_format");
        if (body == null) {
            return ResponseFormat.TEXT;
        }
        try {
            ResponseFormat format = ResponseFormat.of(body);
            if (format.type() != ResponseFormat.Type.MAPPING) {
                format.guide();
            }
            return format;
        } catch (IllegalArgumentException e) {
            throw config.wrong("response_format", e.getMessage());
        }
    }

    private static SamplingOptions sampling(Config config) {
        return new SamplingOptions(
                config.number("temperature", 0, 2, GREEDY.temperature()),
                (int) config.whole("top_k", 0, Integer.MAX_VALUE, GREEDY.topK()),
                config.number("top_p", 0, 1, GREEDY.topP()),
                config.number("min_p", 0, 1, GREEDY.minP()),
                config.number("repetition_penalty", 0.01, 100, GREEDY.repetitionPenalty()),
                config.number("presence_penalty", -2, 2, GREEDY.presencePenalty()),
                config.number("frequency_penalty", -2, 2, GREEDY.frequencyPenalty()),
                config.whole("seed", Long.MIN_VALUE, Long.MAX_VALUE, GREEDY.seed()));
    }

    private static AnswerOptions answer(
            Config config, @Nullable String model, int maxTokens, SamplingOptions sampling, List<String> stop) {
        try {
            return new AnswerOptions(model, maxTokens, sampling, stop, AnswerOptions.NO_LOGPROBS, null);
        } catch (IllegalArgumentException e) {
            throw config.wrong("stop", e.getMessage());
        }
    }

    /** Compiled as plain text: what documents hold is not escaped as in JSON or HTML. */
    private TemplateScript.@Nullable Factory template(Config config, @Nullable String prompt) {
        if (prompt == null) {
            return null;
        }
        if (!prompt.contains("{{")) {
            throw config.wrong("prompt", "must name a field of the document in double braces, such as {{title}}");
        }
        try {
            Script script = new Script(
                    ScriptType.INLINE,
                    Script.DEFAULT_TEMPLATE_LANG,
                    prompt,
                    Map.of(Script.CONTENT_TYPE_OPTION, "text/plain"),
                    Map.of());
            return scripts.compile(script, TemplateScript.CONTEXT);
        } catch (RuntimeException e) {
            Throwable cause = e.getCause() != null ? e.getCause() : e;
            throw config.wrong("prompt", "is no Mustache template: " + cause.getMessage());
        }
    }
}
