// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.opensearch.generate.runner.cache.PagePool;
import org.opensearch.generate.runner.cache.PoolSnapshot;
import org.opensearch.generate.runner.cache.PrefixKey;
import org.opensearch.generate.runner.engine.StepPlan.Slice;
import org.opensearch.generate.runner.kernel.KvCache;
import org.opensearch.generate.runner.speculate.Draft;
import org.opensearch.generate.runner.speculate.SpeculationControl;
import org.opensearch.generate.runner.speculate.SpeculationControl.Wish;

/**
 * Decides which tokens of which sequences the next step computes.
 *
 * <h2>Idea</h2>
 * A step has a budget of tokens. Sequences that miss one token (they decode) come first; prompts share what is left in chunks,
 * beside decodes no more than {@link StepCosts} grants, so that a long prompt never stalls a running answer. Running prompts and
 * waiting ones have their turns by priority ({@link IngestShare}), and in each by the tokens that their users have had ({@link
 * FairQueue}, {@link Turns}); those of one user in order of arrival.
 * When pages run out, the running sequences admitted last give theirs away and wait again; they are recomputed later, mostly from
 * the prefix cache. The one admitted first never gives way, and every sequence fits alone, so there is always progress. When all
 * places are taken, sequences give way in the same manner to one whose turn it is: those of ingest that run out of their turn, and
 * those of users who have more than their share of the places.
 *
 * <h2>State</h2>
 * {@code running} is in order of admission, sequences out of their turn apart.
 * {@link #plan} changes nothing; {@link #evict} makes room, which is right whether or not a step follows; {@link #commit} is the
 * only place where computed tokens count.
 *
 * <h2>Threads</h2>
 * One: the engine's.
 *
 * <h2>Sources</h2>
 * Joining and leaving between steps: Yu et al., Orca, OSDI 2022. Prompts in chunks beside decodes: Agrawal et al., Sarathi-Serve,
 * arXiv 2403.02310. Eviction and recomputing: Kwon et al., arXiv 2309.06180, section 4.5.
 */
final class Scheduler {
    private final PagePool pool;
    private final int maxStepTokens;
    private final int maxSequences;
    private final int maxDraftRows;
    private final StepCosts costs;
    private final IngestShare ingestShare = new IngestShare();
    private final Map<Priority, FairQueue> queues = new EnumMap<>(Priority.class);
    private final List<Sequence> running = new ArrayList<>();
    private long admissions;
    /** Whether both priorities had work when the latest step was committed. */
    private boolean contended;

    /** @param maxDraftRows most rows of a step that are drafts, of all sequences together */
    Scheduler(PagePool pool, int maxStepTokens, int maxSequences, int maxDraftRows, StepCosts costs) {
        this.pool = pool;
        this.maxStepTokens = maxStepTokens;
        this.maxSequences = maxSequences;
        this.maxDraftRows = maxDraftRows;
        this.costs = costs;
        for (Priority priority : Priority.values()) {
            queues.put(priority, new FairQueue());
        }
    }

    /** Changes weights and the share of ingest. */
    void limits(EngineLimits limits) {
        queues.values().forEach(queue -> queue.weights(limits.weights()));
        ingestShare.share(limits.ingestShare());
    }

    private FairQueue queue(Priority priority) {
        return Objects.requireNonNull(queues.get(priority));
    }

    private FairQueue queue(Sequence sequence) {
        return queue(sequence.request.priority());
    }

    /** A sequence arrives. */
    void add(Sequence sequence) {
        queue(sequence).add(sequence);
    }

    boolean isIdle() {
        return running.isEmpty() && waiting() == 0;
    }

    int runningSequences() {
        return running.size();
    }

    private int waiting() {
        return queue(Priority.INTERACTIVE).size() + queue(Priority.INGEST).size();
    }

    /** The sequences that run, in order of admission. */
    List<Sequence> running() {
        return running;
    }

    /** All sequences: those that run, and those that wait. */
    List<Sequence> sequences() {
        return Stream.concat(running.stream(), waitingSequences()).toList();
    }

    private Stream<Sequence> waitingSequences() {
        return queues.values().stream().flatMap(FairQueue::sequences);
    }

