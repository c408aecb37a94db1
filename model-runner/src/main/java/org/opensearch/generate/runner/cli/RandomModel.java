// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.loader.Tensor;
import org.opensearch.generate.loader.TensorType;
import org.opensearch.generate.loader.chat.ChatTemplate;
import org.opensearch.generate.loader.chat.PromptPiece;
import org.opensearch.generate.loader.tokenizer.Tokenizer;

/**
 * A llama with random weights in the shape that {@code llama:HIDDENxLAYERS,heads=H/KV,ffn=F,vocab=V,type=q8|q4} names: as fast as
 * a real one of that shape. All matrices lie in the same random bytes.
 */
final class RandomModel implements ModelSource {
    private static final Pattern SHAPE =
            Pattern.compile("llama:(\\d+)x(\\d+),heads=(\\d+)/(\\d+),ffn=(\\d+),vocab=(\\d+),type=(q8|q4)");
    private static final int CONTEXT = 16384;
    private static final short SCALE = Float.floatToFloat16(0.002f);
    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final Arena arena = Arena.ofShared();
    private final Map<String, Tensor> tensors = new HashMap<>();
    private final ModelConfig config;
    private final TensorType type;

    private RandomModel(ModelConfig config, TensorType type) {
        this.config = config;
        this.type = type;
        int hidden = config.hidden();
        int query = config.heads() * config.headDim();
        int keyValue = config.kvHeads() * config.headDim();
        long most = (long) Math.max(config.vocabulary(), config.feedForward()) * hidden;
        MemorySegment bytes = randomBlocks(most / type.blockElements());
        MemorySegment ones = arena.allocate((long) hidden * Float.BYTES);
        for (int i = 0; i < hidden; i++) {
            ones.setAtIndex(FLOAT, i, 1f);
        }
        matrix(bytes, "token_embd.weight", config.vocabulary(), hidden);
        matrix(bytes, "output.weight", config.vocabulary(), hidden);
        norm(ones, "output_norm.weight");
        for (int layer = 0; layer < config.layers(); layer++) {
            String prefix = "blk." + layer + ".";
            norm(ones, prefix + "attn_norm.weight");
            norm(ones, prefix + "ffn_norm.weight");
            matrix(bytes, prefix + "attn_q.weight", query, hidden);
            matrix(bytes, prefix + "attn_k.weight", keyValue, hidden);
            matrix(bytes, prefix + "attn_v.weight", keyValue, hidden);
            matrix(bytes, prefix + "attn_output.weight", hidden, query);
            matrix(bytes, prefix + "ffn_gate.weight", config.feedForward(), hidden);
            matrix(bytes, prefix + "ffn_up.weight", config.feedForward(), hidden);
            matrix(bytes, prefix + "ffn_down.weight", hidden, config.feedForward());
        }
    }

    /** A model of that shape; throws {@link IllegalArgumentException} if the text names none. */
    static RandomModel of(String shape) {
        Matcher matcher = SHAPE.matcher(shape);
        if (!matcher.matches()) {
            throw new IllegalArgumentException("a shape like llama:2048x22,heads=32/4,ffn=5632,vocab=32000,type=q8 is"
                    + " wanted, found " + shape);
        }
        int[] sizes = new int[6];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = Integer.parseInt(matcher.group(i + 1));
        }
        int headDim = sizes[0] / sizes[2];
        if (sizes[0] % 32 != 0 || sizes[4] % 32 != 0 || sizes[0] % sizes[2] != 0) {
            throw new IllegalArgumentException(
                    "hidden and ffn must be multiples of 32, hidden one of heads, found " + shape);
        }
        ModelConfig config = new ModelConfig(
                "llama",
                "random-" + shape.substring("llama:".length()),
                sizes[5],
                sizes[1],
                sizes[0],
                sizes[4],
                sizes[2],
                sizes[3],
                headDim,
                CONTEXT,
                1e-5f,
                0,
                false,
                new ModelConfig.Rope(
                        ModelConfig.RopeLayout.HALVES,
                        headDim,
                        10_000,
                        ModelConfig.RopeScaling.NONE,
                        1,
                        CONTEXT,
                        0,
                        0,
                        0,
                        0,
                        0,
                        new float[0],
                        new float[0]),
                0,
                false,
                Set.of());
        return new RandomModel(config, matcher.group(7).equals("q8") ? TensorType.Q8_0 : TensorType.Q4_0);
    }

    private MemorySegment randomBlocks(long blocks) {
        SplittableRandom random = new SplittableRandom(0x5EED);
        MemorySegment bytes = arena.allocate(blocks * type.blockBytes() + Long.BYTES, Long.BYTES);
        for (long i = 0; i < bytes.byteSize() / Long.BYTES; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_LONG, i, random.nextLong());
        }
        for (long block = 0; block < blocks; block++) {
            bytes.set(SHORT, block * type.blockBytes(), SCALE);
        }
        return bytes;
    }

    private void matrix(MemorySegment bytes, String name, int rows, int columns) {
        long size = (long) rows * columns / type.blockElements() * type.blockBytes();
        tensors.put(name, new Tensor(name, type, rows, columns, bytes.asSlice(0, size)));
    }

    private void norm(MemorySegment ones, String name) {
        tensors.put(name, new Tensor(name, TensorType.F32, 1, config.hidden(), ones));
    }

    @Override
    public Path path() {
        return Path.of(config.name());
    }

    @Override
    public String format() {
        return "random";
    }

    @Override
    public long bytes() {
        return tensors.values().stream()
                .mapToLong(tensor -> tensor.data().byteSize())
                .sum();
    }

    @Override
    public ModelConfig config() {
        return config;
    }

    @Override
    public Tensor tensor(String name) {
        return tryTensor(name).orElseThrow(() -> new ModelFileException(path(), 0, name + " is not there"));
    }

    @Override
    public Optional<Tensor> tryTensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    @Override
    public Tokenizer tokenizer() {
        return new NumberTokenizer(config.vocabulary());
    }

    @Override
    public ChatTemplate chatTemplate() {
        return messages -> messages.stream()
                .map(message -> new PromptPiece(message.content() + " ", false))
                .toList();
    }

    @Override
    public void close() {
        arena.close();
    }
}
