// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.opensearch.generate.loader.Dequantizer;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.runner.kernel.Activations;

/**
 * The same models in double precision on dequantised weights: textbook loops, a whole sequence at a time. Weights of float types
 * and the inputs of products are rounded to 8 bits as the engine does it, or left as they are.
 */
final class ReferenceTransformer {
    /** Columns of a float weight that share a scale when packed. */
    private static final int WEIGHT_GROUP = 32;

    private final ModelSource source;
    private final ModelConfig config;
    private final int context;
    private final boolean rounded;

    /**
     * @param context the longest context, on which some rope rules depend
     * @param rounded whether weights and inputs are rounded to 8 bits
     */
    ReferenceTransformer(ModelSource source, int context, boolean rounded) {
        this.source = source;
        this.config = source.config();
        this.context = context;
        this.rounded = rounded;
    }

    /** Logits at every position. */
    double[][] logits(int[] ids) {
        double[][] table = matrix("token_embd.weight");
        double[][] x = new double[ids.length][];
        for (int t = 0; t < ids.length; t++) {
            x[t] = table[ids[t]].clone();
        }
        for (int layer = 0; layer < config.layers(); layer++) {
            String block = "blk." + layer + ".";
            addTo(x, attention(block, normed(x, block + "attn_norm.weight")));
            addTo(x, feedForward(block, normed(x, block + "ffn_norm.weight")));
        }
        double[][] last = normed(x, "output_norm.weight");
        return product(last, config.tiedEmbeddings() ? "token_embd" : "output");
    }

    private double[][] attention(String block, double[][] x) {
        double[][] q = product(x, block + "attn_q");
        double[][] k = product(x, block + "attn_k");
        double[][] v = product(x, block + "attn_v");
        int dim = config.headDim();
        double[][] out = new double[x.length][config.heads() * dim];
        for (int t = 0; t < x.length; t++) {
            prepare(q[t], config.heads(), block + "attn_q_norm.weight", t);
            prepare(k[t], config.kvHeads(), block + "attn_k_norm.weight", t);
            int first = config.slidingWindow() == 0 ? 0 : Math.max(0, t - config.slidingWindow() + 1);
            for (int head = 0; head < config.heads(); head++) {
                int kv = head / (config.heads() / config.kvHeads()) * dim;
                double[] weights = new double[t + 1];
                double sum = 0;
                for (int s = first; s <= t; s++) {
                    double score = 0;
                    for (int d = 0; d < dim; d++) {
                        score += q[t][head * dim + d] * k[s][kv + d];
                    }
                    weights[s] = Math.exp(score / Math.sqrt(dim));
                    sum += weights[s];
                }
                for (int s = first; s <= t; s++) {
                    for (int d = 0; d < dim; d++) {
                        out[t][head * dim + d] += weights[s] / sum * v[s][kv + d];
                    }
                }
            }
        }
        return product(out, block + "attn_output");
    }

    /** Norm, where the model has one, and rotation of each head. */
    private void prepare(double[] row, int heads, String norm, int position) {
        int dim = config.headDim();
        ModelConfig.Rope rope = config.rope();
        boolean interleaved = rope.layout() == ModelConfig.RopeLayout.INTERLEAVED;
        double magnitude = ReferenceRope.magnitude(rope);
        for (int head = 0; head < heads; head++) {
            double[] part = Arrays.copyOfRange(row, head * dim, (head + 1) * dim);
            if (config.architecture().equals("qwen3")) {
                part = normed(part, vector(norm));
            }
            for (int i = 0; i < rope.dims() / 2; i++) {
                int a = interleaved ? 2 * i : i;
                int b = interleaved ? 2 * i + 1 : i + rope.dims() / 2;
                double angle = ReferenceRope.angle(rope, i, position, context);
                double turned = part[a] * Math.cos(angle) - part[b] * Math.sin(angle);
                part[b] = (part[a] * Math.sin(angle) + part[b] * Math.cos(angle)) * magnitude;
                part[a] = turned * magnitude;
            }
            System.arraycopy(part, 0, row, head * dim, dim);
        }
    }

    private double[][] feedForward(String block, double[][] x) {
        double[][] gate = product(x, block + "ffn_gate");
        double[][] up = product(x, block + "ffn_up");
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < gate[t].length; i++) {
                gate[t][i] = gate[t][i] / (1 + Math.exp(-gate[t][i])) * up[t][i];
            }
        }
        return product(gate, block + "ffn_down");
    }

    private double[][] normed(double[][] x, String name) {
        double[] weight = vector(name);
        return Arrays.stream(x).map(row -> normed(row, weight)).toArray(double[][]::new);
    }

    private double[] normed(double[] x, double[] weight) {
        double mean = Arrays.stream(x).map(value -> value * value).sum() / x.length;
        double[] y = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            y[i] = x[i] / Math.sqrt(mean + config.normEpsilon()) * weight[i];
        }
        return y;
    }

    private double[][] product(double[][] x, String name) {
        double[][] weight = matrix(name + ".weight");
        double[] bias =
                source.tryTensor(name + ".bias").isPresent() ? vector(name + ".bias") : new double[weight.length];
        double[][] y = new double[x.length][weight.length];
        for (int t = 0; t < x.length; t++) {
            double[] input = rounded ? rounded(x[t], Activations.GROUP, DoubleUnaryOperator.identity()) : x[t];
            for (int row = 0; row < weight.length; row++) {
                double sum = bias[row];
                for (int k = 0; k < input.length; k++) {
                    sum += weight[row][k] * input[k];
                }
                y[t][row] = sum;
            }
        }
        return y;
    }

    /** To the nearest of 255 values for each group; what they are multiples of may be rounded itself. */
    private static double[] rounded(double[] x, int group, DoubleUnaryOperator scaleRounding) {
        double[] y = new double[x.length];
        for (int from = 0; from < x.length; from += group) {
            int to = Math.min(from + group, x.length);
            double largest = Arrays.stream(x, from, to).map(Math::abs).max().orElse(0);
            for (int k = from; k < to; k++) {
                y[k] = largest == 0 ? 0 : Math.rint(x[k] / largest * 127) * scaleRounding.applyAsDouble(largest / 127);
            }
        }
        return y;
    }

    /** To half precision, as the scales of weights are. */
    private static double half(double x) {
        return Float.float16ToFloat(Float.floatToFloat16((float) x));
    }

    private double[] vector(String name) {
        return rows(name)[0];
    }

    private double[][] matrix(String name) {
        double[][] rows = rows(name);
        boolean round = rounded && source.tensor(name).type().isFloat();
        return round
                ? Arrays.stream(rows)
                        .map(row -> rounded(row, WEIGHT_GROUP, ReferenceTransformer::half))
                        .toArray(double[][]::new)
                : rows;
    }

    private double[][] rows(String name) {
        Tensor tensor = source.tensor(name);
        Dequantizer dequantizer = Dequantizer.of(tensor);
        float[] floats = new float[tensor.columns()];
        double[][] rows = new double[tensor.rows()][tensor.columns()];
        for (int row = 0; row < rows.length; row++) {
            dequantizer.row(row, floats);
            for (int k = 0; k < floats.length; k++) {
                rows[row][k] = floats[k];
            }
        }
        return rows;
    }

    private static void addTo(double[][] x, double[][] delta) {
        for (int t = 0; t < x.length; t++) {
            for (int i = 0; i < x[t].length; i++) {
                x[t][i] += delta[t][i];
            }
        }
    }
}
