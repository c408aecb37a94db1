// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

/** A device failed: names the operation, the device and what the device said. */
public final class DeviceException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DeviceException(String operation, String device, String problem) {
        super(operation + " on " + device + ": " + problem);
    }
}
