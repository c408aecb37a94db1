// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.sample;

/** Quickselect: Hoare, "Algorithm 65: find", CACM 4(7), 1961. */
final class Selection {
    private Selection() {}

    /** Moves the {@code count} smallest of the first {@code length} values, which all differ, to the front, in any order. */
    static void smallestFirst(long[] values, int length, int count) {
        int low = 0;
        int high = length - 1;
        while (low < high) {
            long pivot = values[(low + high) >>> 1];
            int i = low;
            int j = high;
            while (i <= j) {
                while (values[i] < pivot) {
                    i++;
                }
                while (values[j] > pivot) {
                    j--;
                }
                if (i <= j) {
                    long swapped = values[i];
                    values[i++] = values[j];
                    values[j--] = swapped;
                }
            }
            if (count <= j) {
                high = j;
            } else if (count >= i) {
                low = i;
            } else {
                return;
            }
        }
    }
}