    /** What the next step shall do; changes nothing. Never empty while there are sequences. */
    StepPlan plan() {
        List<Slice> slices = new ArrayList<>();
        List<Sequence> decoding = running.stream().filter(Sequence::isDecoding).toList();
        int rows = 0;
        for (Sequence sequence : decoding) {
            int others = decoding.size() - slices.size() - 1;
            int count = Math.min(sequence.remaining(), Math.max(1, maxStepTokens - rows - others));
            slices.add(next(sequence, count));
            rows += count;
        }
        if (decoding.size() < running.size() || waiting() > 0) {
            addPrompts(slices, budget(decoding.size(), rows) - rows);
        }
        List<Sequence> evicted = victims(slices);
        slices.removeIf(slice -> evicted.contains(slice.sequence()) || (slice.admitted() && !evicted.isEmpty()));
        if (evicted.isEmpty()) {
            addDrafts(slices, decoding.size());
        }
        return new StepPlan(evicted, slices);
    }

    /** Rows of a step in which so many sequences decode, with so many rows. */
    private int budget(int decodes, int decodeRows) {
        int prompts = running.size() - decodes + Math.min(waiting(), maxSequences - running.size());
        if (decodeRows == 0 || prompts == 0) {
            return maxStepTokens;
        }
        return Math.min(maxStepTokens, decodeRows + costs.promptTokens(decodeRows, prompts));
    }

    private Slice next(Sequence sequence, int count) {
        int page = sequence.computed / KvCache.PAGE;
        boolean copies = page < sequence.pages.length && pool.isShared(sequence.pages[page]);
        return new Slice(sequence, false, sequence.pages, sequence.computed, count, copies);
    }

    /** Gives prompts their rows, turn by turn. When it is the turn of one that cannot be admitted, nobody is admitted any more. */
    private void addPrompts(List<Slice> slices, int freeRows) {
        Turns first = turns(ingestShare.first());
        Turns second = turns(ingestShare.second());
        Room room = new Room(pool, running, maxSequences);
        int rows = freeRows;
        while (rows > 0) {
            Turns turns = first.next() != null ? first : second;
            Sequence sequence = turns.next();
            if (sequence == null) {
                return;
            }
            Slice slice;
            if (sequence.admission > 0) {
                slice = next(sequence, Math.min(sequence.remaining(), rows));
            } else {
                slice = first(sequence, rows);
                if (!room.fits(slice)) {
                    first.close();
                    second.close();
                    continue;
                }
                room.take(slice);
            }
            slices.add(slice);
            rows -= slice.count();
            turns.took(slice.count());
        }
    }

    private Turns turns(Priority priority) {
        return new Turns(
                queue(priority),
                running.stream()
                        .filter(sequence -> sequence.request.priority() == priority && !sequence.isDecoding())
                        .toList());
    }

    /** Gives the first {@code decodes} slices drafts, of the rows and pages that are left. */
    private void addDrafts(List<Slice> slices, int decodes) {
        List<Wish> wishes = slices.stream()
                .limit(decodes)
                .map(slice -> slice.sequence().drafts)
                .map(drafts -> drafts == null ? SequenceDrafts.NO_WISH : drafts.wish())
                .toList();
        if (wishes.stream().allMatch(wish -> wish.draft().length() == 0)) {
            return;
        }
        int rows = slices.stream().mapToInt(Slice::rows).sum();
        int decodeRows = slices.stream().limit(decodes).mapToInt(Slice::rows).sum();
        int free = Math.min(maxStepTokens - rows, maxDraftRows);
        int[] lengths =
                SpeculationControl.spend(wishes, rows, free, costs.stepTime(decodeRows), slices.size() == decodes);
        int[] branches = SpeculationControl.branches(wishes, lengths, free);
        int pages =
                pool.available() - slices.stream().mapToInt(Slice::freshPages).sum();
        for (int i = 0; i < decodes; i++) {
            Slice slice = slices.get(i);
            Draft wished = wishes.get(i).draft();
            int[] draft = wished.first(lengths[i]).tokens();
            Slice drafting = slice.drafting(
                    draft,
                    wished.branches().stream()
                            .limit(branches[i])
                            .map(Draft::tokens)
                            .toList());
            if (drafting.freshPages() - slice.freshPages() > pages) {
                drafting = slice.drafting(draft, List.of());
            }
            int more = drafting.freshPages() - slice.freshPages();
            if (more > pages) {
                int[] onItsPages = Arrays.copyOf(draft, -(slice.from() + slice.count()) & (KvCache.PAGE - 1));
                drafting = slice.drafting(onItsPages, List.of());
                more = 0;
            }
            pages -= more;
            slices.set(i, drafting);
        }
    }

