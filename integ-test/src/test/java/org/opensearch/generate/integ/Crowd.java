// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.integ;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Clients that ask {@link Known} questions one after the other, in all ways and through several nodes, as behind a load balancer: a node
 * can be taken out of service before it is stopped, and then no question may go wrong; at most it must be asked again. One more client
 * may {@link #stay} with a node whatever happens to it, and may lose its connection.
 */
final class Crowd implements AutoCloseable {
    private static final int CLIENTS = 2;
    private static final List<Known.Way> WAYS = List.of(Known.Way.values());
    /** Time in which what the clients do must get on, however busy the machine is. */
    private static final Duration LIMIT = Duration.ofMinutes(3);
    /** Between two questions of a client, so that a node that starts finds time on the same processor. */
    private static final Duration PAUSE = Duration.ofMillis(200);

    private final Cluster cluster;
    private final Known known;
    private final List<Thread> threads = new ArrayList<>();
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();
    private final AtomicInteger askedAgain = new AtomicInteger();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final Map<Integer, AtomicInteger> asking = new ConcurrentHashMap<>();
    private volatile List<Integer> through;
    private volatile boolean stopped;

    /** @param through the nodes in service */
    Crowd(Cluster cluster, Known known, List<Integer> through) {
        this.cluster = cluster;
        this.known = known;
        this.through = through;
        for (int i = 0; i < CLIENTS; i++) {
            threads.add(Thread.ofVirtual().start(this::askOn));
        }
    }

    private void askOn() {
        while (!stopped) {
            int number = next.getAndIncrement();
            int node = enter(number / WAYS.size());
            try {
                Node.await("an answer of " + Cluster.name(node), LIMIT, () -> asked(node, number));
            } catch (AssertionError | RuntimeException e) {
                fail(node, number, e);
            } finally {
                count(node).decrementAndGet();
            }
            pause();
        }
    }

    private static void pause() {
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Whether a question is answered; if not it may be asked again. */
    private boolean asked(int node, int number) {
        try {
            known.ask(cluster.node(node), way(number), number);
        } catch (Known.Refused e) {
            if (e.isRetryable()) {
                return false;
            }
            throw e;
        }
        answered.incrementAndGet();
        return true;
    }

    private static Known.Way way(int number) {
        return WAYS.get(number % WAYS.size());
    }

    private void fail(int node, int number, Throwable e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        failures.add(way(number) + " through " + Cluster.name(node) + ": " + cause);
    }

    /** Adds a client that asks one node alone, again and again if it gets no answer. */
    void stay(int node) {
        threads.add(Thread.ofVirtual().start(() -> {
            try {
                while (!stopped) {
                    Node.await("an answer of " + Cluster.name(node), LIMIT, () -> stopped || answered(node));
                    pause();
                }
            } catch (AssertionError e) {
                failures.add(e.getMessage());
            }
        }));
    }

    private boolean answered(int node) {
        int number = next.getAndIncrement();
        try {
            if (cluster.node(node).answers() && asked(node, number)) {
                return true;
            }
        } catch (UncheckedIOException e) {
            // the node went away
        } catch (AssertionError | RuntimeException e) {
            fail(node, number, e);
        }
        askedAgain.incrementAndGet();
        return false;
    }

    /** How often a client that stayed with its node had to ask again. */
    int askedAgain() {
        return askedAgain.get();
    }

    /** Takes one of the nodes in service. */
    private synchronized int enter(int number) {
        int node = through.get(number % through.size());
        count(node).incrementAndGet();
        return node;
    }

    private AtomicInteger count(int node) {
        return asking.computeIfAbsent(node, key -> new AtomicInteger());
    }

    /** Asks only these nodes from now on, and waits until the others have answered what they were asked. */
    void through(List<Integer> nodes) {
        synchronized (this) {
            through = nodes;
        }
        Node.await("the other nodes to have answered", LIMIT, () -> asking.entrySet().stream()
                .allMatch(entry ->
                        nodes.contains(entry.getKey()) || entry.getValue().get() == 0));
    }

    /** Waits until so many more questions are answered. */
    void awaitAnswers(int count) {
        int before = answered.get();
        Node.await(count + " more answers", LIMIT, () -> answered.get() >= before + count || !failures.isEmpty());
    }

    /** Ends, and fails if a question was not answered, or not in the same words as ever. */
    @Override
    public void close() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted", e);
            }
        }
        assertEquals(List.of(), List.copyOf(failures), () -> answered + " questions were answered as ever");
    }
}
