// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.soak;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.opensearch.generate.benchmarks.node.Http;
import org.opensearch.generate.benchmarks.results.Json;

/** Clients that send requests of all kinds in turn, each one after the other and all together at some rate, until stopped. */
final class Traffic implements AutoCloseable {
    private static final int TOLD = 5;
    private final List<URI> urls;
    private final List<Kind> mix;
    private final Requests requests;
    private final long pauseNanos;
    private final int perConnection;
    private final AtomicLong next = new AtomicLong();
    private final Map<Kind, AtomicInteger> sent = new EnumMap<>(Kind.class);
    private final Map<String, AtomicInteger> errors = new ConcurrentHashMap<>();
    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean stopped;

    /**
     * @param urls the nodes, which clients ask in turn
     * @param perSecond requests a second, of all clients together
     * @param perConnection requests after which a client opens another connection
     */
    Traffic(List<URI> urls, Scene scene, double perSecond, int perConnection) {
        this.urls = urls;
        this.mix = Kind.mix(scene.streams());
        this.requests = new Requests(scene);
        this.pauseNanos = (long) (1e9 / perSecond);
        this.perConnection = perConnection;
        for (Kind kind : mix) {
            sent.put(kind, new AtomicInteger());
        }
    }

    void start(int clients) {
        long begin = System.nanoTime();
        for (int i = 0; i < clients; i++) {
            int client = i;
            threads.add(Thread.ofVirtual().start(() -> send(client, begin)));
        }
    }

    private void send(int client, long begin) {
        for (int connection = client; !stopped; connection++) {
            try (Http http = new Http(urls.get(connection % urls.size()))) {
                for (int i = 0; i < perConnection && !stopped; i++) {
                    long number = next.getAndIncrement();
                    LockSupport.parkNanos(begin + number * pauseNanos - System.nanoTime());
                    send(http, number);
                }
            }
        }
    }

    private void send(Http http, long number) {
        Kind kind = mix.get((int) (number % mix.size()));
        try {
            requests.send(http, kind, number);
        } catch (IOException e) {
            errors.computeIfAbsent(kind.label() + ": " + e.getMessage(), message -> new AtomicInteger())
                    .incrementAndGet();
        } catch (InterruptedException e) {
            stopped = true;
        }
        count(kind);
    }

    private void count(Kind kind) {
        AtomicInteger counter = sent.get(kind);
        if (counter != null) {
            counter.incrementAndGet();
        }
    }

    /** How many requests have ended. */
    long ended() {
        return sent.values().stream().mapToLong(AtomicInteger::get).sum();
    }

    /** How many went wrong, answers that were not the same among them. */
    int errors() {
        return errors.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    Requests requests() {
        return requests;
    }

    /** How many of each kind were sent, and the first things that went wrong. */
    ObjectNode toJson() {
        ObjectNode json = Json.object();
        ObjectNode kinds = json.putObject("requests");
        sent.forEach((kind, counter) -> kinds.put(kind.label(), counter.get()));
        json.put("documents", requests.documents()).put("errors", errors());
        ObjectNode told = json.putObject("errors_told");
        List<String> messages = new ArrayList<>(errors.keySet());
        Collections.sort(messages);
        for (String message : messages.subList(0, Math.min(TOLD, messages.size()))) {
            AtomicInteger times = errors.get(message);
            told.put(message, times == null ? 0 : times.get());
        }
        return json;
    }

    /** Lets the clients end what they have begun. */
    void stop() {
        stopped = true;
        for (Thread thread : threads) {
            try {
                thread.join(TimeUnit.MINUTES.toMillis(2));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    @Override
    public void close() {
        stop();
    }
}
