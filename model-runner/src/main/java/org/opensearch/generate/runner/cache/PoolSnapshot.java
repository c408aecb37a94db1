// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cache;

/**
 * The state of a {@link PagePool} at one moment.
 *
 * @param holders for each page, how many hold it
 * @param free pages that hold nothing of use
 * @param idle pages that nobody holds, kept for their prefix, least recently used first
 * @param published pages that can be found by their prefix, ascending
 * @param limit pages from here on are given to nobody any more
 */
@SuppressWarnings("ArrayRecordComponent")
public record PoolSnapshot(int[] holders, int[] free, int[] idle, int[] published, int limit) {}
