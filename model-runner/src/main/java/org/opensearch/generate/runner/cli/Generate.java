// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import org.opensearch.generate.loader.ModelFileException;
import org.opensearch.generate.runner.LoadProgress;
import org.opensearch.generate.runner.engine.PromptTooLongException;
import org.opensearch.generate.runner.kernel.DeviceException;
import org.opensearch.generate.runner.kernel.cpu.CpuKernels;

/** The command line's entrance: {@code generate inspect | run | bench | perplexity}. */
public final class Generate {
    private static final String USAGE = """
            generate inspect MODEL [--json]
            generate run MODEL --prompt TEXT | --messages FILE [--max-tokens N] [--temperature T] [--top-p P]
                         [--top-k K] [--min-p P] [--seed S] [--stop TEXT] [--speculation MODE]
                         [--max-draft-tokens 8] [--draft-model MODEL] [--json]
            generate bench MODEL | --random llama:2048x22,heads=32/4,ffn=5632,vocab=32000,type=q8
                         [-p 512] [-n 64] [--requests 1,16] [--runs 5] [--speculation MODE]
                         [--max-draft-tokens 8] [--draft-model MODEL] [--json]
            generate perplexity MODEL --text FILE [--json]

            MODEL is a GGUF file or a Hugging Face folder. FILE of --messages: {"messages": [{"role": …, "content": …}]}.
            MODE of speculation is auto, off, prompt_lookup, suffix or lookahead, or draft_model with a --draft-model, which
            is smaller and has the same vocabulary; the tokens are the same.
            All but inspect take --threads N, --device DEVICE, --kernel-level LEVEL, --native-folder FOLDER,
            --kv-type bf16|int8|f32, --context N, --step-tokens N and --cache FOLDER|none. FOLDER keeps packed weights for
            the next load, ~/.cache/opensearch-generate/packed if none is named. LEVEL is one of
            %s.""".formatted(String.join(", ", CpuKernels.LEVEL_NAMES));

    private Generate() {}

    /** Runs a command; the exit status is 0, 1 if it failed, or 2 if it was not understood. */
    public static void main(String[] arguments) {
        int status = run(Arrays.asList(arguments), System.out, System.err);
        if (status != 0) {
            System.exit(status);
        }
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        try {
            String command = arguments.isEmpty() ? "help" : arguments.getFirst();
            List<String> rest = arguments.isEmpty() ? arguments : arguments.subList(1, arguments.size());
            switch (command) {
                case "inspect" -> InspectCommand.run(rest, out);
                case "run" -> RunCommand.run(rest, out, progress(err));
                case "bench" -> BenchCommand.run(rest, out, progress(err));
                case "perplexity" -> PerplexityCommand.run(rest, out, progress(err));
                case "help", "--help", "-h" -> out.println(USAGE);
                default -> throw new IllegalArgumentException("unknown command " + command);
            }
            return 0;
        } catch (IllegalArgumentException e) {
            err.println(e.getMessage());
            err.println(USAGE);
            return 2;
        } catch (ModelFileException | DeviceException | PromptTooLongException | CommandException e) {
            err.println(e.getMessage());
            return 1;
        }
    }

    /** One line on standard error that counts up. */
    private static LoadProgress progress(PrintStream err) {
        return (what, done, total) -> {
            if (done == total || done % Math.max(1, total / 50) == 0) {
                err.print("\r" + what + " " + done + "/" + total + (done == total ? "\n" : ""));
            }
        };
    }
}
