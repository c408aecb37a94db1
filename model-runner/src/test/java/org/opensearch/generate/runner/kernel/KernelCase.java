// SPDX-License-Identifier: Apache-2.0
package org.opensearch.generate.runner.kernel;

import java.util.function.Consumer;

/**
 * A row of {@link KernelCases}.
 *
 * @param operation the method of {@link Kernels}
 * @param shape what the row is about
 * @param values what floats it is fed with
 * @param body makes inputs and runs the operation
 */
public record KernelCase(String operation, String shape, KernelRun.Values values, Consumer<KernelRun> body) {
    @Override
    public String toString() {
        return operation + " " + shape + " " + values;
    }
}
