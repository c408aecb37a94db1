// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/**
 * Which positions each row of a batch sees. Row {@code t} is the query at {@code positions[t]} of its sequence, whose page
 * {@code p} (positions {@code p * PAGE} and on) is {@code blockTables[sequences[t]][p]}.
 *
 * @param positions {@code I32 [rows]}
 * @param slots {@code I32 [rows]}: where the row's own key and value go, {@code page * PAGE + position % PAGE}
 * @param sequences {@code I32 [rows]}: index of the row's block table; rows of one sequence are neighbours, in order
 * @param blockTables {@code I32 [sequences, maxPagesOfASequence]}
 */
public record AttentionRows(Buffer positions, Buffer slots, Buffer sequences, Buffer blockTables) {}
