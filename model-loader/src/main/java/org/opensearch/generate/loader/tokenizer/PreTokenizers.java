// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader.tokenizer;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The ways in which byte-level BPE vocabularies split text into words before merging, by the name that GGUF files give them in
 * {@code tokenizer.ggml.pre}. The expressions are those of the published {@code tokenizer.json} of each family.
 */
final class PreTokenizers {
    private static final String CONTRACTIONS = "(?i:'s|'t|'re|'ve|'m|'ll|'d)";
    private static final String SPACES = "\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String CASED =
            "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]*[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]+%1$s"
                    + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]+[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]*%1$s";

    /** Letters with case, of all scripts: what DeepSeek's first tokenizer lists range by range. */
    private static final String CASED_LETTERS = "[\\p{Lu}\\p{Ll}\\p{Lt}]";

    private static final String CJK = "[一-龥ࠀ-一가-퟿]+";

    private static final Map<String, Splitting> KNOWN = new TreeMap<>();

    static {
        Splitting gpt2 = new Splitting(List.of(), true, false, false);
        name(
                gpt2,
                "default",
                "gpt-2",
                "gpt2",
                "mpt",
                "olmo",
                "jais",
                "phi-2",
                "gigachat",
                "jina-es",
                "jina-de",
                "roberta-bpe");
        name(gpt2, "trillion", "exaone4", "granite-docling");
        Splitting digits = new Splitting(List.of("\\p{N}"), true, false, false);
        name(digits, "smollm", "starcoder", "refact", "codeshell", "exaone", "minerva-7b");
        name(new Splitting(List.of("\\p{N}"), true, true, false), "command-r");
        Splitting llama3 = splitting(false, true, words("\\p{N}{1,3}"));
        name(llama3, "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2");
        name(splitting(false, false, words("\\p{N}{1,3}")), "dbrx", "smaug-bpe", "glm4", "chatglm-bpe");
        Splitting qwen2 = splitting(true, false, words("\\p{N}"));
        name(qwen2, "qwen2", "deepseek-r1-qwen", "megrez", "hunyuan");
        name(splitting(false, false, words("\\p{N}")), "stablelm2", "kormo", "grok-2");
        name(
                splitting(
                        true,
                        false,
                        CONTRACTIONS
                                + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*|"
                                + SPACES),
                "qwen35");
        name(
                splitting(false, true, CASED.formatted("") + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES),
                "tekken");
        name(
                splitting(
                        false,
                        false,
                        CASED.formatted(CONTRACTIONS + "?") + "|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|" + SPACES),
                "gpt-4o",
                "llama4",
                "kanana2");
        name(
                splitting(
                        false,
                        false,
                        "[\\r\\n]",
                        "\\s?" + CASED_LETTERS + "+",
                        "\\s?[!-/:-~！-／：-～‘-‟　-。]+",
                        "(?<!\\s)\\s+$",
                        CJK,
                        "\\p{N}+"),
                "deepseek-llm");
        name(splitting(false, false, "[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", CJK, "\\p{N}"), "deepseek-coder");
        name(
                splitting(
                        false,
                        false,
                        "\\p{N}{1,3}",
                        "[一-龥぀-ゟ゠-ヿ]+",
                        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
                                + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|" + SPACES),
                "deepseek-v3",
                "hunyuan-dense");
        name(new Splitting(List.of("[\\p{P}$+<=>^~|`]+", "[0-9][0-9][0-9]"), true, false, false), "falcon");
        name(splitting(false, false, " ?[^(\\s|.,!?…。，、।۔،)]+"), "bloom", "poro-chat", "gpt3-finnish");
        name(splitting(false, false, " ?[^(\\s|.,!?…。，、।۔،)]+", "\\p{N}"), "viking");
    }

    private PreTokenizers() {}

    /**
     * One way of splitting.
     *
     * @param expressions applied one after another, each match a piece of its own
     * @param gpt2 whether GPT-2's expression is applied as well
     * @param nfc whether text is normalised to NFC before
     * @param ignoreMerges whether a piece that is a token is taken whole, whatever the merges would make of it
     */
    record Splitting(List<String> expressions, boolean gpt2, boolean nfc, boolean ignoreMerges) {
        /** The {@code pre_tokenizer} of a {@code tokenizer.json}. */
        JsonObject preTokenizer() {
            JsonArray steps = new JsonArray();
            for (String expression : expressions) {
                JsonObject pattern = new JsonObject();
                pattern.addProperty("Regex", expression);
                JsonObject split = type("Split");
                split.add("pattern", pattern);
                split.addProperty("behavior", "Isolated");
                split.addProperty("invert", false);
                steps.add(split);
            }
            steps.add(byteLevel(gpt2));
            JsonObject sequence = type("Sequence");
            sequence.add("pretokenizers", steps);
            return sequence;
        }
    }

    /** The splitting of that name. */
    static Optional<Splitting> tryOf(String name) {
        return Optional.ofNullable(KNOWN.get(name));
    }

    /** All names, in order. */
    static Set<String> names() {
        return Collections.unmodifiableSet(KNOWN.keySet());
    }

    /** The byte-level step; also the decoder. */
    static JsonObject byteLevel(boolean useRegex) {
        JsonObject step = type("ByteLevel");
        step.addProperty("add_prefix_space", false);
        step.addProperty("trim_offsets", true);
        step.addProperty("use_regex", useRegex);
        return step;
    }

    /** An object of that type. */
    static JsonObject type(String name) {
        JsonObject object = new JsonObject();
        object.addProperty("type", name);
        return object;
    }

    private static String words(String digits) {
        return CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|" + SPACES;
    }

    private static Splitting splitting(boolean nfc, boolean ignoreMerges, String... expressions) {
        return new Splitting(List.of(expressions), false, nfc, ignoreMerges);
    }

    private static void name(Splitting splitting, String... names) {
        for (String name : names) {
            KNOWN.put(name, splitting);
        }
    }
}
