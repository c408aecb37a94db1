// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.djl;

import ai.djl.Model;
import ai.djl.translate.ArgumentsUtil;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import java.lang.reflect.Type;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.opensearch.generate.runner.engine.Generation;
import org.opensearch.generate.runner.sample.SamplingOptions;

/**
 * Makes translators from a user's message to the answer's text, or to the whole {@link Generation}. Arguments: {@code
 * max_tokens}, {@code temperature}, {@code top_k}, {@code top_p}, {@code min_p}, {@code seed}, {@code stop}.
 */
public final class GenerateTranslatorFactory implements TranslatorFactory {
    private static final int DEFAULT_TOKENS = 256;

    @Override
    public Set<Pair<Type, Type>> getSupportedTypes() {
        return Set.of(new Pair<>(String.class, String.class), new Pair<>(String.class, Generation.class));
    }

    @Override
    public <I, O> Translator<I, O> newInstance(Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
            throws TranslateException {
        if (!(model instanceof GenerateModel generate) || !isSupported(input, output)) {
            throw new TranslateException("String to String or Generation, with engine " + GenerateEngine.NAME
                    + ", is wanted, found " + input + " to " + output + " with " + model);
        }
        SamplingOptions sampling = new SamplingOptions(
                ArgumentsUtil.floatValue(arguments, "temperature", 0),
                ArgumentsUtil.intValue(arguments, "top_k", 0),
                ArgumentsUtil.floatValue(arguments, "top_p", 1),
                ArgumentsUtil.floatValue(arguments, "min_p", 0),
                1f,
                0f,
                0f,
                ArgumentsUtil.longValue(arguments, "seed", 0));
        String stop = ArgumentsUtil.stringValue(arguments, "stop", "");
        return new GenerateTranslator<>(
                generate.language(),
                ArgumentsUtil.intValue(arguments, "max_tokens", DEFAULT_TOKENS),
                sampling,
                stop.isEmpty() ? List.of() : List.of(stop),
                generation -> output.cast(output == String.class ? generation.text() : generation));
    }
}