    /** The running sequences that must give way, in this order, so that the slices of the others find their pages. */
    private List<Sequence> victims(List<Slice> slices) {
        int missing = slices.stream()
                        .filter(slice -> !slice.admitted())
                        .mapToInt(Slice::freshPages)
                        .sum()
                - pool.available();
        if (missing <= 0) {
            return List.of();
        }
        List<Sequence> victims = new ArrayList<>();
        int[] givenUp = new int[pool.pages()];
        List<Sequence> candidates = inOrderOfGivingWay();
        for (int i = 0; missing > 0 && i < candidates.size() - 1; i++) {
            Sequence victim = candidates.get(i);
            victims.add(victim);
            for (int page : victim.pages) {
                if (++givenUp[page] == pool.holders(page) && page < pool.limit()) {
                    missing--;
                }
            }
            for (Slice slice : slices) {
                if (slice.sequence() == victim) {
                    missing -= slice.freshPages();
                }
            }
        }
        return victims;
    }

    /** Those that run out of their turn, then the others, those admitted last first. */
    private List<Sequence> inOrderOfGivingWay() {
        List<Sequence> lastFirst = running.reversed();
        return Stream.concat(
                        lastFirst.stream().filter(sequence -> sequence.spare),
                        lastFirst.stream().filter(sequence -> !sequence.spare))
                .toList();
    }

    /**
     * Whether a running sequence has given way to one whose turn it is and that cannot be admitted: of ingest out of its turn, or else
     * of a user with more than its share of the places, if the other has less. Nobody does if all who would are not enough.
     */
    boolean makeWay() {
        Sequence due = due();
        if (due == null || running.isEmpty()) {
            return false;
        }
        Room room = new Room(pool, running, maxSequences);
        Slice slice = first(due, 1);
        if (room.fits(slice)) {
            return false;
        }
        List<Sequence> giving = givingWay(due);
        for (Sequence sequence : giving) {
            room.gain(sequence);
        }
        if (giving.isEmpty() || !room.fits(slice)) {
            return false;
        }
        evict(List.of(giving.getFirst()));
        return true;
    }

    /** The waiting sequence whose turn it is. */
    private @Nullable Sequence due() {
        Sequence first = queue(ingestShare.first()).first();
        return first != null ? first : queue(ingestShare.second()).first();
    }

    /** The running sequences that would give way to one that is due, in this order. */
    private List<Sequence> givingWay(Sequence due) {
        FairQueue queue = queue(due);
        boolean less = due.account().running() < queue.entitled(due.account(), running.size());
        Map<FairQueue.User, Integer> left = new HashMap<>();
        List<Sequence> giving = new ArrayList<>();
        for (Sequence sequence : inOrderOfGivingWay()) {
            if (sequence.request.priority() != due.request.priority()) {
                if (sequence.spare) {
                    giving.add(sequence);
                }
            } else if (less) {
                FairQueue.User user = sequence.account();
                int others = left.getOrDefault(user, user.running()) - 1;
                left.put(user, others);
                if (others >= queue.entitled(user, running.size())) {
                    giving.add(sequence);
                }
            }
        }
        return giving;
    }

    /** The first slice of a waiting sequence, after what the prefix cache has; its last token is computed in any case. */
    private Slice first(Sequence sequence, int rows) {
        int[] pages = pool.match(sequence.keys());
        int from = Math.min(pages.length * KvCache.PAGE, sequence.tokens.length() - 1);
        int count = Math.min(sequence.tokens.length() - from, rows);
        return new Slice(sequence, true, pages, from, count, from < pages.length * KvCache.PAGE);
    }

    /** Sequences give their pages away and wait again. */
    void evict(List<Sequence> evicted) {
        for (Sequence sequence : evicted) {
            stop(sequence);
            queue(sequence).add(sequence);
        }
    }

