// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Who may hand a request in, and when to come back who may not.
 *
 * <h2>Idea</h2>
 * A user may have {@value #QUEUE_FACTOR} times as many waiting requests of a priority as there are free places in the queue. So one
 * user alone fills most of it, several share it evenly, and there is room for whoever comes (dynamic thresholds: Choudhury and
 * Hahne, IEEE/ACM Transactions on Networking 6(2), 1998). Ingest that waits takes no place of interactive requests; they take its
 * places. Limits of each user come on top ({@link EngineLimits}). Tokens a minute are those of a bucket that holds one minute's worth; a request takes the most that it can need, and gives the rest back.
 * <p>Who is refused is told when there will be a place, by the {@link Pace} of the engine and what is there before. Of several
 * interactive requests refused, each is told of a place of its own; ingest comes back by itself, and is promised nothing.
 *
 * <h2>Threads</h2>
 * Any; every method takes the one lock, for a moment.
 */
final class Admission {
    private static final int QUEUE_FACTOR = 4;
    private static final double NANOS = 1e9;
    private static final double SECONDS_OF_A_MINUTE = 60;
    private static final int LONGEST_RETRY_SECONDS = 3600;

    /** Promises to a user, at most: one that never waits as it is told does not put off its return for ever. */
    private static final int MOST_PROMISES = 256;

    /** Promises that count for when there is a place, at most. */
    private static final int MOST_CONSIDERED = 1024;

    /** Users without requests whose buckets and promises are remembered, at most. */
    private static final int MOST_REMEMBERED = 1024;

    private final int maxQueue;
    private final int maxSequences;
    private final Pace pace;
    private final Map<String, User> users = new HashMap<>();
    private EngineLimits limits = EngineLimits.NONE;
    private final Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
    private int outstanding;

    Admission(EngineOptions options, Pace pace) {
        this.maxQueue = options.maxQueue();
        this.maxSequences = options.maxSequences();
        this.pace = pace;
    }

    private static final class User {
        private final Set<Sequence> requests = new LinkedHashSet<>();
        private final Map<Priority, Integer> queued = new EnumMap<>(Priority.class);
        /** When places are promised to requests that were refused. */
        private final Deque<Long> promises = new ArrayDeque<>();

        private double tokensTaken;
        private long tokensAtNanos;

        User(long nowNanos) {
            tokensAtNanos = nowNanos;
        }

        int queued(Priority priority) {
            return queued.getOrDefault(priority, 0);
        }

        void promise(long atNanos) {
            if (promises.size() < MOST_PROMISES) {
                promises.add(atNanos);
            }
        }

        /** The promises that are still to come. */
        int promised(long nowNanos) {
            promises.removeIf(at -> nowNanos - at >= 0);
            return promises.size();
        }

        /** Tokens taken of a bucket into which so many flow in a minute. */
        double tokensTaken(long perMinute, long nowNanos) {
            long passed = Math.max(0, nowNanos - tokensAtNanos);
            tokensTaken = Math.max(0, tokensTaken - passed / NANOS / SECONDS_OF_A_MINUTE * perMinute);
            tokensAtNanos += passed;
            return tokensTaken;
        }
    }

    /** Changes limits, for requests that come from now on. */
    synchronized void limits(EngineLimits changed) {
        limits = changed;
    }

    /**
     * Lets a request in.
     *
     * @throws OverloadedException if it must come back later
     */
    synchronized void enter(Sequence sequence, long nowNanos) {
        if (users.size() > MOST_REMEMBERED) {
            users.values().removeIf(user -> user.requests.isEmpty());
        }
        User user = users.computeIfAbsent(sequence.request.user(), unknown -> new User(nowNanos));
        Priority priority = sequence.request.priority();
        String noPlace = noPlace(user, priority);
        if (!noPlace.isEmpty() || missingTokens(user, sequence, nowNanos) > 0) {
            throw new OverloadedException(
                    noPlace.isEmpty() ? noTokens(user, sequence) : noPlace,
                    () -> retryAfterSeconds(user, sequence, nowNanos));
        }
        user.tokensTaken += limits.userTokensPerMinute() == 0 ? 0 : most(sequence);
        if (outstanding == 0) {
            pace.busy(nowNanos);
        }
        user.requests.add(sequence);
        user.queued.merge(priority, 1, Integer::sum);
        queued.merge(priority, 1, Integer::sum);
        outstanding++;
    }

    /** In how many seconds a request that was refused can be let in; it is promised its place, since somebody is told. */
    private synchronized int retryAfterSeconds(User user, Sequence sequence, long nowNanos) {
        Priority priority = sequence.request.priority();
        double missing = missingTokens(user, sequence, nowNanos);
        double seconds = Math.max(
                noPlace(user, priority).isEmpty() ? 1 : secondsUntilPlace(user, priority, nowNanos),
                Math.ceil(missing / Math.max(1, limits.userTokensPerMinute()) * SECONDS_OF_A_MINUTE));
        int told = (int) Math.clamp(seconds, 1, LONGEST_RETRY_SECONDS);
        if (priority == Priority.INTERACTIVE) {
            user.promise(nowNanos + TimeUnit.SECONDS.toNanos(told));
        }
        return told;
    }

    /** Why a request of a user has no place; empty if it has one. */
    private String noPlace(User user, Priority priority) {
        int mine = user.queued(priority);
        int all = 0;
        for (Map.Entry<Priority, Integer> waiting : queued.entrySet()) {
            all += takesPlaces(waiting.getKey(), priority) ? waiting.getValue() : 0;
        }
        if (all >= maxQueue) {
            return all + " requests wait already, no more than " + maxQueue + " may";
        }
        if (!fits(mine, all)) {
            return mine + " requests of this user wait already, with " + (maxQueue - all)
                    + " places left in the queue for others";
        }
        if (!mayHave(user.requests.size())) {
            return user.requests.size() + " requests of this user run and wait already, no more than "
                    + limits.userRequests() + " may";
        }
        return "";
    }

    /** Whether a request that waits takes a place in the queue of those of a priority. */
    private static boolean takesPlaces(Priority waiting, Priority of) {
        return waiting == Priority.INTERACTIVE || of == Priority.INGEST;
    }

    private boolean fits(int mine, int all) {
        return all < maxQueue && mine < QUEUE_FACTOR * (maxQueue - all);
    }

    private boolean mayHave(int requests) {
        return limits.userRequests() == 0 || requests < limits.userRequests();
    }

    /** The first second, after those promised already, at which there is a place by both rules. */
    private double secondsUntilPlace(User user, Priority priority, long nowNanos) {
        List<Stay> stays = stays(nowNanos);
        Crowd all = new Crowd(stays, stay -> takesPlaces(stay.priority, priority), Stay::begins);
        Crowd mine = new Crowd(stays, stay -> stay.isOf(user, priority), Stay::begins);
        Crowd own = new Crowd(stays, stay -> stay.isOf(user), Stay::ends);
        int first = user.promised(nowNanos) == 0 ? 1 : (int) Math.ceil((user.promises.getLast() - nowNanos) / NANOS);
        for (int second = first; second < LONGEST_RETRY_SECONDS; second++) {
            double at = second * NANOS;
            if (fits(mine.at(at), all.at(at)) && mayHave(own.at(at))) {
                return second;
            }
        }
        return LONGEST_RETRY_SECONDS;
    }

    /** Tokens that must flow back before a request can have all that it may need, after those promised already; 0 if it can. */
    private double missingTokens(User user, Sequence sequence, long nowNanos) {
        long perMinute = limits.userTokensPerMinute();
        if (perMinute == 0) {
            return 0;
        }
        double wanted = Math.min(perMinute, most(sequence));
        double missing = user.tokensTaken(perMinute, nowNanos) + wanted - perMinute;
        return missing <= 0 ? 0 : missing + user.promised(nowNanos) * wanted;
    }

    private String noTokens(User user, Sequence sequence) {
        return "this user has had " + Math.round(user.tokensTaken) + " of " + limits.userTokensPerMinute()
                + " tokens a minute, the request may need " + most(sequence);
    }

    /** Tokens that a request needs at most. */
    private static int most(Sequence sequence) {
        return sequence.tokens.promptLength() + sequence.maxNewTokens;
    }

    /** A request, or one that a place is promised to: when it comes, begins and ends, in nanoseconds from now. */
    private record Stay(User user, Priority priority, double arrives, double begins, double ends) {
        boolean isOf(User other) {
            return user == other;
        }

        boolean isOf(User other, Priority wanted) {
            return user == other && priority == wanted;
        }
    }

    /** How many are there at a time, those included that come or go just then; asked for later and later times. */
    private static final class Crowd {
        private final double[] arrivals;
        private final double[] departures;
        private int arrived;
        private int gone;

        Crowd(List<Stay> stays, Predicate<Stay> which, ToDoubleFunction<Stay> until) {
            arrivals = sorted(stays, which, Stay::arrives);
            departures = sorted(stays, which, until);
        }

        private static double[] sorted(List<Stay> stays, Predicate<Stay> which, ToDoubleFunction<Stay> time) {
            return stays.stream().filter(which).mapToDouble(time).sorted().toArray();
        }

        int at(double nanos) {
            while (arrived < arrivals.length && arrivals[arrived] <= nanos) {
                arrived++;
            }
            while (gone < departures.length && departures[gone] < nanos) {
                gone++;
            }
            return arrived - gone;
        }
    }

    /** All requests, and after them those that places are promised to, as long as the longest. */
    private List<Stay> stays(long nowNanos) {
        List<Sequence> all = all();
        List<Pace.Work> works = new ArrayList<>(works(all));
        List<User> of = new ArrayList<>();
        all.forEach(sequence -> of.add(user(sequence)));
        int longest = works.stream().mapToInt(Pace.Work::stepsLeft).max().orElse(1);
        int prompt = works.stream().mapToInt(Pace.Work::promptTokensLeft).max().orElse(0);
        for (Promise promise : promises(nowNanos)) {
            works.add(new Pace.Work(longest, prompt, false, promise.atNanos - nowNanos));
            of.add(promise.user);
        }
        List<Pace.Times> times = pace.times(works, maxSequences, nowNanos);
        List<Stay> stays = new ArrayList<>();
        for (int i = 0; i < works.size(); i++) {
            // What has begun is no more in the queue.
            double begins = works.get(i).runs() ? -1 : times.get(i).begins();
            Priority priority = i < all.size() ? all.get(i).request.priority() : Priority.INTERACTIVE;
            stays.add(new Stay(
                    of.get(i),
                    priority,
                    works.get(i).arrives(),
                    begins,
                    times.get(i).ends()));
        }
        return stays;
    }

    /** A place that a user is promised. */
    private record Promise(User user, long atNanos) {}

    /** Promises that are still to come, in order. */
    private List<Promise> promises(long nowNanos) {
        List<Promise> all = new ArrayList<>();
        for (User each : users.values()) {
            each.promised(nowNanos);
            each.promises.forEach(at -> all.add(new Promise(each, at)));
        }
        all.sort(Comparator.comparingLong(promise -> promise.atNanos - nowNanos));
        return all.subList(0, Math.min(all.size(), MOST_CONSIDERED));
    }

    /** All requests: those that have begun, then the others, users by turns. */
    private List<Sequence> all() {
        List<Sequence> all = new ArrayList<>();
        List<Iterator<Sequence>> waiting = new ArrayList<>();
        for (User user : users.values()) {
            user.requests.stream().filter(Sequence::started).forEach(all::add);
            waiting.add(user.requests.stream()
                    .filter(sequence -> !sequence.started())
                    .sorted(Comparator.comparing(sequence -> sequence.request.priority()))
                    .iterator());
        }
        while (waiting.removeIf(queue -> !queue.hasNext()) || !waiting.isEmpty()) {
            waiting.forEach(queue -> {
                if (queue.hasNext()) {
                    all.add(queue.next());
                }
            });
        }
        return all;
    }

    private static List<Pace.Work> works(List<Sequence> sequences) {
        return sequences.stream()
                .map(sequence -> new Pace.Work(
                        sequence.maxNewTokens - sequence.generated(),
                        sequence.generated() > 0 ? 0 : sequence.tokens.promptLength(),
                        sequence.started(),
                        0))
                .toList();
    }

    /** A request waits no more: it is in its first step. */
    synchronized void starts(Sequence sequence, long nowNanos) {
        leaveQueue(sequence);
        sequence.start(nowNanos);
    }

    /** A request has ended, however. */
    synchronized void ended(Sequence sequence) {
        User user = user(sequence);
        if (!sequence.started()) {
            leaveQueue(sequence);
        }
        user.requests.remove(sequence);
        outstanding--;
        user.tokensTaken = Math.max(0, user.tokensTaken - (most(sequence) - sequence.charged));
        if (user.requests.isEmpty() && user.promises.isEmpty() && limits.userTokensPerMinute() == 0) {
            users.remove(sequence.request.user());
        }
    }

    private void leaveQueue(Sequence sequence) {
        Priority priority = sequence.request.priority();
        user(sequence).queued.merge(priority, -1, Integer::sum);
        queued.merge(priority, -1, Integer::sum);
    }

    private User user(Sequence sequence) {
        User user = users.get(sequence.request.user());
        if (user == null) {
            throw new IllegalStateException("request " + sequence.number + " has not entered");
        }
        return user;
    }

    /** Requests that wait for their first step. */
    synchronized int queued() {
        return queued.values().stream().mapToInt(Integer::intValue).sum();
    }

    /** The limits now. */
    synchronized EngineLimits limits() {
        return limits;
    }

    /** What each user has that runs or waits; interactive requests, then ingest. */
    synchronized List<EngineStats.UserQueue> users() {
        List<EngineStats.UserQueue> all = new ArrayList<>();
        for (Priority priority : Priority.values()) {
            users.forEach((name, user) -> {
                int mine = (int) user.requests.stream()
                        .filter(sequence -> sequence.request.priority() == priority)
                        .count();
                if (mine > 0) {
                    double weight = limits.weights().getOrDefault(name, 1.0);
                    int waiting = user.queued(priority);
                    all.add(new EngineStats.UserQueue(name, priority, weight, waiting, mine - waiting));
                }
            });
        }
        return all;
    }
}
