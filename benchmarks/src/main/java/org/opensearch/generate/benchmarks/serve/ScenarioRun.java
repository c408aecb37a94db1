// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.opensearch.generate.benchmarks.serve.Scenario.Concurrency;
import org.opensearch.generate.benchmarks.serve.Scenario.Kind;
import org.opensearch.generate.benchmarks.serve.Scenario.Load;
import org.opensearch.generate.benchmarks.serve.Scenario.Phase;
import org.opensearch.generate.benchmarks.serve.Scenario.Poisson;

/** Sends a scenario's requests at their times, a virtual thread each. */
final class ScenarioRun {
    private final Client client;
    private final Corpus corpus;
    private final TokensPerWord tokens;
    private final long seed;

    /** @param seed of prompts and arrivals */
    ScenarioRun(Client client, Corpus corpus, TokensPerWord tokens, long seed) {
        this.client = client;
        this.corpus = corpus;
        this.tokens = tokens;
        this.seed = seed;
    }

    /** What came of a load, in the order of its requests, and how long its phase took. */
    record Measured(Load load, List<Exchange> exchanges, long nanos) {}

    /** Warms up every load of a phase, one request after the other. Returns what went wrong first, if anything. */
    List<String> warmUp(Phase phase) {
        List<String> errors = new ArrayList<>();
        for (Load load : phase.loads()) {
            for (int i = 1; i <= load.warmUp(); i++) {
                sender(load).apply(-i).error().ifPresent(errors::add);
            }
        }
        return errors;
    }

    /** Runs a phase to its end; loads without a number of requests are broken off when the others are done. */
    Map<String, Measured> run(Phase phase) throws InterruptedException {
        Map<Load, Sending> all = new LinkedHashMap<>();
        for (Load load : phase.loads()) {
            all.put(load, new Sending(load, sender(load)));
        }
        long start = System.nanoTime();
        all.values().forEach(Sending::start);
        for (Sending sending : all.values()) {
            if (sending.load.requests().isPresent()) {
                sending.join();
            }
        }
        long nanos = System.nanoTime() - start;
        for (Sending sending : all.values()) {
            sending.stop();
        }
        Map<String, Measured> measured = new LinkedHashMap<>();
        all.forEach((load, sending) -> measured.put(load.name(), new Measured(load, sending.exchanges(), nanos)));
        return measured;
    }

    private IntFunction<Exchange> sender(Load load) {
        Prompts prompts = new Prompts(corpus, load, tokens, seed);
        return load.kind() == Kind.SEARCHES
                ? request -> client.search(request, prompts.question(request))
                : request -> client.answer(request, prompts.prompt(request), load.newTokens());
    }

    /** A load under way. Its first threads start others only before they end themselves, so joining all in turn ends. */
    private final class Sending {
        private final Load load;
        private final IntFunction<Exchange> sender;
        private final AtomicInteger next = new AtomicInteger();
        private final ConcurrentLinkedQueue<Exchange> done = new ConcurrentLinkedQueue<>();
        private final ConcurrentLinkedQueue<Thread> threads = new ConcurrentLinkedQueue<>();
        private volatile boolean stopped;

        Sending(Load load, IntFunction<Exchange> sender) {
            this.load = load;
            this.sender = sender;
        }

        void start() {
            if (load.arrivals() instanceof Concurrency closed) {
                for (int i = 0; i < closed.requests(); i++) {
                    threads.add(Thread.startVirtualThread(this::sendUntilDone));
                }
            } else if (load.arrivals() instanceof Poisson poisson) {
                threads.add(Thread.startVirtualThread(() -> sendAtTimes(poisson.perSecond())));
            }
        }

        private void sendUntilDone() {
            int most = load.requests().orElse(Integer.MAX_VALUE);
            for (int request = next.getAndIncrement(); !stopped && request < most; request = next.getAndIncrement()) {
                Exchange exchange = sender.apply(request);
                done.add(exchange);
                if (exchange.error().isPresent() && load.requests().isEmpty()) {
                    return; // no end of errors in a load without end
                }
            }
        }

        private void sendAtTimes(double perSecond) {
            Random random = new Random(seed);
            long at = System.nanoTime();
            for (int i = 0; !stopped && i < load.requests().orElse(Integer.MAX_VALUE); i++) {
                at += (long) (-Math.log(1 - random.nextDouble()) / perSecond * 1e9);
                try {
                    Thread.sleep(Math.max(0, (at - System.nanoTime()) / 1_000_000));
                } catch (InterruptedException e) {
                    return;
                }
                int request = i;
                threads.add(Thread.startVirtualThread(() -> done.add(sender.apply(request))));
            }
        }

        void join() throws InterruptedException {
            for (Thread thread = threads.poll(); thread != null; thread = threads.poll()) {
                thread.join();
            }
        }

        void stop() throws InterruptedException {
            stopped = true;
            threads.forEach(Thread::interrupt);
            join();
        }

        List<Exchange> exchanges() {
            return done.stream()
                    .sorted((a, b) -> Integer.compare(a.request(), b.request()))
                    .toList();
        }
    }
}