    /** A running sequence runs no more, and holds nothing. */
    private void stop(Sequence sequence) {
        running.remove(sequence);
        queue(sequence).stop(sequence);
        pool.release(sequence.pages);
        sequence.evict();
    }

    /** The slices are computed: their pages belong to the sequences, full ones can be found by others. */
    void commit(StepPlan plan, int[][] tables) {
        contended = wants(Priority.INTERACTIVE) && wants(Priority.INGEST);
        Priority turn = ingestShare.first();
        for (int i = 0; i < tables.length; i++) {
            Slice slice = plan.slices().get(i);
            Sequence sequence = slice.sequence();
            if (slice.admitted()) {
                queue(sequence).start(sequence);
                sequence.admission = ++admissions;
                sequence.spare = sequence.request.priority() == Priority.INGEST && turn != Priority.INGEST;
                running.add(sequence);
            }
            if (slice.copiesFirst()) {
                pool.release(slice.pages()[slice.from() / KvCache.PAGE]);
            }
            int tokens = sequence.newPromptTokens(slice.from(), slice.count())
                    + sequence.newForcedTokens(slice.from(), slice.count())
                    + (slice.samples() ? 1 : 0);
            charge(sequence, tokens);
            sequence.pages = tables[i];
            sequence.computed = slice.from() + slice.count();
            sequence.failedSteps = 0;
            publish(sequence, slice.from() / KvCache.PAGE);
        }
    }

    /** Whether sequences of a priority wait, or miss tokens of their prompts. */
    private boolean wants(Priority priority) {
        return queue(priority).size() > 0
                || running.stream()
                        .anyMatch(sequence -> sequence.request.priority() == priority && !sequence.isDecoding());
    }

    /**
     * So many tokens of a draft that the latest step computed, or of one of its branches, have become the sequence's own: they stay
     * computed, the others are forgotten.
     *
     * @param branch which of the branches; -1 for the draft
     * @param branchTables the pages of the slice's branches
     */
    void accept(Slice slice, int accepted, int branch, int[][] branchTables) {
        Sequence sequence = slice.sequence();
        for (int i = 0; i < branchTables.length; i++) {
            int[] given = i == branch ? sequence.pages : branchTables[i];
            pool.release(Arrays.copyOfRange(given, slice.forkedPage(), given.length));
        }
        if (branch >= 0) {
            sequence.pages = branchTables[branch];
        }
        int firstPage = sequence.computed / KvCache.PAGE;
        sequence.computed += accepted;
        int kept = Sequence.pagesFor(sequence.computed);
        pool.release(Arrays.copyOfRange(sequence.pages, kept, sequence.pages.length));
        sequence.pages = Arrays.copyOf(sequence.pages, kept);
        publish(sequence, firstPage);
        if (accepted > 0) {
            charge(sequence, accepted);
        }
    }

    /** Counts tokens that a step brings its user: of the prompt, and those that follow. */
    private void charge(Sequence sequence, int tokens) {
        sequence.charged += tokens;
        queue(sequence).charge(sequence, tokens);
        if (contended) {
            ingestShare.served(sequence.request.priority(), tokens);
        }
    }

    private void publish(Sequence sequence, int firstPage) {
        List<PrefixKey> keys = sequence.keys();
        for (int page = firstPage; (page + 1) * KvCache.PAGE <= sequence.computed; page++) {
            pool.publish(sequence.pages[page], keys.get(page));
        }
    }

    /** The sequence has ended, however: its pages are free. */
    void remove(Sequence sequence) {
        if (sequence.admission > 0) {
            stop(sequence);
        } else {
            queue(sequence).remove(sequence);
        }
    }

    /** The state between two steps. */
    Snapshot snapshot() {
        return new Snapshot(
                pool.snapshot(), List.copyOf(running), waitingSequences().toList());
    }

    /**
     * Pages and sequences at one moment.
     *
     * @param pool the pages
     * @param running sequences that hold pages, in order of admission
     * @param waiting sequences that hold none, those of each user in order of arrival
     */
    record Snapshot(PoolSnapshot pool, List<Sequence> running, List<Sequence> waiting) {}
}
