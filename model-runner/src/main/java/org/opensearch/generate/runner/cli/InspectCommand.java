// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import org.opensearch.generate.loader.ModelConfig;
import org.opensearch.generate.loader.ModelFiles;
import org.opensearch.generate.loader.ModelSource;
import org.opensearch.generate.runner.kernel.DataType;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.model.LlamaModel;

/** {@code generate inspect}: what a model's files say. */
final class InspectCommand {
    private InspectCommand() {}

    static void run(List<String> words, PrintStream out) {
        Arguments arguments = new Arguments(words, Set.of());
        try (ModelSource source = ModelFiles.open(arguments.path())) {
            ModelConfig config = source.config();
            new Report()
                    .add("name", config.name())
                    .add("format", source.format())
                    .add("bytes", source.bytes())
                    .add("architecture", config.architecture())
                    .add("layers", config.layers())
                    .add("hidden", config.hidden())
                    .add("feed_forward", config.feedForward())
                    .add("heads", config.heads())
                    .add("kv_heads", config.kvHeads())
                    .add("head_dim", config.headDim())
                    .add("vocabulary", config.vocabulary())
                    .add("context", config.maxPositions())
                    .add("sliding_window", config.slidingWindow())
                    .add("rope_scaling", config.rope().scaling())
                    .add("tied_embeddings", config.tiedEmbeddings())
                    .add("embedding_type", source.tensor("token_embd.weight").type())
                    .add(
                            "first_query_type",
                            source.tensor("blk.0.attn_q.weight").type())
                    .add("kv_bytes_per_token_bf16", LlamaModel.pageBytes(config, DataType.BF16) / KvCache.PAGE)
                    .add("kv_bytes_per_token_int8", LlamaModel.pageBytes(config, DataType.I8) / KvCache.PAGE)
                    .add("end_tokens", config.endOfGeneration())
                    .print(out, arguments.has("json"));
        }
    }
}
