// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.cli;

/** A command that was understood and could not be done; its message is for the user. */
final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1;

    CommandException(String message, Throwable cause) {
        super(message, cause);
    }
}
