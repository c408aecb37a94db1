// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.util.Optional;
import org.opensearch.generate.loader.ModelConfig.Rope;
import org.opensearch.generate.loader.ModelConfig.RopeLayout;
import org.opensearch.generate.loader.ModelConfig.RopeScaling;
import org.opensearch.generate.loader.json.JsonObject;

/**
 * Rotary position embedding as {@code config.json} spells it: {@code rope_theta} with {@code rope_scaling} (its kind under
 * {@code type} or {@code rope_type}), or all of it in {@code rope_parameters}.
 */
final class HuggingFaceRope {
    private static final float[] NONE = {};
    private static final int MAX_POSITIONS = 1 << 24;

    private final JsonObject config;
    private final JsonObject scaling;
    private final int headDim;
    private final int positions;

    private HuggingFaceRope(JsonObject config, JsonObject scaling, int headDim, int positions) {
        this.config = config;
        this.scaling = scaling;
        this.headDim = headDim;
        this.positions = positions;
    }

    static Rope read(JsonObject config, int headDim, int positions) {
        Optional<JsonObject> parameters = config.tryObject("rope_parameters");
        JsonObject scaling =
                parameters.or(() -> config.tryObject("rope_scaling")).orElse(config);
        return new HuggingFaceRope(config, scaling, headDim, positions).rope();
    }

    private Rope rope() {
        RopeScaling kind = kind();
        double share = number("partial_rotary_factor", 1);
        int dims = (int) (headDim * share);
        if (share > 1 || dims < 2 || dims % 2 != 0) {
            throw config.wrong("partial_rotary_factor", "is " + share + ", wanted an even part of " + headDim);
        }
        boolean yarn = kind == RopeScaling.YARN;
        boolean llama3 = kind == RopeScaling.LLAMA3;
        boolean longRope = kind == RopeScaling.LONGROPE;
        int original = original(kind);
        double factor = factor(kind, original);
        return new Rope(
                RopeLayout.HALVES,
                dims,
                number("rope_theta", 10000),
                kind,
                factor,
                original,
                yarn ? yarnAttention(factor) : longRope ? positive("attention_factor", 0) : 0,
                yarn ? positive("beta_fast", 32) : 0,
                yarn ? positive("beta_slow", 1) : 0,
                llama3 ? required("low_freq_factor") : 0,
                llama3 ? required("high_freq_factor") : 0,
                longRope ? factors("short_factor", dims / 2) : NONE,
                longRope ? factors("long_factor", dims / 2) : NONE);
    }

    private RopeScaling kind() {
        if (scaling == config) {
            return RopeScaling.NONE;
        }
        String key = scaling.has("rope_type") ? "rope_type" : "type";
        String kind = scaling.tryString(key).orElse("default");
        return switch (kind) {
            case "default" -> RopeScaling.NONE;
            case "linear" -> RopeScaling.LINEAR;
            case "dynamic" -> RopeScaling.DYNAMIC;
            case "yarn" -> RopeScaling.YARN;
            case "llama3" -> RopeScaling.LLAMA3;
            case "longrope", "su" -> RopeScaling.LONGROPE;
            default ->
                throw scaling.wrong(key, "is " + kind + ", wanted default, linear, dynamic, yarn, llama3 or longrope");
        };
    }

    /** The context before extension, where the rule uses it. */
    private int original(RopeScaling kind) {
        String key = "original_max_position_embeddings";
        return switch (kind) {
            case NONE, LINEAR -> 0;
            case DYNAMIC -> positions;
            case YARN, LLAMA3, LONGROPE -> {
                JsonObject holder = scaling.has(key) ? scaling : config;
                yield holder.tryInteger(key, 1, MAX_POSITIONS).orElse(positions);
            }
        };
    }

    private double factor(RopeScaling kind, int original) {
        return switch (kind) {
            case NONE -> 0;
            case LONGROPE -> positive("factor", (double) positions / original);
            case LINEAR, DYNAMIC, YARN, LLAMA3 -> required("factor");
        };
    }

    /** What cosine and sine are multiplied with; 0 for the rule's default. */
    private double yarnAttention(double factor) {
        if (!scaling.tryFlag("truncate").orElse(true)) {
            throw scaling.wrong("truncate", "is false, which is not computed");
        }
        double mscale = scaling.tryNumber("mscale").orElse(0);
        double all = scaling.tryNumber("mscale_all_dim").orElse(0);
        if (scaling.has("attention_factor") || mscale == 0 || all == 0 || factor <= 1) {
            return positive("attention_factor", 0);
        }
        return (0.1 * mscale * Math.log(factor) + 1) / (0.1 * all * Math.log(factor) + 1);
    }

    private float[] factors(String key, int count) {
        float[] factors = scaling.floats(key);
        if (factors.length != count) {
            throw scaling.wrong(key, "has " + factors.length + " numbers, wanted " + count);
        }
        for (float factor : factors) {
            if (!(factor > 0 && factor < Float.POSITIVE_INFINITY)) {
                throw scaling.wrong(key, "has " + factor + ", wanted numbers above 0");
            }
        }
        return factors;
    }

    /** A number that stands with the scaling in newer files, beside it in older ones. */
    private double number(String key, double otherwise) {
        JsonObject holder = scaling.has(key) ? scaling : config;
        double value = holder.tryNumber(key).orElse(otherwise);
        if (value <= 0) {
            throw holder.wrong(key, "is " + value + ", wanted more than 0");
        }
        return value;
    }

    private double required(String key) {
        scaling.number(key);
        return positive(key, 0);
    }

    private double positive(String key, double otherwise) {
        double value = scaling.tryNumber(key).orElse(otherwise);
        if (scaling.has(key) && value <= 0) {
            throw scaling.wrong(key, "is " + value + ", wanted more than 0");
        }
        return value;
    }
}
