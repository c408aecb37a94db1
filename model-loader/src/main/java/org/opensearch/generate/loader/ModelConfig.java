// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.loader;

import java.util.Set;

/**
 * What a model is: architecture and sizes, the same for GGUF metadata and a Hugging Face {@code config.json}.
 *
 * @param architecture {@code llama}, {@code mistral}, {@code qwen2} or {@code qwen3}
 * @param name the name the file gives the model, or its file name
 * @param vocabulary number of token ids, the rows of the embedding table
 * @param layers number of transformer blocks
 * @param hidden width of the residual stream
 * @param feedForward width inside the feed-forward block
 * @param heads number of query heads
 * @param kvHeads number of key and value heads; {@code heads % kvHeads == 0}
 * @param headDim width of one head; not always {@code hidden / heads}
 * @param maxPositions longest context the model was made for, in tokens
 * @param normEpsilon epsilon of every RMS norm
 * @param slidingWindow how many positions a query sees, itself included; 0 for all
 * @param tiedEmbeddings whether the output matrix is the embedding table
 * @param rope rotary position embedding
 * @param bos token id put in front of a prompt, or -1 where the model has none
 * @param addBos whether a raw prompt gets {@code bos} in front
 * @param endOfGeneration token ids that end an answer
 */
public record ModelConfig(
        String architecture,
        String name,
        int vocabulary,
        int layers,
        int hidden,
        int feedForward,
        int heads,
        int kvHeads,
        int headDim,
        int maxPositions,
        float normEpsilon,
        int slidingWindow,
        boolean tiedEmbeddings,
        Rope rope,
        int bos,
        boolean addBos,
        Set<Integer> endOfGeneration) {

    /** Which elements of a head are rotated together. */
    public enum RopeLayout {
        /** Element {@code i} with {@code i + dims/2} (Hugging Face, GPT-NeoX). */
        HALVES,
        /** Element {@code 2i} with {@code 2i + 1} (the original layout; GGUF files of llama and mistral). */
        INTERLEAVED
    }

    /** How positions beyond the trained context are scaled. */
    public enum RopeScaling {
        NONE,
        LINEAR,
        DYNAMIC,
        YARN,
        LLAMA3,
        LONGROPE
    }

    /**
     * Rotary position embedding and its scaling.
     *
     * @param layout which elements are rotated together
     * @param dims how many elements of a head are rotated, even
     * @param theta base frequency
     * @param scaling the scaling rule; the parameters below are those the rule uses, others are 0
     * @param factor context extension factor
     * @param originalPositions the context before extension
     * @param attentionFactor multiplies cosine and sine (YaRN, LongRoPE); 0 means the rule's own default
     * @param betaFast YaRN
     * @param betaSlow YaRN
     * @param lowFrequencyFactor Llama 3
     * @param highFrequencyFactor Llama 3
     * @param shortFactors LongRoPE, or frequency divisors that a GGUF file brings ({@code rope_freqs.weight}); empty for none
     * @param longFactors LongRoPE; empty for none
     */
    @SuppressWarnings("ArrayRecordComponent")
    public record Rope(
            RopeLayout layout,
            int dims,
            double theta,
            RopeScaling scaling,
            double factor,
            int originalPositions,
            double attentionFactor,
            double betaFast,
            double betaSlow,
            double lowFrequencyFactor,
            double highFrequencyFactor,
            float[] shortFactors,
            float[] longFactors) {
        /** The longest context with this scaling, of a model whose files say {@code maxPositions}. */
        public int scaledPositions(int maxPositions) {
            double scaled =
                    switch (scaling) {
                        case LINEAR, DYNAMIC -> maxPositions * factor;
                        case YARN -> Math.max(maxPositions, originalPositions * factor);
                        case NONE, LLAMA3, LONGROPE -> maxPositions;
                    };
            return (int) Math.min(Integer.MAX_VALUE, Math.round(scaled));
        }
    }
}
