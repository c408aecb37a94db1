// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.safetensors;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Hugging Face's tensor names, and the canonical ones. */
final class HuggingFaceNames {
    private static final Pattern LAYER = Pattern.compile("model\\.layers\\.(0|[1-9][0-9]{0,3})\\.(.+)\\.(weight|bias)");

    private static final Map<String, String> OUTSIDE = Map.of(
            "model.embed_tokens.weight", "token_embd.weight",
            "model.norm.weight", "output_norm.weight",
            "lm_head.weight", "output.weight");

    private static final Map<String, String> INSIDE = Map.ofEntries(
            Map.entry("input_layernorm", "attn_norm"),
            Map.entry("post_attention_layernorm", "ffn_norm"),
            Map.entry("self_attn.q_proj", "attn_q"),
            Map.entry("self_attn.k_proj", "attn_k"),
            Map.entry("self_attn.v_proj", "attn_v"),
            Map.entry("self_attn.o_proj", "attn_output"),
            Map.entry("self_attn.q_norm", "attn_q_norm"),
            Map.entry("self_attn.k_norm", "attn_k_norm"),
            Map.entry("mlp.gate_proj", "ffn_gate"),
            Map.entry("mlp.up_proj", "ffn_up"),
            Map.entry("mlp.down_proj", "ffn_down"));

    private HuggingFaceNames() {}

    /** Whether the tensor is a table that older files carry and the configuration makes superfluous. */
    static boolean isSuperfluous(String name) {
        return name.endsWith(".rotary_emb.inv_freq");
    }

    /** The canonical name; empty for a tensor that these architectures do not have. */
    static Optional<String> tryCanonical(String name) {
        String outside = OUTSIDE.get(name);
        if (outside != null) {
            return Optional.of(outside);
        }
        Matcher matcher = LAYER.matcher(name);
        if (!matcher.matches() || !INSIDE.containsKey(matcher.group(2))) {
            return Optional.empty();
        }
        return Optional.of("blk." + matcher.group(1) + "." + INSIDE.get(matcher.group(2)) + "." + matcher.group(3));
    }
}
