// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.model;

/**
 * The rows of one step: tokens of several sequences, packed without padding. Rows of a sequence are neighbours with ascending
 * positions.
 *
 * @param rows number of rows
 * @param tokens token id of each row
 * @param positions position of each row in its sequence, from 0
 * @param sequences for each row, the index of its block table; ascending
 * @param blockTables for each sequence of the step, the page ids that hold its positions so far, this step's included
 * @param logitRows the rows whose logits are wanted, ascending
 */
@SuppressWarnings("ArrayRecordComponent")
public record Batch(int rows, int[] tokens, int[] positions, int[] sequences, int[][] blockTables, int[] logitRows) {}
