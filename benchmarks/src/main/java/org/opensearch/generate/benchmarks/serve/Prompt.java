// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.benchmarks.serve;

/**
 * A question with its passages.
 *
 * @param system instructions, the same in all prompts; empty for none
 * @param user passages and question
 */
record Prompt(String system, String user) {
    /** Both as one text, for servers without roles. */
    String whole() {
        return system.isEmpty() ? user : system + "\n\n" + user;
    }
}
