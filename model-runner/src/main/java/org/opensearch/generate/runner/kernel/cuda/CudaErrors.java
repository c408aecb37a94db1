// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel.cuda;

import org.opensearch.generate.runner.kernel.DeviceException;

/** What the driver's results mean to somebody who runs a node. */
final class CudaErrors {
    static final int OUT_OF_MEMORY = 2;
    private static final int NO_DEVICE = 100;
    private static final int INVALID_DEVICE = 101;
    private static final int INVALID_IMAGE = 200;
    private static final int NO_BINARY_FOR_DEVICE = 209;
    private static final int UNCORRECTABLE_MEMORY = 214;
    private static final int UNSUPPORTED_PTX = 222;
    private static final int UNAVAILABLE = 46;
    private static final int STUB_LIBRARY = 34;
    private static final int CONTEXT_DESTROYED = 709;
    private static final int ILLEGAL_ADDRESS = 700;
    private static final int LAUNCH_TIMEOUT = 702;
    private static final int FIRST_LAUNCH_FAILURE = 714;
    private static final int LAST_LAUNCH_FAILURE = 719;
    private static final int SYSTEM_NOT_READY = 802;
    private static final int DRIVER_MISMATCH = 803;
    private static final int UNKNOWN = 999;

    private CudaErrors() {}

    /**
     * An exception for a result other than success.
     *
     * @param call the driver's function
     * @param device {@code cuda:N}, or {@code cuda}
     * @param result what it returned
     * @param name the result's name, as the driver has it
     */
    static DeviceException of(String call, String device, int result, String name) {
        return new DeviceException(call, device, name + " (" + result + "): " + meaning(result));
    }

    /** Whether nothing on the device can be used any more until all who share it have let go. */
    static boolean isLost(int result) {
        return switch (result) {
            case UNCORRECTABLE_MEMORY, CONTEXT_DESTROYED, ILLEGAL_ADDRESS, LAUNCH_TIMEOUT, UNKNOWN -> true;
            default -> result >= FIRST_LAUNCH_FAILURE && result <= LAST_LAUNCH_FAILURE;
        };
    }

    private static String meaning(int result) {
        if (isLost(result)) {
            return "the card, or all that was on it, is lost; load the model again";
        }
        return switch (result) {
            case OUT_OF_MEMORY -> "its memory is full";
            case NO_DEVICE -> "the driver finds no card";
            case INVALID_DEVICE -> "there is no such card";
            case INVALID_IMAGE, NO_BINARY_FOR_DEVICE -> "the kernels are none for this card";
            case UNSUPPORTED_PTX -> "the driver is too old for the kernels";
            case UNAVAILABLE -> "another process has it for itself";
            case STUB_LIBRARY -> "the library is a placeholder, not a driver";
            case SYSTEM_NOT_READY -> "the system is not ready for it";
            case DRIVER_MISMATCH -> "the library and the driver in the kernel have different versions";
            default -> "the driver refuses";
        };
    }
}
