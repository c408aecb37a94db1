// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.compare;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.util.Locale;
import java.util.Optional;
import joptsimple.OptionSet;
import joptsimple.OptionSpec;
import org.opensearch.generate.benchmarks.results.Json;
import org.opensearch.generate.benchmarks.results.ResultFile;
import org.opensearch.generate.benchmarks.serve.ServeOptions;
import org.opensearch.generate.benchmarks.serve.Serving;

/**
 * {@code benchmarks/compare SCENARIO --ours URL --peer URL}, or two programs: ours, the peer, ours, the peer, …, so that both meet
 * the same moods of the machine; then the medians and their ratio.
 */
public final class CompareCommand {
    /** The kind of the lines with medians. */
    public static final String KIND = "compare";

    private static final int THOUSANDTHS = 1000;

    private CompareCommand() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        try {
            run(System.out, arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("compare: " + e.getMessage());
            System.exit(2);
        }
    }

    static void run(PrintStream out, String... arguments) throws IOException, InterruptedException {
        ServeOptions options = new ServeOptions();
        OptionSpec<String> ours = options.parser()
                .accepts("ours", "URL, or a program that prints a line of JSON")
                .withRequiredArg();
        OptionSpec<String> peer =
                options.parser().accepts("peer", "the other URL or program").withRequiredArg();
        OptionSpec<String> peerModel = options.parser()
                .accepts("peer-model", "model to name in the peer's requests")
                .withRequiredArg();
        OptionSpec<Long> peerPid = options.parser()
                .accepts("peer-pid", "the peer's process, for its peak memory")
                .withRequiredArg()
                .ofType(Long.class);
        OptionSpec<Integer> rounds = options.parser()
                .accepts("rounds", "runs of each")
                .withRequiredArg()
                .ofType(Integer.class)
                .defaultsTo(5);
        OptionSpec<Void> help = options.parser().accepts("help", "this text").forHelp();
        OptionSet set = options.parse(arguments);
        if (set.has(help)) {
            out.println("Usage: benchmarks/compare SCENARIO --ours URL --peer URL [options]");
            out.println("       benchmarks/compare NAME --ours PROGRAM --peer PROGRAM [options]");
            options.parser().printHelpOn(out);
            return;
        }
        if (options.words().size() != 1 || !set.has(ours) || !set.has(peer)) {
            throw new IllegalArgumentException("wanted a scenario or a name, --ours and --peer, see --help");
        }
        if (set.valueOf(rounds) < 1) {
            throw new IllegalArgumentException("--rounds: wanted at least 1, found " + set.valueOf(rounds));
        }
        String name = options.words().getFirst();
        String first = set.valueOf(ours);
        String second = set.valueOf(peer);
        String command = ResultFile.command("benchmarks/compare", arguments);
        if (isUrl(first) != isUrl(second)) {
            throw new IllegalArgumentException("wanted two URLs or two programs, found " + first + " and " + second);
        }
        Comparison comparison = new Comparison(
                name, command, options.round(), set.valueOf(rounds), ResultFile.named(options.results()), out);
        if (isUrl(first)) {
            Optional<String> modelOfPeer = set.valuesOf(peerModel).stream().findFirst();
            Optional<Long> pidOfPeer = set.valuesOf(peerPid).stream().findFirst();
            try (Serving a = Serving.open(name, first, Optional.empty(), options.model(), options);
                    Serving b = Serving.open(name, second, Optional.empty(), modelOfPeer, options)) {
                a.learnTokens(b); // the same texts for both
                comparison.run(new ServerSide(a, options.pid()), new ServerSide(b, pidOfPeer));
            }
        } else {
            comparison.run(new CommandSide(name, first), new CommandSide(name, second));
        }
    }

    private static boolean isUrl(String text) {
        return text.startsWith("http://") || text.startsWith("https://");
    }

    private record Comparison(
            String name, String command, int firstRound, int rounds, ResultFile file, PrintStream out) {

        void run(Side ours, Side peer) throws InterruptedException {
            Numbers mine = new Numbers();
            Numbers theirs = new Numbers();
            for (int round = firstRound; round < firstRound + rounds; round++) {
                mine.add(measure(ours, "ours", round));
                theirs.add(measure(peer, "peer", round));
                out.println("round " + round + " done");
            }
            ObjectNode line =
                    ResultFile.line(KIND, command).put("scenario", name).put("rounds", rounds);
            ObjectNode medians = Json.object();
            out.printf("%n%-48s %14s %14s %9s%n", name + ", medians of " + rounds, "ours", "peer", "ours/peer");
            for (String metric : mine.names()) {
                if (theirs.has(metric)) {
                    double a = mine.median(metric);
                    double b = theirs.median(metric);
                    ObjectNode pair = medians.putObject(metric).put("ours", a).put("peer", b);
                    if (b != 0) {
                        pair.put("ratio", Math.rint(a / b * THOUSANDTHS) / THOUSANDTHS);
                    }
                    out.printf(
                            Locale.ROOT,
                            "%-48s %14.3f %14.3f %9s%n",
                            metric,
                            a,
                            b,
                            pair.path("ratio").asText("-"));
                }
            }
            line.set("medians", medians);
            file.append(line);
            out.println("appended to " + file.path());
        }

        private ObjectNode measure(Side side, String target, int round) throws InterruptedException {
            ObjectNode found = side.measure(round);
            ObjectNode line = ResultFile.line(side.kind(), command).put("target", target);
            line.setAll(found);
            file.append(line);
            return line;
        }
    }
}
