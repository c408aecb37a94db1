// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.models.deploy;

import java.io.IOException;

/** A file is another one than the deployment names. Trying again will not help. */
final class ChecksumException extends IOException {
    private static final long serialVersionUID = 1;

    ChecksumException(String file, String wanted, String found) {
        super("file [" + file + "] has the wrong content: its SHA-256 is " + found + ", wanted " + wanted);
    }
}
