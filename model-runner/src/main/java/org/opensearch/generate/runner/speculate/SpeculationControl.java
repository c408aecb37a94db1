// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.speculate;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many rows of a step are spent on drafts.
 *
 * <h2>Idea</h2>
 * A step of {@code n} answers brings {@code n} tokens in the time of {@code n} rows; with drafts it brings the tokens that will be
 * accepted as well, in the time of all rows. What those times are is measured ({@link StepTime}), so the number of draft rows is
 * the one that brings most tokens a second: up to some number of rows a step costs what reading the weights costs, and drafts are
 * nearly free; beyond it a row costs its arithmetic, and only drafts that are nearly certain pay. Rows go to the tokens that are
 * most likely accepted, whosever they are. So little is gained by {@link #LEAST_GAIN} or less that it is left.
 *
 * <p>Drafts that a request asked for by name are verified as far as there are rows.
 */
public final class SpeculationControl {
    /** By how much the tokens a second must grow, as a share: measured times are no more exact than that. */
    static final double LEAST_GAIN = 0.03;

    private SpeculationControl() {}

    /** What steps cost. */
    @FunctionalInterface
    public interface StepTime {
        /** Nanoseconds of a step of so many rows, each with a token to choose; not less for more rows. */
        double nanos(int rows);
    }

    /**
     * A draft that waits for rows.
     *
     * @param draft its tokens
     * @param forced whether it gets them whatever they cost
     */
    public record Wish(Draft draft, boolean forced) {}

    /**
     * How many tokens of each draft the step shall verify.
     *
     * @param wishes the drafts; those of sequences without one are empty
     * @param rows rows without drafts, each of which brings a token
     * @param freeRows most rows for drafts
     * @param time what a step costs
     * @param alone whether the step computes nothing but these rows; else only forced drafts get some
     */
    public static int[] spend(List<Wish> wishes, int rows, int freeRows, StepTime time, boolean alone) {
        int[] lengths = new int[wishes.size()];
        int left = freeRows;
        double expected = rows;
        for (int i = 0; i < lengths.length; i++) {
            Wish wish = wishes.get(i);
            if (wish.forced()) {
                lengths[i] = Math.min(left, wish.draft().length());
                left -= lengths[i];
                expected += wish.draft().first(lengths[i]).expected();
            }
        }
        if (alone && left > 0) {
            spendWherePaid(wishes, lengths, rows + freeRows - left, left, expected, time);
        }
        return lengths;
    }

    /**
     * How many branches of each draft the step shall verify besides, likeliest first: those of forced drafts, as far as there are rows.
     * Each costs a row more than it has tokens.
     *
     * @param lengths how many tokens of the drafts are verified; the branches of those without any are not
     * @param freeRows most rows for drafts and branches
     */
    public static int[] branches(List<Wish> wishes, int[] lengths, int freeRows) {
        int[] counts = new int[lengths.length];
        int left = freeRows - Arrays.stream(lengths).sum();
        for (int i = 0; i < lengths.length; i++) {
            if (!wishes.get(i).forced() || lengths[i] == 0) {
                continue;
            }
            for (Draft branch : wishes.get(i).draft().branches()) {
                if (1 + branch.length() > left) {
                    break;
                }
                left -= 1 + branch.length();
                counts[i]++;
            }
        }
        return counts;
    }

    /** A token of a draft, and how likely it is accepted. */
    private record Row(int wish, double probability) {}

    private static void spendWherePaid(
            List<Wish> wishes, int[] lengths, int rows, int freeRows, double tokens, StepTime time) {
        // Sorting keeps equal ones in place, and within a draft probabilities only fall: so a draft's tokens stay in
        // order.
        List<Row> best = IntStream.range(0, wishes.size())
                .filter(i -> !wishes.get(i).forced())
                .boxed()
                .flatMap(i -> rows(i, wishes.get(i).draft()).stream())
                .sorted(Comparator.comparingDouble(Row::probability).reversed())
                .limit(freeRows)
                .toList();
        double nanos = time.nanos(rows);
        if (best.isEmpty() || nanos <= 0) {
            return;
        }
        double most = tokens / nanos * (1 + LEAST_GAIN);
        double expected = tokens;
        int spent = 0;
        for (int i = 0; i < best.size(); i++) {
            expected += best.get(i).probability;
            double each = expected / time.nanos(rows + i + 1);
            if (each > most) {
                most = each;
                spent = i + 1;
            }
        }
        for (Row row : best.subList(0, spent)) {
            lengths[row.wish]++;
        }
    }

    private static List<Row> rows(int wish, Draft draft) {
        double[] products = new double[draft.length()];
        double product = 1;
        for (int i = 0; i < products.length; i++) {
            product *= draft.probabilities()[i];
            products[i] = product;
        }
        return Arrays.stream(products).mapToObj(each -> new Row(wish, each)).toList();
    }
}
