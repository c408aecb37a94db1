// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.micro;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.CommandLineOptionException;
import org.openjdk.jmh.runner.options.CommandLineOptions;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.opensearch.generate.benchmarks.results.ResultFile;

/** {@code benchmarks/run [--results NAME] [JMH's options]}: kernels, and beside each what the machine could do at most. */
public final class MicroCommand {
    /** The kind of result lines. */
    public static final String KIND = "kernel";

    private static final String RESULTS = "--results";

    private MicroCommand() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(Arrays.asList(arguments));
        String name = ResultFile.today();
        int at = words.indexOf(RESULTS);
        try {
            if (at >= 0) {
                words.remove(at);
                if (at == words.size()) {
                    throw new IllegalArgumentException(RESULTS + ": wanted a name");
                }
                name = words.remove(at);
            }
            CommandLineOptions options = new CommandLineOptions(words.toArray(String[]::new));
            if (options.shouldHelp() || options.shouldList() || options.shouldListWithParams()) {
                org.openjdk.jmh.Main.main(words.toArray(String[]::new));
                return;
            }
            ChainedOptionsBuilder builder = new OptionsBuilder().parent(options);
            if (!options.getParameter("threads").hasValue()) {
                builder.param("threads", Integer.toString(Runtime.getRuntime().availableProcessors()));
            }
            Collection<RunResult> results = new Runner(builder.build()).run();
            if (results.isEmpty()) {
                throw new IllegalArgumentException("no benchmark ended well");
            }
            tell(results, ResultFile.named(name), ResultFile.command("benchmarks/run", arguments), System.out);
        } catch (CommandLineOptionException | IllegalArgumentException | RunnerException e) {
            System.err.println("run: " + e.getMessage());
            System.exit(2);
        }
    }

    private static void tell(Collection<RunResult> results, ResultFile file, String command, PrintStream out)
            throws InterruptedException {
        Map<List<String>, Limits> known = new HashMap<>();
        List<KernelResult> found = new ArrayList<>();
        for (RunResult result : results) {
            BenchmarkParams params = result.getParams();
            String level = Bench.levelName(params.getParam("level"));
            String threads = params.getParam("threads");
            found.add(new KernelResult(
                    KernelResult.name(params),
                    KernelResult.parameters(params),
                    level,
                    result.getPrimaryResult().getScore(),
                    result.getPrimaryResult().getScoreError(),
                    rate(result, "gigabytes"),
                    rate(result, "int8TeraOperations"),
                    rate(result, "f32TeraOperations"),
                    limits(known, level, "1"),
                    limits(known, level, threads)));
        }
        known.values()
                .forEach(limits -> out.printf(
                        Locale.ROOT,
                        "%nlimits of %s, %d threads: %.1f GB/s read, %.3f int8 TOPS, %.3f f32 TFLOPS",
                        limits.level(),
                        limits.threads(),
                        limits.gigabytes(),
                        limits.int8TeraOperations(),
                        limits.f32TeraOperations()));
        out.printf("%n%n%s%n", KernelResult.HEAD);
        for (KernelResult result : found) {
            out.println(result.row());
            ObjectNode line = ResultFile.line(KIND, command);
            line.setAll(result.toJson());
            file.append(line);
        }
        out.println("appended to " + file.path());
    }

    private static double rate(RunResult result, String name) {
        Result<?> secondary = result.getSecondaryResults().get(name);
        return secondary == null ? 0 : secondary.getScore();
    }

    private static Limits limits(Map<List<String>, Limits> known, String level, String threads)
            throws InterruptedException {
        // Java has no instructions of its own: its limit is that of the best level.
        String instructions = level.equals("java") ? Bench.levelName("auto") : level;
        List<String> key = List.of(instructions, threads);
        Limits limits = known.get(key);
        if (limits == null) {
            limits = Limits.measure(instructions, Integer.parseInt(threads));
            known.put(key, limits);
        }
        return limits;
    }
}
