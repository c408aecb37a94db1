// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of one priority that wait, shared among their users by tokens.
 *
 * <h2>Idea</h2>
 * Each user has an account of the tokens computed for it, divided by its weight; the user with the smallest account is served
 * next, its sequences in order of arrival. Who had nothing waiting starts no lower than those who wait: what was not used is not
 * saved up. So over any time in which two users wait, they get tokens in proportion to their weights, however many requests
 * each has and however long those are.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 *
 * <h2>Sources</h2>
 * Accounts of tokens: Sheng et al., Fairness in Serving Large Language Models, arXiv 2401.00588, section 4. Virtual time:
 * Demers, Keshav, Shenker, Analysis and Simulation of a Fair Queueing Algorithm, SIGCOMM 1989.
 */
final class FairQueue {
    private static final double ROUNDING = 1e-9;

    /** Users without sequences whose accounts are remembered, at most. */
    private static final int MOST_REMEMBERED = 1024;

    private final Map<String, User> users = new HashMap<>();
    private final TreeSet<User> waiting = new TreeSet<>();
    private Map<String, Double> weights = Map.of();
    private double activeWeight;
    private int size;
    private int running;
    private long lastNumber;
    private @Nullable User lastServed;

    /** A user's account. */
    static final class User implements Comparable<User> {
        final String name;
        private final long number;
        private final TreeSet<Sequence> queue = new TreeSet<>(Comparator.comparingLong((Sequence s) -> s.number));
        private double weight;
        private double account;
        private int running;

        private User(String name, long number, double weight) {
            this.name = name;
            this.number = number;
            this.weight = weight;
        }

        /** Tokens computed, divided by the weight; of users who began together, the least served has the smallest. */
        double account() {
            return account;
        }

        /** By what tokens are divided. */
        double weight() {
            return weight;
        }

        /** Sequences that wait, in order of arrival. */
        Iterable<Sequence> queue() {
            return queue;
        }

        int running() {
            return running;
        }

        private boolean isActive() {
            return running > 0 || !queue.isEmpty();
        }

        @Override
        public int compareTo(User other) {
            int byAccount = Double.compare(account, other.account);
            return byAccount != 0 ? byAccount : Long.compare(number, other.number);
        }
    }

    /** Changes weights; those of users who are not named are 1. */
    void weights(Map<String, Double> byUser) {
        weights = Map.copyOf(byUser);
        activeWeight = 0;
        for (User user : users.values()) {
            user.weight = weights.getOrDefault(user.name, 1.0);
            activeWeight += user.isActive() ? user.weight : 0;
        }
    }

    /** A sequence waits: a new one, or one that ran and gave its pages away. */
    void add(Sequence sequence) {
        User user = users.computeIfAbsent(
                sequence.request.user(), name -> new User(name, ++lastNumber, weights.getOrDefault(name, 1.0)));
        sequence.account = user;
        activeWeight += user.isActive() ? 0 : user.weight;
        if (user.queue.isEmpty()) {
            user.account = Math.max(user.account, level());
        }
        user.queue.add(sequence);
        waiting.add(user);
        size++;
    }

    /** The account from which a user starts. */
    private double level() {
        if (!waiting.isEmpty()) {
            return waiting.first().account;
        }
        return lastServed == null ? 0 : lastServed.account;
    }

    /** A sequence waits no more: it runs from now on. */
    void start(Sequence sequence) {
        leave(sequence);
        sequence.account().running++;
        running++;
    }

    /** A running sequence has ended, or will wait again. */
    void stop(Sequence sequence) {
        sequence.account().running--;
        running--;
        forget(sequence.account());
    }

    /** A waiting sequence has ended. */
    void remove(Sequence sequence) {
        leave(sequence);
        forget(sequence.account());
    }

    private void leave(Sequence sequence) {
        User user = sequence.account();
        if (!user.queue.remove(sequence)) {
            throw new IllegalStateException("sequence " + sequence.number + " does not wait");
        }
        size--;
        if (user.queue.isEmpty()) {
            waiting.remove(user);
            lastServed = user;
        }
    }

    private void forget(User user) {
        if (user.isActive()) {
            return;
        }
        activeWeight -= user.weight;
        if (size + running == 0) {
            users.clear();
            lastServed = null;
            activeWeight = 0;
        } else if (users.size() > MOST_REMEMBERED) {
            users.values().removeIf(each -> !each.isActive());
        }
    }

    /** Tokens were computed for a sequence that runs or waits. */
    void charge(Sequence sequence, int tokens) {
        User user = sequence.account();
        boolean waits = waiting.remove(user);
        user.account += tokens / user.weight;
        if (waits) {
            waiting.add(user);
        }
    }

    /** Sequences that wait. */
    int size() {
        return size;
    }

    /** Users with waiting sequences, the one whose turn it is first. */
    Iterable<User> waiting() {
        return waiting;
    }

    /** The sequence whose turn it is. */
    @Nullable
    Sequence first() {
        return waiting.isEmpty() ? null : waiting.first().queue.first();
    }

    /** Of so many places, those that are the user's by its weight. */
    int entitled(User user, int places) {
        return (int) (places * (user.weight / activeWeight) + ROUNDING);
    }

    /** All that wait, user by user. */
    Stream<Sequence> sequences() {
        return waiting.stream().flatMap(user -> user.queue.stream());
    }
}
